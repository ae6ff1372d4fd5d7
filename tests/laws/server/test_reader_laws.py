"""The same bytes in any cuts give the same requests and the same refusal.

The streams are built from valid requests, valid bytes put together wrongly, and bytes that look like framing; the
cuts lie anywhere, so also inside line breaks, chunk sizes and compressed content.
"""

import gzip

from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.server.interface import Limits, Request
from sixnines.server.reader import Phase, RequestReader
from sixnines.server.refused import Reason, Refused

LIMITS = Limits(max_body=60, max_head=150, max_headers=6)

methods = st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"DELETE", b"CONNECT", b"FROB"])
targets = st.sampled_from([b"/", b"/a?b=c", b"/v1/../x", b"http://h/a", b"*", b"/a#b", b"/" + b"l" * 90, b"x"])
versions = st.sampled_from([b"1.1"] * 6 + [b"1.0", b"2.0", b"0.9"])
fine_headers = st.sampled_from(
    [
        b"Accept: */*",
        b"X-Empty:",
        b"X-Padded: \t v  \t",
        b"Connection: keep-alive",
        b"Connection: upgrade",
        b"Upgrade: h2c",
        b"Expect: 100-continue",
        b"X-Long: " + b"l" * 60,
    ]
)
odd_headers = st.sampled_from(
    [
        b"Host: again",
        b"Content-Encoding: gzip",
        b"Content-Length: 3",
        b"Transfer-Encoding: chunked",
        b" folded",
        b"Spaced : x",
        b"X: \0",
    ]
)
contents = st.one_of(
    st.binary(max_size=70),
    st.sampled_from([b"\r\n\r\n", b"0\r\n\r\n", b"\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"\r\n\r\n" * 5, b"\r"]),
    st.binary(max_size=40).map(lambda data: gzip.compress(data, mtime=0)),
)
right = st.just(b"\r\n")
wrong = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r", b"\r\n\r\n"])


@st.composite
def chunked(draw: st.DrawFn, line_ends: st.SearchStrategy[bytes]) -> bytes:
    """A chunked body, mostly right."""
    made = b""
    for piece in draw(st.lists(contents.filter(bool), max_size=4)):
        size = len(piece) + draw(st.sampled_from([0] * 20 + [1, -1]))
        made += b"%x" % size + draw(st.sampled_from([b"", b";x=y"])) + draw(line_ends) + piece + draw(line_ends)
    trailers = draw(st.lists(st.sampled_from([b"X: y\r\n", b"Host: t\r\n"]), max_size=2))
    return made + b"0\r\n" + b"".join(trailers) + draw(line_ends)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """One request: three in four are right but for what the limits and rules may say."""
    sane = draw(st.integers(0, 3)) > 0
    line_ends = right if sane else wrong
    lines = [b"POST /a?b=c HTTP/1.1" if sane else b"%b %b HTTP/%b" % (draw(methods), draw(targets), draw(versions))]
    lines += [b"Host: h"] * (sane or draw(st.integers(0, 2)))
    lines += draw(st.lists(fine_headers if sane else st.one_of(fine_headers, odd_headers), max_size=3))
    body = b""
    match draw(st.integers(0, 3)):
        case 0:
            body = draw(contents)
            lines.append(b"Content-Length: %d" % len(body))
        case 1:
            body = draw(chunked(line_ends))
            lines.append(b"Transfer-Encoding: chunked")
        case 2:
            body = gzip.compress(draw(contents), mtime=0)
            lines += [b"Content-Encoding: gzip", b"Content-Length: %d" % len(body)]
        case _:
            pass
    return b"".join(line + draw(line_ends) for line in lines) + b"\r\n" + body


streams = st.lists(st.one_of(requests(), requests(), st.sampled_from([b"\r\n", b"\r\n\r\n"])), max_size=4).map(b"".join)


def read(pieces: list[bytes]) -> tuple[list[Request], Reason | None, bool]:
    """Requests, the refusal that ended them, and whether something is unfinished."""
    reader = RequestReader(LIMITS, "peer")
    made = []
    try:
        for piece in pieces:
            request = reader.feed(piece)
            while request is not None:
                made.append(request)
                request = reader.feed(b"")
    except Refused as refused:
        return made, refused.reason, False
    return made, None, reader.phase.name != "IDLE"


@settings(max_examples=200)
@given(stream=streams, data=st.data())
def test_the_same_bytes_in_any_cuts_give_the_same_requests(stream: bytes, data: st.DataObject) -> None:
    whole = read([stream])
    places = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=12)))
    cuts = [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert read(cuts) == whole
    assert read([stream[at : at + 1] for at in range(len(stream))]) == whole


@given(stream=streams, data=st.data())
def test_what_is_held_while_a_request_is_handled_is_read_as_if_it_had_come_later(
    stream: bytes, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(stream)))
    reader = RequestReader(LIMITS, "peer")
    reader.hold(stream[:cut])
    reader.hold(stream[cut:])
    try:
        first = reader.feed(b"")
    except Refused:
        first = None
    assert [first] == (read([stream])[0][:1] or [None])


