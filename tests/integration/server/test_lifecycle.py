"""Listening, draining and stopping."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable

import pytest

from sixnines.clock import SystemClock
from sixnines.server.answer import DateLine
from sixnines.server.interface import Limits, Request
from sixnines.server.lifecycle import ListenError, Server
from sixnines.server.protocol import Service
from sixnines.server.responder import HttpResponder
from sixnines.transport.outbox import Outbox
from support.live_server import WAIT_S, LiveServer, echo, openai_refusal
from support.raw_http import IncompleteError, RawClient

Serve = Callable[..., LiveServer]
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def make_server(host: str, port: int) -> Server:
    bugs: list[Exception] = []
    return Server(
        Service(
            echo, openai_refusal, bugs.append, DateLine(SystemClock()), Limits(), Outbox(asyncio.get_running_loop())
        ),  # type: ignore[arg-type]
        host=host,
        port=port,
    )


def refuses(address: tuple[str, int]) -> bool:
    """Nobody listens there any more."""
    try:
        socket.create_connection(address, timeout=WAIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


async def test_the_bound_address_is_told_and_can_be_bound_again_after_a_drain() -> None:
    first = make_server("127.0.0.1", 0)
    ((host, port),) = await first.start()
    assert host == "127.0.0.1"
    assert port > 0
    await first.drain(1)
    second = make_server("127.0.0.1", port)
    assert await second.start() == [("127.0.0.1", port)]
    await second.drain(1)


async def test_a_taken_port_is_reported_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(ListenError) as error:
            await make_server("127.0.0.1", port).start()
    assert f"127.0.0.1:{port}" in str(error.value)
    assert f"process {os.getpid()}" in str(error.value)


async def test_an_address_that_is_not_ours_is_reported() -> None:
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1:4000: "):
        await make_server("192.0.2.1", 4000).start()


async def test_a_server_that_was_never_started_can_be_drained() -> None:
    await make_server("127.0.0.1", 0).drain(1)


def test_a_drain_closes_idle_connections_at_once_and_takes_no_new_ones(serve: Serve) -> None:
    server = serve()
    with RawClient(server.address) as fresh, RawClient(server.address) as used:
        assert used.exchange(GET).status == 200
        server.until(lambda: server.server.connections == 2)
        started = time.monotonic()
        server.call(server.server.drain(WAIT_S))
        assert time.monotonic() - started < WAIT_S / 2
        assert fresh.ends()
        assert used.ends()
        assert refuses(server.address)
    assert server.server.connections == 0


def test_a_drain_lets_answers_end_and_says_that_they_are_the_last(serve: Serve) -> None:
    go_on = threading.Event()

    async def slow(request: Request, responder: HttpResponder) -> None:
        if request.query:
            responder.start(200, [])
            await responder.write(b"one")
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait)
        if request.query:
            await responder.write(b"two")
            responder.end()
        else:
            responder.send(200, [], b"done")

    server = serve(slow)
    with RawClient(server.address) as waits, RawClient(server.address) as streams, RawClient(server.address) as reads:
        waits.send(GET + GET)
        streams.send(b"GET /?stream HTTP/1.1\r\nHost: h\r\n\r\n")
        reads.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab")
        server.until(lambda: len(server.requests) == 2)
        drained = server.spawn(server.server.drain(WAIT_S))
        time.sleep(0.1)
        assert not drained.done()
        reads.send(b"c")
        go_on.set()
        answer = waits.answer()
        assert (answer.body, answer.closes) == (b"done", True)
        assert waits.ends(), "the second request of the pipe is not served"
        assert streams.answer().body == b"onetwo"
        assert streams.ends()
        assert reads.answer().closes
        drained.result(WAIT_S)
    assert len(server.requests) == 3


def test_streams_get_a_last_word_when_the_time_is_up(serve: Serve) -> None:
    over = asyncio.Event()

    async def stream(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        await responder.write(b"data")
        await over.wait()
        await responder.write(b"error event")
        responder.end()

    server = serve(stream)
    server.on_deadline = over.set
    with RawClient(server.address) as client:
        client.send(GET)
        client.head()
        assert client.chunk() == b"data"
        server.call(server.server.drain(0.1))
        assert client.chunk() == b"error event"
        assert client.chunk() == b""
        assert client.ends()


def test_applications_that_do_not_listen_are_cancelled_and_those_that_do_not_end_are_left_behind(serve: Serve) -> None:
    deaf_may_end = threading.Event()

    async def deaf(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        await responder.write(b"data")
        try:
            await asyncio.Event().wait()
        finally:
            if request.query:
                await asyncio.get_running_loop().run_in_executor(None, deaf_may_end.wait)

    server = serve(deaf)
    with RawClient(server.address) as client, RawClient(server.address) as stubborn:
        client.send(GET)
        stubborn.send(b"GET /?stubborn HTTP/1.1\r\nHost: h\r\n\r\n")
        for each in (client, stubborn):
            each.head()
            assert each.chunk() == b"data"
        drained = server.spawn(server.server.drain(0.1))
        for each in (client, stubborn):
            with pytest.raises((IncompleteError, ConnectionResetError)):
                each.chunk()
        drained.result(WAIT_S)
        assert server.cancelled.acquire(timeout=WAIT_S)
        deaf_may_end.set()
        assert server.cancelled.acquire(timeout=WAIT_S)


def test_a_drain_can_be_cut_short_by_another(serve: Serve) -> None:
    async def wait(request: Request, responder: HttpResponder) -> None:
        await asyncio.Event().wait()

    server = serve(wait)
    with RawClient(server.address) as client:
        client.send(GET)
        server.until(lambda: len(server.requests) == 1)
        patient = server.spawn(server.server.drain(60))
        server.call(server.server.drain(0))
        patient.result(WAIT_S)
        assert client.ends()


def test_a_slow_caller_does_not_hold_up_a_drain(serve: Serve) -> None:
    server = serve()
    with RawClient(server.address) as client:
        client.send(GET[:-2])
        server.until(lambda: server.server.connections == 1)
        started = time.monotonic()
        server.call(server.server.drain(0.1))
        assert time.monotonic() - started < 5
        assert not client.sock.recv(1)
