"""Callers who are slow: refused or dropped in time, and no sooner. Real time, kept short."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sixnines.server.interface import Application, Limits, Request
from sixnines.server.protocol import LINGER_S
from sixnines.server.responder import HttpResponder
from support.live_server import LiveServer
from support.raw_http import IncompleteError, RawClient

Serve = Callable[..., LiveServer]
HEAD_S, BODY_GAP_S, KEEP_ALIVE_S, STALL_S = 0.4, 0.3, 0.5, 0.6
LIMITS = Limits(head_s=HEAD_S, body_gap_s=BODY_GAP_S, keep_alive_s=KEEP_ALIVE_S, stall_s=STALL_S)
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"
SLACK_S = 2.0  # a busy machine wakes late, never early


@contextmanager
def takes(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert seconds - 0.05 <= time.monotonic() - started < seconds + SLACK_S


def assert_timed_out(client: RawClient, what: str) -> None:
    answer = client.answer()
    assert answer.status == 408
    assert answer.closes
    assert what in json.loads(answer.body)["error"]["message"]
    assert client.ends()


def test_a_head_that_does_not_end_is_refused_in_time(serve: Serve) -> None:
    server = serve(limits=LIMITS)
    with RawClient(server.address) as client, takes(HEAD_S):
        client.send(GET[:-2])
        assert_timed_out(client, "headers")
    assert server.requests == []


def test_a_slow_loris_gets_no_more_time_for_its_bytes(serve: Serve) -> None:
    with RawClient(serve(limits=LIMITS).address) as client, takes(HEAD_S):
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n")
        for _ in range(7):
            client.send(b"X: y\r\n")
            time.sleep(HEAD_S / 10)
        assert_timed_out(client, "headers")


def test_a_new_request_has_its_whole_time_however_long_the_connection_was_idle(serve: Serve) -> None:
    with RawClient(serve(limits=LIMITS).address) as client:
        assert client.exchange(GET).status == 200
        time.sleep(KEEP_ALIVE_S * 0.7)
        with takes(HEAD_S):
            client.send(GET[:-2])
            assert_timed_out(client, "headers")


def test_a_body_that_stops_coming_is_refused_in_time(serve: Serve) -> None:
    server = serve(limits=LIMITS)
    with RawClient(server.address) as client, takes(BODY_GAP_S):
        client.send(POST + b"12345")
        assert_timed_out(client, "body")
    assert server.requests == []


def test_a_body_that_keeps_coming_may_take_its_time(serve: Serve) -> None:
    with RawClient(serve(limits=LIMITS).address) as client, takes(BODY_GAP_S * 2):
        client.send(POST)
        for _ in range(10):
            time.sleep(BODY_GAP_S / 5)
            client.send(b"x")
        assert client.answer().status == 200


@pytest.mark.parametrize(
    "first", [b"", GET, b"\r\n\r\n"], ids=["from the start", "after an answer", "after empty lines"]
)
def test_an_idle_connection_is_closed_without_a_word(serve: Serve, first: bytes) -> None:
    server = serve(limits=LIMITS)
    with RawClient(server.address) as client:
        client.send(first)
        if first == GET:
            client.answer()
        with takes(KEEP_ALIVE_S):
            assert client.ends()
    assert len(server.requests) == (first == GET)


def test_a_busy_connection_is_not_idle(serve: Serve) -> None:
    with RawClient(serve(limits=LIMITS).address) as client:
        for _ in range(6):
            time.sleep(KEEP_ALIVE_S / 3)
            assert client.exchange(GET).status == 200


def test_an_answer_may_take_longer_than_any_of_these(serve: Serve) -> None:
    async def slow(request: Request, responder: HttpResponder) -> None:
        await asyncio.sleep(0.8 if request.path == "/slow" else 0)
        responder.send(200, [], b"here")

    with RawClient(serve(slow, limits=LIMITS).address) as client:
        assert client.exchange(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").body == b"here"
        assert client.exchange(GET).body == b"here"


def test_a_caller_who_does_not_close_after_a_refusal_is_dropped(serve: Serve) -> None:
    server = serve(limits=LIMITS)
    with RawClient(server.address) as client, takes(LINGER_S):
        client.send(b"nonsense\r\n\r\n")
        server.until(lambda: server.server.connections == 1)
        server.until(lambda: server.server.connections == 0)
        assert client.answer().status == 400


async def large(request: Request, responder: HttpResponder) -> None:
    """Far more than the kernel keeps for a caller who does not read."""
    responder.send(200, [], b"x" * 20_000_000)


async def long_stream(request: Request, responder: HttpResponder) -> None:
    """The same in pieces, without end."""
    responder.start(200, [])
    while True:
        await responder.write(b"x" * 10_000)


@pytest.mark.parametrize("application", [large, long_stream])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_caller_who_takes_nothing_of_an_answer_is_cut_off(
    serve: Serve, application: Application, version: bytes
) -> None:
    server = serve(application, limits=LIMITS)
    with RawClient(server.address, receive_buffer=16_384) as client:
        client.send(b"GET / HTTP/%b\r\nHost: h\r\n\r\n" % version)
        with takes(STALL_S):
            server.until(lambda: server.server.connections == 1)
            server.until(lambda: server.server.connections == 0)
        with pytest.raises((ConnectionResetError, IncompleteError)):
            client.answer()
    assert server.bugs == []


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_caller_who_takes_an_answer_slowly_gets_all_of_it(serve: Serve, version: bytes) -> None:
    with RawClient(serve(large, limits=LIMITS).address, receive_buffer=65_536) as client:
        client.send(b"GET / HTTP/%b\r\nHost: h\r\n\r\n" % version)
        started = time.monotonic()
        _, headers = client.head()
        size = int(headers["content-length"])
        for _ in range(20):
            time.sleep(STALL_S / 8)
            assert len(client.exactly(size // 20)) == size // 20
        assert time.monotonic() - started > 2 * max(STALL_S, KEEP_ALIVE_S)


def test_answers_that_nobody_takes_do_not_pile_up(serve: Serve) -> None:
    async def hundred_kilobytes(request: Request, responder: HttpResponder) -> None:
        responder.send(200, [], b"x" * 100_000)

    server = serve(hundred_kilobytes)
    with RawClient(server.address, receive_buffer=16_384) as client:
        client.send(GET * 500)
        served = -1
        while served != len(server.requests):
            served = len(server.requests)
            time.sleep(0.2)
        assert served < 250
        for _ in range(500):
            assert len(client.answer().body) == 100_000
    assert len(server.requests) == 500
