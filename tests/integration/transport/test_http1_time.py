"""Deadlines, cancellation and back-pressure."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable

import pytest

from sixnines.domain.origin import Origin
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Patience, Phase, TransportError
from support.calls import MAX_BODY, NEVER_S, OK, ask, fetch, patience, request_head
from support.hostile import Peer, Script, serving

SOON_S = 0.08


@contextlib.asynccontextmanager
async def full_backlog() -> AsyncIterator[Origin]:
    """A port that takes no more connections: the kernel drops what comes once its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield Origin("http", "127.0.0.1", listener.getsockname()[1])


def now() -> float:
    return asyncio.get_running_loop().time()


async def times_out(awaitable: Awaitable[object], phase: Phase) -> None:
    """`awaitable` fails with a time-out of `phase` after `SOON_S`, not earlier and not much later."""
    began = now()
    with pytest.raises(TransportError) as caught:
        await awaitable
    assert (caught.value.phase, caught.value.timed_out, caught.value.violation) == (phase, True, False)
    assert SOON_S - 0.005 < now() - began < SOON_S + 2


async def drip_head(peer: Peer) -> None:
    await peer.request()
    await peer.drip(b"HTTP/1.1 200 OK\r\n" + b"Slow: yes\r\n" * 100_000)


async def say_nothing(peer: Peer) -> None:
    await peer.request()
    await peer.gone()


async def interim_only(peer: Peer) -> None:
    await peer.answer(b"HTTP/1.1 100 Continue\r\n\r\n")
    await peer.gone()


async def begin_body(peer: Peer) -> None:
    await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok")
    await peer.gone()


async def drip_chunk_size(peer: Peer) -> None:
    """Bytes keep coming, but none of them is content."""
    await peer.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
    await peer.drip(b"2;" + b"x" * 100_000)


@pytest.mark.parametrize("script", [say_nothing, drip_head, interim_only])
async def test_a_slow_head_meets_the_head_deadline(transport: Http1Transport, script: Script) -> None:
    async with serving(script) as server:
        await times_out(ask(transport, server.origin(), head_s=SOON_S), Phase.HEAD)
        await server.all_ended(1)
    assert transport.open_count == 0


