"""One connection, with the event loop's side played by hand: orders of events that no server can force."""

import asyncio
import itertools
import socket
from collections.abc import Iterator

import pytest

from sixnines.transport.connection import Connection, StaleConnectionError
from sixnines.transport.exchange import Http1Exchange
from sixnines.transport.interface import Phase, TransportError
from sixnines.transport.outbox import PooledOutbox
from support.calls import OK
from support.wire import Book, Wire, connect

HEAD = b"POST / HTTP/1.1\r\n\r\n"
BIG = bytes(range(256)) * 8192
PARTIAL = b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n"


@pytest.fixture
def wire() -> Iterator[Wire]:
    one, other = socket.socketpair()
    with one, other:
        yield Wire(one)


def now() -> float:
    return asyncio.get_running_loop().time()


async def begin(connection: Connection, body: bytes = b"") -> asyncio.Task[Http1Exchange]:
    """Send a request; the task waits for the head."""
    sending = asyncio.get_running_loop().create_task(connection.exchange(HEAD, body, now() + 60))
    await asyncio.sleep(0)
    return sending


async def test_a_large_body_is_handed_over_no_faster_than_the_peer_takes_it(wire: Wire) -> None:
    class Narrow(Wire):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            super().write(data)
            connection.pause_writing()

    narrow = Narrow(wire.get_extra_info("socket"))
    connection = connect(narrow, Book())
    sending = await begin(connection, BIG)
    steps = [len(narrow.written)]
    while len(narrow.written) < len(HEAD) + len(BIG):
        connection.resume_writing()
        steps.append(len(narrow.written))
    assert narrow.written == HEAD + BIG
    assert max(later - earlier for earlier, later in itertools.pairwise(steps)) <= 256 * 1024
    connection.resume_writing()
    connection.data_received(OK)
    assert await (await sending).read() == b"ok"
    assert not narrow.aborted


async def test_an_early_refusal_stops_the_upload_and_the_connection_is_not_used_again(wire: Wire) -> None:
    book = Book()
    connection = connect(wire, book)
    connection.pause_writing()
    sending = await begin(connection, BIG)
    connection.data_received(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\n")
    connection.resume_writing()
    connection.data_received(b"long")
    exchange = await sending
    assert (exchange.status, await exchange.read()) == (413, b"long")
    assert wire.written == HEAD
    assert book.told == ["closing"]


async def test_a_response_that_is_complete_before_its_request_ends_the_connection(wire: Wire) -> None:
    book = Book()
    connection = connect(wire, book)
    connection.pause_writing()
    sending = await begin(connection, BIG)
    connection.data_received(OK)
    exchange = await sending
    assert (exchange.status, await exchange.read()) == (200, b"ok")
    assert book.told == ["closing"]


async def test_nothing_more_is_written_to_a_socket_that_failed(wire: Wire) -> None:
    class Failing(Wire):
        def is_closing(self) -> bool:
            return len(self.written) > len(HEAD)

    failing = Failing(wire.get_extra_info("socket"))
    connection = connect(failing, Book())
    sending = await begin(connection, BIG)
    connection.connection_lost(BrokenPipeError())
    with pytest.raises(TransportError) as caught:
        await sending
    assert caught.value.phase is Phase.SEND
    assert len(failing.written) == len(HEAD) + 256 * 1024


async def test_bytes_that_come_in_the_same_moment_as_the_deadline_are_in_time(wire: Wire) -> None:
    """The loop runs the socket's callback, then the timer's, and only then the reader."""
    connection = connect(wire, Book())
    sending = await begin(connection)
    connection.data_received(PARTIAL)
    exchange = await sending
    reading = asyncio.create_task(exchange.read())
    await asyncio.sleep(0)
    exchange.deadline = now()
    connection.data_received(b"in time")
    connection._look_at_deadline()
    assert await reading == b"in time"
    assert not wire.aborted


async def test_a_paused_peer_is_read_from_again_once_all_has_been_read(wire: Wire) -> None:
    connection = connect(wire, Book())
    sending = await begin(connection)
    connection.data_received(PARTIAL)
    exchange = await sending
    connection.data_received(bytes(200_000))
    assert wire.reading
    connection.data_received(bytes(100_000))
    assert not wire.reading
    connection.data_received(bytes(50_000))  # an event loop may deliver what it had read already
    assert len(await exchange.read()) == 350_000
    assert wire.reading


async def test_a_response_that_ends_while_its_peer_is_paused_leaves_a_connection_that_is_read_from(wire: Wire) -> None:
    book = Book()
    connection = connect(wire, book)
    sending = await begin(connection)
    connection.data_received(PARTIAL + bytes(300_000))
    assert not wire.reading
    connection.data_received(bytes(100_000))
    assert wire.reading
    assert book.told == ["released"]
    assert len(await (await sending).read_all(400_000)) == 400_000


async def test_only_a_connection_that_has_served_can_be_stale(wire: Wire) -> None:
    fresh = connect(Wire(wire.get_extra_info("socket")), Book())
    sending = await begin(fresh)
    fresh.connection_lost(None)
    with pytest.raises(TransportError) as caught:
        await sending
    assert not isinstance(caught.value, StaleConnectionError)

    served = connect(wire, Book())
    sending = await begin(served)
    served.data_received(OK)
    await sending
    sending = await begin(served)
    served.connection_lost(ConnectionResetError())
    with pytest.raises(StaleConnectionError):
        await sending


async def test_its_owner_is_told_once_that_it_closes_and_once_that_it_is_lost(wire: Wire) -> None:
    book = Book()
    connection = connect(wire, book)
    sending = await begin(connection)
    connection.data_received(OK)
    await sending
    connection.data_received(b"unasked")
    connection.close()
    connection.connection_lost(None)
    assert book.told == ["released", "closing", "lost"]


async def test_one_timer_serves_a_busy_connection(wire: Wire) -> None:
    """Deadlines move with each request and piece; the timer is set again only when it has to be earlier."""
    connection = connect(wire, Book())
    alarms = set()
    for _ in range(100):
        sending = await begin(connection)
        connection.data_received(OK)
        await (await sending).read()
        alarms.add(connection.alarm_at)
    assert len(alarms) <= 2
    connection.close()


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (ConnectionResetError(104, "secret.test"), "was reset"),
        (BrokenPipeError(), "was reset"),
        (TimeoutError(110, "secret.test"), "Connection timed out"),
        (OSError("secret.test"), r"lost \(OSError\)"),
    ],
)
async def test_reasons_hold_no_addresses(wire: Wire, failure: Exception, text: str) -> None:
    connection = connect(wire, Book())
    sending = await begin(connection)
    connection.connection_lost(failure)
    with pytest.raises(TransportError, match=text) as caught:
        await sending
    assert "secret.test" not in str(caught.value)


