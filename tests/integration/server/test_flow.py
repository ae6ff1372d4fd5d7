"""Callers who read slowly, and callers who go away."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable

import pytest

from sixnines.server.gone import CallerGone
from sixnines.server.interface import Request
from sixnines.server.responder import HttpResponder
from support.live_server import WAIT_S, LiveServer
from support.raw_http import RawClient

Serve = Callable[..., LiveServer]
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
PIECE = b"x" * 10_000


async def wait_for_ever(request: Request, responder: HttpResponder) -> None:
    """Waits before the answer, or after its first piece if there is a query."""
    if request.query:
        responder.start(200, [])
        await responder.write(b"part")
    await asyncio.Event().wait()


def test_a_slow_reader_slows_the_application_down(serve: Serve) -> None:
    written = 0
    pieces = 1500

    async def flood(request: Request, responder: HttpResponder) -> None:
        nonlocal written
        responder.start(200, [])
        for _ in range(pieces):
            await responder.write(PIECE)
            written += len(PIECE)
        responder.end()

    server = serve(flood)
    with RawClient(server.address, receive_buffer=65_536) as client:
        client.send(GET)
        server.until(lambda: written > 0)
        stuck_at = -1
        while stuck_at != written:
            stuck_at = written
            time.sleep(0.2)
        # What the two kernels' buffers hold is theirs to choose; what we hold on top is at most the high-water mark.
        assert written < pieces * len(PIECE) / 2
        (connection,) = server.server._connections
        assert connection._transport.get_write_buffer_size() < 64 * 1024 + 2 * len(PIECE)
        assert len(client.answer().body) == pieces * len(PIECE)


@pytest.mark.parametrize("query", [b"", b"?begun"], ids=["before the answer", "during the answer"])
@pytest.mark.parametrize("leave", ["close", "reset", "half close"])
def test_the_application_is_cancelled_when_the_caller_goes_away(serve: Serve, query: bytes, leave: str) -> None:
    server = serve(wait_for_ever)
    client = RawClient(server.address)
    client.send(b"GET /%b HTTP/1.1\r\nHost: h\r\n\r\n" % query)
    if query:
        client.head()
        client.chunk()
    server.until(lambda: len(server.requests) == 1)
    match leave:
        case "close":
            client.close()
        case "reset":
            client.reset()
        case _:
            client.sock.shutdown(socket.SHUT_WR)
    assert server.cancelled.acquire(timeout=WAIT_S)
    server.until(lambda: server.server.connections == 0)
    assert server.bugs == []
    client.close()


def test_a_caller_who_leaves_with_more_requests_in_the_pipe_is_noticed(serve: Serve) -> None:
    server = serve(wait_for_ever)
    with RawClient(server.address) as client:
        client.send(GET * 50)
        server.until(lambda: len(server.requests) == 1)
    assert server.cancelled.acquire(timeout=WAIT_S)
    server.until(lambda: server.server.connections == 0)
    assert len(server.requests) == 1


@pytest.mark.parametrize("pause_s", [None, 0], ids=["without ever waiting", "between waits"])
def test_an_application_does_not_write_for_ever_to_a_caller_who_has_gone(serve: Serve, pause_s: float | None) -> None:
    ended = threading.Event()

    async def flood(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        try:
            while True:
                await responder.write(PIECE)
                if pause_s is not None:
                    await asyncio.sleep(pause_s)
        finally:
            ended.set()

    server = serve(flood)
    client = RawClient(server.address, receive_buffer=16_384)
    client.send(GET)
    client.head()
    client.reset()
    assert ended.wait(WAIT_S)
    server.until(lambda: server.server.connections == 0)
    assert server.bugs == []


def test_a_child_task_that_writes_learns_that_the_caller_has_gone(serve: Serve) -> None:
    learnt = threading.Event()

    async def flood(responder: HttpResponder) -> None:
        try:
            while True:
                await responder.write(PIECE)
        except CallerGone:
            learnt.set()

    async def delegate(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        await asyncio.shield(asyncio.ensure_future(flood(responder)))

    server = serve(delegate)
    client = RawClient(server.address, receive_buffer=16_384)
    client.send(GET)
    client.head()
    time.sleep(0.2)
    client.reset()
    assert learnt.wait(WAIT_S)
    assert server.bugs == []


def test_an_application_that_writes_while_it_is_cancelled_is_no_bug(serve: Serve) -> None:
    told = threading.Event()

    async def polite(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [])
        try:
            await asyncio.Event().wait()
        finally:
            told.set()
            await responder.write(b"farewell")

    server = serve(polite)
    client = RawClient(server.address)
    client.send(GET)
    client.head()
    client.close()
    assert told.wait(WAIT_S)
    server.until(lambda: server.server.connections == 0)
    assert server.bugs == []


def test_books_are_kept_after_a_complete_answer_even_if_the_caller_has_gone(serve: Serve) -> None:
    may_go_on, kept = threading.Event(), threading.Event()

    async def accountant(request: Request, responder: HttpResponder) -> None:
        responder.send(200, [], b"answer")
        await asyncio.get_running_loop().run_in_executor(None, may_go_on.wait)
        kept.set()

    server = serve(accountant)
    with RawClient(server.address) as client:
        assert client.exchange(GET).body == b"answer"
    may_go_on.set()
    assert kept.wait(WAIT_S)
    server.until(lambda: server.server.connections == 0)


def test_a_caller_who_leaves_with_his_request_leaves_nothing_behind(serve: Serve) -> None:
    server = serve(wait_for_ever)

    async def occupy() -> None:
        time.sleep(0.3)

    for _ in range(3):
        client = RawClient(server.address)
        server.until(lambda: server.server.connections == 1)
        busy = server.spawn(occupy())
        time.sleep(0.05)
        client.send(GET)
        client.reset()
        busy.result(WAIT_S)
        server.until(lambda: server.server.connections == 0)
    assert server.bugs == []


def test_callers_who_leave_in_the_middle_of_a_request_leave_nothing_behind(serve: Serve) -> None:
    server = serve()
    for part in (b"", b"GET", GET[:-2], b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"):
        for leave in (RawClient.close, RawClient.reset):
            client = RawClient(server.address)
            client.send(part)
            leave(client)
    server.until(lambda: server.server.connections == 0)
    assert server.requests == []
    assert server.bugs == []
