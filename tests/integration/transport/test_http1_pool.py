"""Which connection carries which request."""

import asyncio

import pytest

from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Phase, TransportError
from support.calls import MAX_BODY, OK, ask, fetch
from support.hostile import HostileServer, Peer, Script, serving


async def keep_answering(peer: Peer) -> None:
    while True:
        await peer.answer(OK)


async def answer_once(peer: Peer) -> None:
    """As llama.cpp does after each stream: keep-alive by the headers, closed by the socket."""
    await peer.answer(OK)


async def gone_from_pool(transport: Http1Transport) -> None:
    """Wait until the pool has noticed that its connection is gone."""
    while transport.open_count:
        await asyncio.sleep(0)


async def test_200_requests_at_once_each_get_their_own_answer(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        while True:
            _, body = await peer.request()
            await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            await peer.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

    async def call(number: int) -> None:
        body = b"request %d " % number * 100
        assert await fetch(transport, server.origin(), body) == (200, body)

    async with serving(script) as server:
        for _ in range(2):
            await asyncio.gather(*(call(number) for number in range(200)))
    assert transport.opened == server.connections
    assert transport.opened + transport.reused == 400
    assert transport.reused >= 200


async def test_origins_do_not_share_connections(transport: Http1Transport) -> None:
    async with serving(keep_answering) as one, serving(keep_answering) as other:
        for server in (one, other, one, other):
            assert await fetch(transport, server.origin()) == (200, b"ok")
        assert (one.connections, other.connections) == (1, 1)
        assert transport.idle_count == 2


async def test_the_exchange_says_whether_its_connection_was_pooled(transport: Http1Transport) -> None:
    async with serving(keep_answering) as server:
        first = await ask(transport, server.origin())
        await first.read_all(MAX_BODY)
        second = await ask(transport, server.origin())
        assert (first.reused, second.reused) == (False, True)


async def test_a_connection_closed_while_idle_is_forgotten(transport: Http1Transport) -> None:
    async with serving(answer_once) as server:
        await fetch(transport, server.origin())
        await gone_from_pool(transport)
        assert transport.idle_count == 0
        assert await fetch(transport, server.origin()) == (200, b"ok")
    assert (transport.reused, transport.stale_replaced) == (0, 0)


@pytest.mark.parametrize("garbage", [b"x", b"\r\n", OK])
async def test_bytes_on_an_idle_connection_close_it(transport: Http1Transport, garbage: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await idle.wait()
        await peer.send(garbage)
        await peer.gone()

    idle = asyncio.Event()
    async with serving(script, keep_answering) as server:
        await fetch(transport, server.origin())
        assert transport.idle_count == 1
        idle.set()
        await gone_from_pool(transport)
        assert await fetch(transport, server.origin()) == (200, b"ok")
        assert (server.connections, transport.idle_count) == (2, 1)


SURPLUS = {
    "another response": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
    "the beginning of one": b"HTTP/1.1 20",
    "garbage": b"poison",
}


@pytest.mark.parametrize("surplus", SURPLUS.values(), ids=SURPLUS.keys())
@pytest.mark.parametrize("framing", [OK, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"])
async def test_data_after_the_end_of_a_response_never_reaches_the_next_request(
    transport: Http1Transport, surplus: bytes, framing: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(framing + surplus)
        await peer.gone()

    async with serving(script) as server:
        for _ in range(3):
            assert await fetch(transport, server.origin()) == (200, b"ok")
        assert server.connections == 3
    assert (transport.reused, transport.idle_count) == (0, 0)


async def test_data_that_follows_a_response_late_never_reaches_the_next_request(transport: Http1Transport) -> None:
    """The surplus lies unread in the socket at the moment the next request looks for a connection."""

    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await read.wait()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        sent.set()
        await peer.gone()

    read, sent = asyncio.Event(), asyncio.Event()
    async with serving(script, keep_answering) as server:
        assert await fetch(transport, server.origin()) == (200, b"ok")
        read.set()
        await sent.wait()
        assert await fetch(transport, server.origin()) == (200, b"ok")
        assert server.connections == 2


async def drop_the_second(peer: Peer) -> None:
    """Answer one request, read another, leave."""
    await peer.answer(OK)
    await peer.request()


async def reset_the_second(peer: Peer) -> None:
    await drop_the_second(peer)
    peer.reset()


@pytest.mark.parametrize("script", [drop_the_second, reset_the_second])
async def test_a_stale_connection_is_replaced_once(transport: Http1Transport, script: Script) -> None:
    async with serving(script, keep_answering) as server:
        assert await fetch(transport, server.origin()) == (200, b"ok")
        exchange = await ask(transport, server.origin(), b'{"again": true}')
        assert (exchange.status, await exchange.read_all(MAX_BODY), exchange.reused) == (200, b"ok", False)
        assert server.connections == 2
    assert (transport.opened, transport.reused, transport.stale_replaced) == (2, 1, 1)


async def test_the_replacement_of_a_stale_connection_is_a_fresh_one_and_not_replaced_again(
    transport: Http1Transport,
) -> None:
    """Several connections lie stale in the pool; the request does not walk through them."""
    answered = 0

    async def script(peer: Peer) -> None:
        nonlocal answered
        await peer.request()
        if peer.number < 3:
            answered += 1
            while answered < 3:
                await asyncio.sleep(0)
            await peer.send(OK)
            await peer.request()

    async with serving(script) as server:
        await asyncio.gather(*(fetch(transport, server.origin()) for _ in range(3)))
        assert transport.idle_count == 3
        with pytest.raises(TransportError) as caught:
            await ask(transport, server.origin())
        assert server.connections == 4
    assert caught.value.phase is Phase.HEAD
    assert (transport.opened, transport.reused, transport.stale_replaced) == (4, 1, 1)


@pytest.mark.parametrize("beginning", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
async def test_a_request_is_not_sent_again_once_a_byte_has_come(transport: Http1Transport, beginning: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.answer(beginning)

    async with serving(script) as server:
        await fetch(transport, server.origin())
        with pytest.raises(TransportError, match="middle of the response head") as caught:
            await ask(transport, server.origin())
        assert server.connections == 1
    assert caught.value.phase is Phase.HEAD
    assert transport.stale_replaced == 0


async def test_a_silent_pooled_connection_that_times_out_is_not_replaced(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.request()
        await peer.gone()

    async with serving(script) as server:
        await fetch(transport, server.origin())
        with pytest.raises(TransportError) as caught:
            await ask(transport, server.origin(), head_s=0.05)
        assert server.connections == 1
    assert caught.value.timed_out


async def test_an_idle_connection_is_closed_in_time(transport: Http1Transport) -> None:
    hasty = Http1Transport(idle_s=0.05)
    async with serving(keep_answering) as server:
        await fetch(hasty, server.origin())
        assert hasty.idle_count == 1
        await gone_from_pool(hasty)
        assert hasty.idle_count == 0
        await server.all_ended(1)
        assert await fetch(hasty, server.origin()) == (200, b"ok")
        assert (hasty.opened, hasty.stale_replaced) == (2, 0)
        await hasty.aclose()


async def test_a_busy_connection_outlives_the_idle_time(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        await asyncio.sleep(0.15)  # three times what an idle connection has
        await peer.send(b"ok")

    hasty = Http1Transport(idle_s=0.05)
    async with serving(script) as server:
        for _ in range(2):
            assert await fetch(hasty, server.origin()) == (200, b"ok")
        assert hasty.reused == 1
        await hasty.aclose()


async def test_a_server_may_ask_for_less_idle_time(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n")
        await peer.gone()

    async with serving(script) as server:
        await fetch(transport, server.origin())
        began = asyncio.get_running_loop().time()
        await server.all_ended(1)
        assert 0.7 < asyncio.get_running_loop().time() - began < 1.0


async def test_a_server_may_limit_the_requests_of_a_connection(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=3\r\nContent-Length: 0\r\n\r\n")

    async with serving(script) as server:
        for _ in range(7):
            await fetch(transport, server.origin())
        assert server.connections == 3


async def test_idle_connections_are_limited(transport: Http1Transport) -> None:
    small = Http1Transport(idle_per_origin=2)

    async def fill(server: HostileServer) -> None:
        exchanges = [await ask(small, server.origin()) for _ in range(5)]
        for exchange in exchanges:
            await exchange.read_all(MAX_BODY)

    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            if peer.number == 4:
                all_asked.set()
            await all_asked.wait()
            await peer.send(b"ok")

    all_asked = asyncio.Event()
    async with serving(script) as server:
        await fill(server)
        assert (small.opened, small.idle_count) == (5, 2)
        await server.all_ended(3)
        assert small.open_count == 2
        await small.aclose()


async def test_closing_fails_what_is_under_way_and_refuses_what_comes(transport: Http1Transport) -> None:
    async def in_a_body(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        await peer.gone()

    async def before_the_head(peer: Peer) -> None:
        await peer.request()
        asked.set()
        await peer.gone()

    asked = asyncio.Event()
    async with serving(in_a_body, before_the_head, keep_answering) as server:
        reading = await ask(transport, server.origin())
        waiting = asyncio.create_task(ask(transport, server.origin()))
        await asked.wait()
        await fetch(transport, server.origin())
        assert (transport.open_count, transport.idle_count) == (3, 1)
        await transport.aclose()
        assert (transport.open_count, transport.idle_count) == (0, 0)
        assert await reading.read() == b"ok"
        for refused, phase in (
            (reading.read(), Phase.BODY),
            (waiting, Phase.HEAD),
            (ask(transport, server.origin()), Phase.CONNECT),
        ):
            with pytest.raises(TransportError, match="shutting down") as caught:
                await refused
            assert caught.value.phase is phase
        await server.all_ended(3)


async def test_closing_twice_does_nothing_more(transport: Http1Transport) -> None:
    async with serving(keep_answering) as server:
        await fetch(transport, server.origin())
        await transport.aclose()
        await transport.aclose()