async def test_a_head_that_arrives_slowly_but_in_time_is_read(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.drip(OK, pause_s=0)

    async with serving(script) as server:
        assert await fetch(transport, server.origin()) == (200, b"ok")


async def test_the_head_deadline_holds_no_longer_once_the_head_has_come(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        await asyncio.sleep(2 * SOON_S)
        await peer.send(b"ok")

    async with serving(script) as server:
        exchange = await ask(transport, server.origin(), head_s=SOON_S)
        assert await exchange.read() == b"ok"


@pytest.mark.parametrize("script", [begin_body, drip_chunk_size])
@pytest.mark.parametrize("phase", [Phase.BODY, Phase.FIRST_TOKEN])
async def test_a_slow_body_meets_the_readers_deadline(transport: Http1Transport, script: Script, phase: Phase) -> None:
    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read() == b"ok"
        exchange.expire_at(now() + SOON_S, phase)
        await times_out(exchange.read(), phase)
        await server.all_ended(1)


async def test_a_deadline_may_be_moved_on_and_on(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(8):
            await asyncio.sleep(SOON_S / 4)
            await peer.send(b"2\r\nok\r\n")
        await peer.gone()

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        for _ in range(8):
            exchange.expire_at(now() + SOON_S, Phase.BODY)
            assert await exchange.read() == b"ok"
        exchange.expire_at(now() + SOON_S, Phase.BODY)
        await times_out(exchange.read(), Phase.BODY)


async def test_a_deadline_may_be_brought_forward_under_a_waiting_reader(transport: Http1Transport) -> None:
    async with serving(begin_body) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read() == b"ok"
        exchange.expire_at(now() + NEVER_S, Phase.FIRST_TOKEN)
        reading = asyncio.create_task(exchange.read())
        await asyncio.sleep(0)
        exchange.expire_at(now() + SOON_S, Phase.BODY)
        await times_out(reading, Phase.BODY)


async def test_a_read_after_the_deadline_fails_even_if_bytes_have_come(transport: Http1Transport) -> None:
    async with serving(begin_body) as server:
        exchange = await ask(transport, server.origin())
        exchange.expire_at(now(), Phase.BODY)
        with pytest.raises(TransportError) as caught:
            await exchange.read()
        assert caught.value.timed_out
        await server.all_ended(1)


async def test_a_deadline_that_passed_while_nobody_read_can_still_be_moved(transport: Http1Transport) -> None:
    """The time that the caller takes is not the provider's."""
    async with serving(begin_body) as server:
        exchange = await ask(transport, server.origin())
        exchange.expire_at(now() + 0.01, Phase.BODY)
        await asyncio.sleep(0.05)
        exchange.expire_at(now() + SOON_S, Phase.BODY)
        assert await exchange.read() == b"ok"
        await times_out(exchange.read(), Phase.BODY)


async def test_a_complete_response_may_be_read_late(transport: Http1Transport) -> None:
    async with serving(say_ok) as server:
        exchange = await ask(transport, server.origin())
        exchange.expire_at(now() - 1, Phase.BODY)
        assert await exchange.read_all(MAX_BODY) == b"ok"


async def say_ok(peer: Peer) -> None:
    while True:
        await peer.answer(OK)


async def test_a_peer_that_does_not_read_meets_the_head_deadline_while_sending(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        peer.writer.transport.pause_reading()
        await left.wait()

    left = asyncio.Event()
    body = bytes(30_000_000)
    async with serving(script) as server:
        limits = patience(head_s=SOON_S)
        await times_out(transport.send(server.origin(), request_head(body), body, limits), Phase.SEND)
        left.set()


async def test_an_address_that_never_answers_meets_the_connect_limit(transport: Http1Transport) -> None:
    async with full_backlog() as origin:
        limits = Patience(SOON_S, now() + NEVER_S)
        await times_out(transport.send(origin, request_head(), b"", limits), Phase.CONNECT)
        limits = Patience(NEVER_S, now() + SOON_S)
        await times_out(transport.send(origin, request_head(), b"", limits), Phase.CONNECT)
    assert transport.open_count == 0


@pytest.mark.parametrize("script", [say_nothing, begin_body])
async def test_a_cancelled_reader_frees_the_connection(transport: Http1Transport, script: Script) -> None:
    async with serving(script) as server:
        reading = asyncio.create_task(fetch(transport, server.origin()))
        while transport.open_count == 0:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await server.all_ended(1)
    assert (transport.open_count, transport.idle_count) == (0, 0)


async def test_cancelling_while_connecting_leaves_nothing_open(transport: Http1Transport) -> None:
    async with full_backlog() as origin:
        sending = asyncio.create_task(ask(transport, origin))
        await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert transport.open_count == 0


async def test_abort_closes_the_connection_any_number_of_times(transport: Http1Transport) -> None:
    async with serving(begin_body) as server:
        exchange = await ask(transport, server.origin())
        for _ in range(3):
            exchange.abort()
        await server.all_ended(1)
        with pytest.raises(TransportError, match="aborted"):
            await exchange.read()
    assert transport.open_count == 0


async def test_abort_wakes_a_waiting_reader(transport: Http1Transport) -> None:
    async with serving(begin_body) as server:
        exchange = await ask(transport, server.origin())
        assert await exchange.read() == b"ok"
        reading = asyncio.create_task(exchange.read())
        await asyncio.sleep(0)
        exchange.abort()
        with pytest.raises(TransportError, match="aborted"):
            await reading


async def test_abort_after_the_end_keeps_the_connection_and_never_touches_the_next_exchange(
    transport: Http1Transport,
) -> None:
    async with serving(say_ok) as server:
        first = await ask(transport, server.origin())
        assert await first.read_all(MAX_BODY) == b"ok"
        second = await ask(transport, server.origin())
        first.abort()
        assert await second.read_all(MAX_BODY) == b"ok"
        second.abort()
        assert transport.idle_count == 1


async def test_a_slow_reader_slows_the_peer_down_and_memory_stays_bounded(transport: Http1Transport) -> None:
    total = 50_000_000
    block = bytes(range(256)) * 256
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        while sent < total:
            piece = block[: total - sent]
            await peer.send(piece)
            sent += len(piece)
        await peer.answer(OK)

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        before = -1
        while sent != before:  # until the peer can send no more
            before = sent
            await asyncio.sleep(0.1)
        assert sent < 20_000_000  # socket buffers on both sides, and what is held here
        received = 0
        largest = 0
        while data := await exchange.read():
            assert data[0] == received % 256
            received += len(data)
            largest = max(largest, len(data))
        assert received == total
        assert largest <= 1 << 20
        assert await fetch(transport, server.origin()) == (200, b"ok")
    assert transport.reused == 1


async def test_a_paused_connection_that_ends_with_its_response_is_read_to_the_end(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2_000_000))

    async with serving(script) as server:
        exchange = await ask(transport, server.origin())
        await asyncio.sleep(0.05)
        assert await exchange.read_all(MAX_BODY) == bytes(2_000_000)
