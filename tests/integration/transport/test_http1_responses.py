"""Responses that HTTP/1.1 allows, in all their forms."""

import asyncio

import pytest

from sixnines.transport.http1 import Http1Transport
from support.calls import MAX_BODY, OK, ask, fetch, patience
from support.hostile import Peer, serving

HELLO = b"hello, world"


def chunked(*pieces: bytes, trailers: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailers + b"\r\n"


KEPT = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + HELLO,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"hello", b", ", b"world"),
    "chunks with trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n" + chunked(HELLO, trailers=b"Digest: x\r\nB: y\r\n")
    ),
    "chunk extensions": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc;a=b;c\r\n" + HELLO + b"\r\n0\r\n\r\n",
    "after 100": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + HELLO,
    "after 100 and 103": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\nKeep-Alive: timeout=0\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + HELLO
    ),
    "no reason phrase": b"HTTP/1.1 200\r\nContent-Length: 12\r\n\r\n" + HELLO,
    "HTTP/1.0 that keeps alive": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 12\r\n\r\n" + HELLO),
}

LAST = {
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n" + HELLO,
    "connection: close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\n\r\n" + HELLO,
    "connection: close in a list": (
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 12\r\n\r\n" + HELLO
    ),
    "keep-alive: max=0": b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=0\r\nContent-Length: 12\r\n\r\n" + HELLO,
    "keep-alive: timeout=0": b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 12\r\n\r\n" + HELLO,
}

UNFRAMED = {
    "HTTP/1.1": b"HTTP/1.1 200 OK\r\n\r\n" + HELLO,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + HELLO,
    "keep-alive, which it cannot mean": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n" + HELLO,
}


@pytest.mark.parametrize("response", KEPT.values(), ids=KEPT.keys())
async def test_a_well_framed_response_is_read_and_its_connection_kept(
    transport: Http1Transport, response: bytes
) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(response)

    async with serving(script) as server:
        for _ in range(3):
            assert await fetch(transport, server.origin()) == (200, HELLO)
    assert (server.connections, transport.opened, transport.reused) == (1, 1, 2)


@pytest.mark.parametrize("response", LAST.values(), ids=LAST.keys())
async def test_a_response_that_is_the_last_of_its_connection_makes_the_client_close_it(
    transport: Http1Transport, response: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(response)
        await peer.gone()

    async with serving(script) as server:
        for number in range(1, 3):
            assert await fetch(transport, server.origin()) == (200, HELLO)
            assert transport.idle_count == 0
            await server.all_ended(number)
    assert (transport.opened, transport.reused) == (2, 0)


@pytest.mark.parametrize("response", UNFRAMED.values(), ids=UNFRAMED.keys())
async def test_a_body_with_neither_length_nor_chunks_ends_with_its_connection(
    transport: Http1Transport, response: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(response)

    async with serving(script) as server:
        for _ in range(2):
            assert await fetch(transport, server.origin()) == (200, HELLO)
    assert (transport.opened, transport.reused) == (2, 0)


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_a_body_ends_with_its_head_whatever_length_it_names(
    transport: Http1Transport, status: int
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 %d Fine\r\nContent-Length: 5\r\n\r\n" % status)
        await peer.answer(OK)

    async with serving(script) as server:
        assert await fetch(transport, server.origin()) == (status, b"")
        assert await fetch(transport, server.origin()) == (200, b"ok")
    assert transport.reused == 1


async def test_header_names_come_in_lower_case_in_wire_order_with_repeats(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(
            b"HTTP/1.1 200 OK\r\nX-Twice: one\r\nEmpty:\r\nX-TWICE:  two \t\r\nContent-Length: 0\r\nCity: M\xc3\xbcnchen\r\n\r\n"
        )

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
    assert exchange.headers == [
        (b"x-twice", b"one"),
        (b"empty", b""),
        (b"x-twice", b"two"),
        (b"content-length", b"0"),
        (b"city", b"M\xc3\xbcnchen"),
    ]
    assert exchange.header(b"x-twice") == b"one"
    assert exchange.header(b"retry-after") is None


async def test_headers_of_interim_responses_are_not_those_of_the_final_one(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK)

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        assert exchange.headers == [(b"content-length", b"2")]


async def test_the_request_goes_out_as_given(transport: Http1Transport) -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def script(peer: Peer) -> None:
        while True:
            seen.append(await peer.request())
            await peer.send(OK)

    head = b"POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k\r\nContent-Length: %d\r\n\r\n"
    bodies = [b"{}", b"a" * 65_536, b"b" * 65_537, bytes(range(256)) * 20_000]
    async with serving(script) as server:
        for body in bodies:
            exchange = await transport.send(server.origin(), head % len(body), body, patience())
            assert await exchange.read_all(MAX_BODY) == b"ok"
    assert seen == [(head % len(body), body) for body in bodies]
    assert transport.opened == 1


async def test_a_response_that_comes_before_the_request_has_been_sent_is_delivered(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlong")

    async with serving(script) as server:
        for _ in range(3):
            assert await fetch(transport, server.origin(), bytes(30_000_000)) == (413, b"long")
    assert (transport.reused, transport.idle_count) == (0, 0)


async def test_an_early_refusal_stops_the_upload_and_ends_the_connection(transport: Http1Transport) -> None:
    body = bytes(30_000_000)

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\n")
        received = 0
        while received < len(body) and (data := await peer.reader.read(1 << 16)):
            received += len(data)
            if received > 1_000_000:
                break
        await peer.send(b"long")
        while data := await peer.reader.read(1 << 16):
            received += len(data)
        assert received < len(body)

    async with serving(script) as server:
        assert await fetch(transport, server.origin(), body) == (413, b"long")
        await server.all_ended(1)
    assert transport.idle_count == 0


async def test_an_early_success_does_not_stop_the_upload(transport: Http1Transport) -> None:
    body = bytes(range(250)) * 40_000

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n")
        received = await peer.reader.readexactly(len(body))
        await peer.send(b"2\r\nok\r\n0\r\n\r\n" if received == body else b"5\r\nwrong\r\n0\r\n\r\n")
        await peer.answer(OK)

    async with serving(script) as server:
        assert await fetch(transport, server.origin(), body) == (200, b"!ok")
        assert await fetch(transport, server.origin()) == (200, b"ok")
    assert transport.reused == 1


async def test_the_body_is_handed_out_as_it_comes(transport: Http1Transport) -> None:
    steps: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while step := await steps.get():
            await peer.send(step)

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        for piece in (b"a", b"bc", b"def"):
            steps.put_nowait(b"%x\r\n%b\r\n" % (len(piece), piece))
            assert await exchange.read() == piece
        steps.put_nowait(b"0\r\n\r\n")
        assert await exchange.read() == b""
        assert await exchange.read() == b""
        steps.put_nowait(b"")
