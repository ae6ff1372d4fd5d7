"""Laws of reading a response: what was written is what is read, and where the bytes were cut changes nothing.

The second holds for any bytes, also for responses that break HTTP or the connection; it is tried on the connection
and its exchange, not on the parser alone, so that the order of bytes, end and failure counts too.
"""

import asyncio
import itertools
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.transport.framing import ResponseParser, Violation
from sixnines.transport.interface import TransportError
from support.wire import Book, Wire, connect

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_!~", min_size=1, max_size=12).map(
    str.encode
)
VALUE = st.text([chr(code) for code in range(0x20, 0x7F)] + ["\t", "ü"], max_size=20).map(str.encode)
FRAMING_NAMES = {b"content-length", b"transfer-encoding", b"connection", b"upgrade", b"proxy-connection", b"keep-alive"}
FIELDS = st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() not in FRAMING_NAMES), VALUE), max_size=6)
PIECES = st.lists(st.binary(min_size=1, max_size=40), max_size=5)
CUTS = st.lists(st.integers(0, 2000), max_size=12)


def render_fields(fields: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % field for field in fields)


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, int, list[tuple[bytes, bytes]], bytes]:
    """A valid response that needs no end of the connection: bytes, status, fields and body."""
    status = draw(st.sampled_from([200, 201, 400, 404, 429, 500, 503]))
    pieces = draw(PIECES)
    fields = draw(FIELDS)
    interim = b"".join(
        b"HTTP/1.1 %d Wait\r\n%b\r\n" % (code, render_fields(draw(FIELDS)))
        for code in draw(st.lists(st.sampled_from([100, 102, 103]), max_size=2))
    )
    if draw(st.booleans()):
        framing = (b"Content-Length", b"%d" % len(b"".join(pieces)))
        wire = b"".join(pieces)
    else:
        framing = (b"Transfer-Encoding", b"chunked")
        extension = draw(st.sampled_from([b"", b";a=b", b';a="b c";d']))
        wire = b"".join(b"%X%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
        wire += b"0\r\n%b\r\n" % render_fields(draw(FIELDS))
    fields.insert(draw(st.integers(0, len(fields))), framing)
    head = b"HTTP/1.1 %d Reason\r\n%b\r\n" % (status, render_fields(fields))
    return interim + head + wire, status, fields, b"".join(pieces)


@st.composite
def nearly_responses(draw: st.DrawFn) -> bytes:
    """A response, or two, with a few bytes changed, left out or put in, perhaps cut short."""
    wire = bytearray(draw(responses())[0])
    if draw(st.booleans()):
        wire += draw(responses())[0]
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(wire)))
        instead = draw(
            st.sampled_from([b"", b"\r", b"\n", b"\r\n", b" ", b":", b"0", b"f", b"\0", b"HTTP/1.1 101 X\r\n"])
        )
        wire[at : at + draw(st.integers(0, 3))] = instead
    return bytes(wire[: draw(st.integers(0, len(wire)))] if draw(st.booleans()) else wire)


def cut(wire: bytes, at: list[int]) -> list[bytes]:
    """`wire` in pieces, cut at the given places."""
    places = sorted({place % (len(wire) + 1) for place in at} | {0, len(wire)})
    return [wire[start:end] for start, end in itertools.pairwise(places)]


@settings(deadline=None)
@given(responses(), CUTS)
def test_what_was_written_is_what_is_read(
    response: tuple[bytes, int, list[tuple[bytes, bytes]], bytes], at: list[int]
) -> None:
    wire, status, fields, body = response
    parser = ResponseParser()
    headers: list[tuple[bytes, bytes]] = []
    pieces: list[bytes] = []
    parser.begin(headers, pieces)
    for piece in cut(wire, at):
        assert not parser.complete
        parser.feed(piece)
    assert (parser.status, parser.complete, parser.surplus) == (status, True, False)
    assert headers == [(name.lower(), value.strip(b" \t")) for name, value in fields]
    assert b"".join(pieces) == body


