"""Peers that break HTTP or leave: which phase is to blame, and that nothing of it reaches the next request."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from sixnines.domain.origin import Origin
from sixnines.transport.framing import MAX_BARREN, MAX_FIELDS, MAX_HEAD, MAX_INTERIM
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Phase, TransportError
from support.calls import OK, ask, fetch
from support.hostile import Peer, Script, serving

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

BAD_HEADS = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 OK\r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "a bare line feed after a field": b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 2\r\n\r\nok",
    "a folded field": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 2\r\n\r\nok",
    "a space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "a NUL in a value": b"HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 2\r\n\r\nok",
    "a line without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "both length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both chunks and length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "a signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    "a length past 64 bits": b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok",
    "chunks twice": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "101": b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "101 without upgrade": b"HTTP/1.1 101 Switching\r\n\r\n",
    "an interim response with a body": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n" + OK,
    "an interim response that closes": b"HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n" + OK,
    "interim responses without end": b"HTTP/1.1 102 Processing\r\n\r\n" * (MAX_INTERIM + 1),
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * (MAX_FIELDS + 1) + b"\r\n",
    "a field without end": b"HTTP/1.1 200 OK\r\nA: " + b"x" * MAX_HEAD,
    "a name without end": b"HTTP/1.1 200 OK\r\n" + b"x" * MAX_HEAD,
    "a reason phrase without end": b"HTTP/1.1 200 " + b"x" * MAX_HEAD,
    "empty lines without end": b"\r\n" * MAX_HEAD,
}

BAD_BODIES = {
    "a chunk size that is not hexadecimal": b"2\r\nok\r\nzz\r\n",
    "a chunk size past 64 bits": b"2\r\nok\r\nfffffffffffffffff\r\n",
    "a negative chunk size": b"2\r\nok\r\n-2\r\n",
    "no chunk size": b"2\r\nok\r\n\r\n",
    "a chunk longer than it says": b"2\r\nok!\r\n0\r\n\r\n",
    "a bare line feed after a chunk size": b"2\r\nok\r\n2\nok\r\n",
    "a broken trailer": b"2\r\nok\r\n0\r\nno colon\r\n\r\n",
}


def answering(response: bytes) -> Script:
    """Answer one request, then wait for the client to leave."""

    async def script(peer: Peer) -> None:
        await peer.answer(response)
        await peer.gone()

    return script


def closing(response: bytes) -> Script:
    """Answer one request, then close."""

    async def script(peer: Peer) -> None:
        await peer.answer(response)

    return script


def resetting(response: bytes) -> Script:
    """Answer one request; when the client has read that, reset the connection."""

    async def script(peer: Peer) -> None:
        await peer.answer(response)
        peer.reset()

    return script


@pytest.mark.parametrize("response", BAD_HEADS.values(), ids=BAD_HEADS.keys())
async def test_a_head_that_is_not_http_is_a_violation_and_closes(transport: Http1Transport, response: bytes) -> None:
    async with serving(answering(response)) as server:
        with pytest.raises(TransportError) as caught:
            await ask(transport, server.origin())
        await server.all_ended(1)
    error = caught.value
    assert (error.phase, error.violation, error.timed_out) == (Phase.HEAD, True, False)
    assert (transport.opened, transport.idle_count) == (1, 0)


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_body_that_is_not_http_is_a_violation_after_what_came_before_it(
    transport: Http1Transport, body: bytes
) -> None:
    async with serving(answering(CHUNKED + body)) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read() == b"ok"
        for _ in range(2):
            with pytest.raises(TransportError) as caught:
                await exchange.read()
            assert (caught.value.phase, caught.value.violation) == (Phase.BODY, True)
        await server.all_ended(1)
    assert transport.idle_count == 0


async def test_trailers_without_end_are_a_violation(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(CHUNKED + b"2\r\nok\r\n0\r\nEndless: ")
        while True:
            await peer.send(b"x" * 4096)

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read() == b"ok"
        with pytest.raises(TransportError, match="trailers") as caught:
            await exchange.read()
    assert caught.value.violation
    assert MAX_BARREN < 1 << 20


LEAVING = {
    "before any answer": (b"", Phase.HEAD),
    "in the status line": (b"HTTP/1.1 20", Phase.HEAD),
    "in the head": (b"HTTP/1.1 200 OK\r\nContent-Le", Phase.HEAD),
    "after an interim response": (b"HTTP/1.1 100 Continue\r\n\r\n", Phase.HEAD),
    "before a body with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", Phase.BODY),
    "in a body with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", Phase.BODY),
    "before the first chunk": (CHUNKED, Phase.BODY),
    "in a chunk size": (CHUNKED + b"1", Phase.BODY),
    "in a chunk": (CHUNKED + b"3\r\nok", Phase.BODY),
    "after a chunk": (CHUNKED + b"2\r\nok\r\n", Phase.BODY),
    "before the last empty line": (CHUNKED + b"2\r\nok\r\n0\r\n", Phase.BODY),
    "in the trailers": (CHUNKED + b"2\r\nok\r\n0\r\nA: b\r\n", Phase.BODY),
}


@pytest.mark.parametrize("leave", [closing, resetting])
@pytest.mark.parametrize(("response", "phase"), LEAVING.values(), ids=LEAVING.keys())
async def test_a_peer_that_leaves_early_is_an_error_of_that_phase(
    transport: Http1Transport, response: bytes, phase: Phase, leave: Callable[[bytes], Script]
) -> None:
    async with serving(leave(response)) as server:
        with pytest.raises(TransportError) as caught:
            await fetch(transport, server.origin())
    error = caught.value
    assert (error.phase, error.violation, error.timed_out) == (phase, False, False)
    assert server.connections == 1  # a fresh connection's request is never sent twice
    assert transport.idle_count == 0


async def test_a_body_that_ends_with_its_connection_is_cut_by_a_reset(transport: Http1Transport) -> None:
    read = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\n\r\nok")
        await read.wait()
        peer.reset()

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read() == b"ok"
        read.set()
        with pytest.raises(TransportError) as caught:
            await exchange.read()
    assert caught.value.phase is Phase.BODY


async def test_a_server_that_speaks_first_gets_no_request(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(b"220 mail.example ESMTP\r\n")
        await peer.gone()

    async with serving(script) as server:
        with pytest.raises(TransportError) as caught:
            await ask(transport, server.origin())
    assert caught.value.phase in {Phase.SEND, Phase.HEAD}


async def test_after_an_error_the_next_request_gets_a_fresh_connection(transport: Http1Transport) -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n"), answering(OK)) as server:
        with pytest.raises(TransportError):
            await ask(transport, server.origin())
        assert await fetch(transport, server.origin()) == (200, b"ok")
    assert (transport.opened, transport.reused) == (2, 0)


async def test_a_body_over_the_callers_limit_is_refused_and_the_connection_closed(transport: Http1Transport) -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(500))) as server:
        exchange = await ask(transport, server.origin())
        with pytest.raises(TransportError, match="larger than 400 bytes") as caught:
            await exchange.read_all(400)
        await server.all_ended(1)
    assert (caught.value.phase, caught.value.violation) == (Phase.BODY, True)


async def test_a_body_of_exactly_the_callers_limit_is_read(transport: Http1Transport) -> None:
    async with serving(answering(OK)) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read_all(2) == b"ok"


async def test_nobody_listening_is_a_connect_error(transport: Http1Transport) -> None:
    async with serving(answering(OK)) as server:
        origin = server.origin()
    with pytest.raises(TransportError, match="connection was refused") as caught:
        await ask(transport, origin)
    assert (caught.value.phase, caught.value.timed_out) == (Phase.CONNECT, False)
    assert (transport.opened, transport.open_count) == (0, 0)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 300])
async def test_a_host_name_that_means_nothing_is_a_connect_error(transport: Http1Transport, host: str) -> None:
    with pytest.raises(TransportError, match="could not be resolved") as caught:
        await ask(transport, Origin("http", host, 80))
    assert caught.value.phase is Phase.CONNECT
    assert host not in str(caught.value)


@pytest.mark.asyncio(loop_factories=["asyncio"])  # uvloop looks names up in C, where no test can reach
async def test_each_address_of_a_name_is_tried(transport: Http1Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(OK)) as server:

        async def look_up(*_: object, **__: object) -> list[object]:
            addresses = [("127.0.0.2", server.port), ("127.0.0.1", server.port)]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        assert await fetch(transport, server.origin(host="two-addresses.test")) == (200, b"ok")
    assert transport.opened == 1