@given(
    st.lists(st.tuples(st.sampled_from([b"/a", b"/b"]), st.binary(max_size=60), st.booleans()), max_size=5), st.data()
)
def test_well_formed_requests_come_out_as_they_went_in(
    sent: list[tuple[bytes, bytes, bool]], data: st.DataObject
) -> None:
    stream = b""
    for path, body, as_chunks in sent:
        head = b"POST %b HTTP/1.1\r\nHost: h\r\n" % path
        if as_chunks:
            size = data.draw(st.integers(1, 61))
            pieces = [body[at : at + size] for at in range(0, len(body), size)]
            framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            stream += head + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"
        else:
            stream += head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    step = data.draw(st.integers(1, 80))
    made, reason, unfinished = read([stream[at : at + step] for at in range(0, len(stream), step)])
    assert [(request.path.encode(), request.body) for request in made] == [(path, body) for path, body, _ in sent]
    assert reason is None
    assert not unfinished


@st.composite
def alike(draw: st.DrawFn) -> list[bytes]:
    """Requests of one caller: the same head each time but for the length, and now and then for a few bytes."""
    lines = [b"POST /a HTTP/1.1", b"Host: h", *draw(st.lists(fine_headers, max_size=2))]
    name = draw(st.sampled_from([b"Content-Length: ", b"content-length:", b"Content-Length:\t"]))
    lines.insert(draw(st.integers(1, len(lines))), name + b"%b" + draw(st.sampled_from([b"", b" ", b"\t "])))
    template = b"\r\n".join(lines) + b"\r\n\r\n"
    odd = draw(st.booleans())
    made = []
    for body in draw(st.lists(contents, min_size=2, max_size=4)):
        claimed = len(body) + draw(st.sampled_from([0] * 8 + ([1, -1, 10**9] if odd else [100])))
        digits = draw(st.sampled_from([b"%d"] * 8 + [b"0%d", b"00000000000%d", b"+%d", b"%d ", b"%d,5"]))
        request = bytearray(template % ((digits if odd else b"%d") % claimed) + body)
        if odd and draw(st.integers(0, 3)) == 0:
            at = draw(st.integers(0, len(request)))
            instead = draw(st.sampled_from([b"", b"x", b"\r", b"\n", b"\r\n", b" ", b":", b"1", b"Host: h\r\n"]))
            request[at : at + draw(st.integers(0, 2))] = instead
        made.append(bytes(request))
    return made


@settings(max_examples=200)
@given(sent=alike(), data=st.data())
def test_heads_like_the_last_one_may_be_cut_anywhere(sent: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(data.draw(st.lists(st.sampled_from(sent), max_size=5)))
    whole = read([stream[at : at + 1] for at in range(len(stream))])
    places = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=4)))
    cuts = [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert read(cuts) == read([stream]) == whole


def read_by(reader: RequestReader, data: bytes) -> tuple[object, ...]:
    """All that `reader` makes of `data`, given to it in one piece."""
    try:
        made = reader.feed(data)
    except Refused as refused:
        return refused.reason, refused.message
    told = (made, reader.take_continue(), reader.is_head, reader.phase, reader.held)
    if made is None and reader.phase is not Phase.BODY:
        return told  # the rest is told of the last head that was read
    return *told, reader.version, reader.keep_alive


@settings(max_examples=400)
@given(alike())
def test_a_head_like_the_last_one_is_read_as_if_it_were_the_first(sent: list[bytes]) -> None:
    experienced = RequestReader(LIMITS, "peer")
    for request in sent:
        fresh = RequestReader(LIMITS, "peer")
        told = read_by(fresh, request)
        assert read_by(experienced, request) == told
        if not isinstance(told[0], Request) or fresh.held:
            return