async def outcome(sock: socket.socket, cuts: list[bytes]) -> list[object]:
    """All that the caller of one request can see, when the response comes in `cuts` and then the peer closes."""
    loop = asyncio.get_running_loop()
    wire = Wire(sock)
    connection = connect(wire, Book())
    sending = loop.create_task(connection.exchange(b"GET / HTTP/1.1\r\n\r\n", b"", loop.time() + 60))
    await asyncio.sleep(0)
    for piece in cuts:
        if not wire.aborted:
            connection.data_received(piece)
            await asyncio.sleep(0)
    if not wire.aborted:
        connection.eof_received()
    connection.connection_lost(None)
    seen: list[object] = []
    try:
        exchange = await sending
        seen += [exchange.status, exchange.headers]
        body = b""
        try:
            while data := await exchange.read():
                body += data
        finally:
            seen.append(body)
    except TransportError as error:
        # Of two faults in a row either may be named: llhttp reports a field when the next one begins.
        seen += [error.phase, error.timed_out, "violation" if error.violation else error.reason]
    return seen


@pytest.fixture(scope="module")
def runner() -> Iterator[tuple[asyncio.Runner, socket.socket]]:
    one, other = socket.socketpair()
    with one, other, asyncio.Runner() as runner:
        yield runner, one


@settings(max_examples=300, deadline=None)  # two cores shared with real engines: time says nothing here
@given(nearly_responses(), CUTS)
def test_the_same_bytes_in_any_cuts_give_the_same_result(
    runner: tuple[asyncio.Runner, socket.socket], wire: bytes, at: list[int]
) -> None:
    loop, sock = runner
    whole = loop.run(outcome(sock, [wire]))
    assert loop.run(outcome(sock, cut(wire, at))) == whole
    assert loop.run(outcome(sock, [wire[index : index + 1] for index in range(len(wire))])) == whole


@st.composite
def alike(draw: st.DrawFn) -> list[bytes]:
    """Responses of one server: the same head each time but for the length, and now and then for a few bytes."""
    fields = draw(FIELDS)
    if draw(st.booleans()):
        fields.append((b"Keep-Alive", b"timeout=5"))
    name = draw(st.sampled_from([b"Content-Length", b"content-length"]))
    fields.insert(draw(st.integers(0, len(fields))), (name, b"<length>"))
    head = b"HTTP/1.1 %d OK\r\n%b\r\n" % (draw(st.sampled_from([200] * 6 + [201, 500])), render_fields(fields))
    odd = draw(st.booleans())
    made = []
    for body in draw(st.lists(st.binary(max_size=20), min_size=2, max_size=4)):
        claimed = len(body) + odd * draw(st.sampled_from([0] * 8 + [1, -1, 100]))
        digits = draw(st.sampled_from([b"%d"] * 8 + [b"0%d", b"00000000000%d", b"+%d", b"%d ", b"%d,5"]))
        response = bytearray(head.replace(b"<length>", (digits if odd else b"%d") % claimed) + body)
        response += draw(st.sampled_from([b""] * 6 + [b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])) if odd else b""
        if odd and draw(st.integers(0, 3)) == 0:
            at = draw(st.integers(0, len(response)))
            instead = draw(st.sampled_from([b"", b"x", b"\r", b"\n", b"\r\n", b" ", b":", b"1"]))
            response[at : at + draw(st.integers(0, 2))] = instead
        made.append(bytes(response))
    return made


def read_by(parser: ResponseParser, wire: bytes) -> list[object]:
    """All that `parser` makes of `wire`, given to it in one piece."""
    headers: list[tuple[bytes, bytes]] = []
    pieces: list[bytes] = []
    parser.begin(headers, pieces)
    try:
        parser.feed(wire)
    except Violation as violation:
        return [str(violation)]
    told = [parser.status, parser.complete, parser.surplus, parser.silent, parser.ends_with_connection]
    if parser.complete:
        told += [parser.keep_alive, parser.keep_alive_terms]
    return [*told, headers, pieces]


@settings(max_examples=400)
@given(alike())
def test_a_head_like_the_last_one_is_read_as_if_it_were_the_first(sent: list[bytes]) -> None:
    experienced = ResponseParser()
    for wire in sent:
        fresh = ResponseParser()
        assert read_by(experienced, wire) == read_by(fresh, wire)
        if not (fresh.complete and fresh.keep_alive) or fresh.surplus:
            return