async def test_a_request_goes_out_at_the_end_of_the_turn_and_not_before(wire: Wire) -> None:
    connection = connect(wire, Book(PooledOutbox(asyncio.get_running_loop())))
    sending = connection.exchange(HEAD, b"body", now() + 60)
    assert wire.written == b""
    await asyncio.sleep(0)
    assert wire.written == HEAD + b"body"
    connection.data_received(OK)
    assert (await sending).status == 200


async def test_bytes_that_come_before_the_request_is_sent_are_never_its_answer(wire: Wire) -> None:
    """They were sent by a peer that had answered already; the request is sent again over a fresh connection."""
    connection = connect(wire, Book(PooledOutbox(asyncio.get_running_loop())))
    sending = connection.exchange(HEAD, b"", now() + 60)
    connection.data_received(OK)
    with pytest.raises(StaleConnectionError):
        await sending
    await asyncio.sleep(0)
    assert wire.aborted
    assert wire.written == b""


async def test_what_was_to_be_sent_by_a_connection_that_closes_meanwhile_is_not_sent(wire: Wire) -> None:
    connection = connect(wire, Book(PooledOutbox(asyncio.get_running_loop())))
    sending = connection.exchange(HEAD, b"", now() + 60)
    connection.shut_down("over")
    await asyncio.sleep(0)
    assert wire.written == b""
    with pytest.raises(TransportError):
        await sending


@pytest.mark.parametrize(
    "left_over", [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", b""], ids=["bytes", "the end"]
)
async def test_what_waits_unread_on_a_pooled_connection_spoils_it_before_the_next_request_is_sent(
    left_over: bytes,
) -> None:
    """The loop has not read it yet; the kernel has it already."""
    one, other = socket.socketpair()
    with one, other:
        wire = Wire(one)
        connection = connect(wire, Book(PooledOutbox(asyncio.get_running_loop())))
        served = connection.exchange(HEAD, b"", now() + 60)
        await asyncio.sleep(0)
        connection.data_received(OK)
        assert (await served).status == 200
        written = bytes(wire.written)
        if left_over:
            other.sendall(left_over)
        else:
            other.close()
        with pytest.raises(StaleConnectionError):
            await connection.exchange(HEAD, b"", now() + 60)
        assert wire.written == written
        assert wire.aborted
