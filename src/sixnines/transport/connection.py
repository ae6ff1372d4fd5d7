"""One connection to an upstream: writes requests, feeds the parser, watches deadlines and back-pressure.

Carries one exchange at a time. Never waits, never starts a task, never sends a request twice, and closes at the first
byte that belongs to no exchange.
"""

import asyncio
import math
import os
from collections.abc import Coroutine
from typing import Final, Protocol, cast

from sixnines.domain.origin import Origin
from sixnines.transport.exchange import Http1Exchange
from sixnines.transport.framing import ResponseParser, Violation
from sixnines.transport.interface import Phase, TransportError
from sixnines.transport.keepalive import keep_alive_terms, requests_left
from sixnines.transport.outbox import PooledLine, Post

_HIGH_WATER: Final = 256 * 1024
"""Unread bytes from which the peer is no longer read from; what one read brings (256 KiB at most) comes on top."""

_ONE_WRITE: Final = 64 * 1024
"""A request up to this size goes out as one joined write; copying less than this is cheaper than a second call."""

_SLICE: Final = 256 * 1024
"""How much of a large body is handed to the event loop at a time, which may copy what the socket does not take."""

_TIMER_SLACK_S: Final = 0.001
"""uvloop rounds timers to milliseconds and so may fire this early; arming again for less would only spin."""

_FIRST_ERROR: Final = 400
_NOTHING: Final = memoryview(b"")

_TIMED_OUT: Final = {
    Phase.SEND: "the request could not be sent in time",
    Phase.HEAD: "no response head came in time",
    Phase.FIRST_TOKEN: "no content came in time",
    Phase.BODY: "no more of the body came in time",
}


class StaleConnectionError(TransportError):
    """A pooled connection had been closed by the peer before it answered a byte. A fresh one may be tried."""


class Owner(Protocol):
    """Whom a connection tells what becomes of it."""

    @property
    def outbox(self) -> Post:
        """Sends what connections write."""
        ...

    def released(self, connection: "Connection") -> None:
        """Its exchange is over and it can carry another."""
        ...

    def closing(self, connection: "Connection") -> None:
        """It can carry no other exchange."""
        ...

    def lost(self, connection: "Connection") -> None:
        """Its socket is closed."""
        ...


class Connection(asyncio.Protocol, PooledLine):
    """One TCP or TLS connection.

    Args:
        origin: where it leads.
        owner: whom it tells what becomes of it.
        loop: the running loop.
        idle_s: seconds that it may be idle for, unless the server says less.
    """

    __slots__ = (
        "_alarm",
        "_closed",
        "_cut_upload",
        "_exchange",
        "_idle_s",
        "_idle_until",
        "_later",
        "_outbox",
        "_owner",
        "_parser",
        "_reading_paused",
        "_requests_left",
        "_served",
        "_transport",
        "_unsent",
        "_writing_paused",
        "alarm_at",
        "fileno",
        "loop",
        "origin",
    )

    def __init__(self, origin: Origin, owner: Owner, *, loop: asyncio.AbstractEventLoop, idle_s: float) -> None:
        self.origin = origin
        self.loop = loop
        self.alarm_at = math.inf
        self._owner = owner
        self._outbox = owner.outbox
        self._parser = ResponseParser()
        self._idle_s = idle_s
        self._exchange: Http1Exchange | None = None
        self._later = b""
        self._unsent = _NOTHING
        self._alarm: asyncio.TimerHandle | None = None
        self._idle_until = math.inf
        self._served = 0
        self._requests_left = math.inf
        self._cut_upload = False
        self._closed = False
        self._reading_paused = False
        self._writing_paused = False
        self._transport: asyncio.Transport

    # The pool's side.

    def exchange(self, head: bytes, body: bytes, head_at: float) -> Coroutine[object, None, Http1Exchange]:
        """Send a request; the result waits for the response head, at most until loop time `head_at`.

        Raises:
            StaleConnectionError: the peer closed a connection that had served before, without answering a byte.
            TransportError: no response head came.
        """
        exchange = Http1Exchange(self, reused=self._served > 0, head_at=head_at)
        if self._closed:
            raise TransportError(Phase.SEND, "the connection was closed before the request was sent")
        self._exchange = exchange
        self._served += 1
        self._parser.begin(exchange.headers, exchange.pieces)
        self._send(head, body)
        return exchange.headed()

    def shut_down(self, reason: str) -> None:
        """Fail the exchange under way, if there is one, and close."""
        if self._exchange is not None:
            self._exchange.fail(TransportError(self._exchange.phase, reason))
        self.close()

    def close(self) -> None:
        """Close at once. An exchange under way is left behind as it is."""
        if self._closed:
            return
        self._closed = True
        self._exchange = None
        self._later = b""
        self._unsent = _NOTHING
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self.alarm_at = math.inf
        self._owner.closing(self)
        self._transport.abort()  # not close(): that waits for unsent bytes and for the peer's TLS goodbye

    # The exchange's side (`exchange.Line`).

    def set_alarm(self, when: float) -> None:
        """Look at the deadline at loop time `when`. At most one timer is ever pending."""
        if self._closed:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self.loop.call_at(when, self._look_at_deadline)
        self.alarm_at = when

    def resume(self) -> None:
        """Read from the peer again."""
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()

    def expire(self) -> None:
        """Fail the exchange under way because its deadline has passed."""
        exchange = self._exchange
        if exchange is None:
            return
        phase = Phase.SEND if self._sending and not exchange.status else exchange.phase
        exchange.fail(TransportError(phase, _TIMED_OUT[phase], timed_out=True))
        self.close()

    # The event loop's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected."""
        self.use(cast("asyncio.Transport", transport))  # uvloop's is none by inheritance
        self.fileno: int = transport.get_extra_info("socket").fileno()

    def use(self, transport: asyncio.Transport) -> None:
        """Speak through `transport` from now on (the TLS layer over the same socket)."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        exchange = self._exchange
        if exchange is None:
            self.close()  # nobody asked for anything
            return
        if self._later:  # nor has anybody asked for this: the request is still here
            self.spoil()
            return
        parser = self._parser
        violation: TransportError | None = None
        try:
            parser.feed(data)
        except Violation as error:
            phase = Phase.BODY if parser.status else Phase.HEAD
            violation = TransportError(phase, str(error), violation=True)
        exchange.held += len(data)
        if parser.status and not exchange.status:
            exchange.begin_body(parser.status)
            if parser.status >= _FIRST_ERROR and self._unsent:
                # The server does not want the rest of the body (RFC 9112 section 9.5).
                self._unsent = _NOTHING
                self._cut_upload = True
        if violation is not None:
            exchange.fail(violation)
            self.close()
        elif parser.complete:
            self._finish(exchange)
        elif exchange.status:
            if exchange.held > _HIGH_WATER and not self._reading_paused:
                self._reading_paused = True
                self._transport.pause_reading()
            exchange.wake()

    def eof_received(self) -> None:
        """The peer will send no more."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whomever."""
        self._end(exc)
        self._parser.dispose()
        self._owner.lost(self)

    def pause_writing(self) -> None:
        """The peer reads slower than we write."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._writing_paused = False
        self._send_more()

    # Inside.

    def _send(self, head: bytes, body: bytes) -> None:
        if len(body) <= _ONE_WRITE:
            self._later = head + body
            if self._served > 1:
                self._outbox.add_pooled(self)
            else:
                self._outbox.add(self)
            return
        self._transport.write(head)
        self._unsent = memoryview(body)
        self._send_more()

    def spoil(self) -> None:
        """See `outbox.PooledLine`."""
        if self._exchange is not None and self._later:
            reason = "the connection was closed or spoilt before the request was sent"
            self._exchange.fail(StaleConnectionError(Phase.SEND, reason))
            self.close()

    def flush(self) -> None:
        """See `outbox.Line`."""
        data, self._later = self._later, b""
        if data:
            self._transport.write(data)

    def _send_more(self) -> None:
        """Hand over the rest of the body as far as the peer takes it; `resume_writing` comes back here.

        No task waits for the upload, so a response that comes before its end is simply a response.
        """
        while self._unsent and not self._writing_paused and not self._transport.is_closing():
            piece, self._unsent = self._unsent[:_SLICE], self._unsent[_SLICE:]
            self._transport.write(piece)

    @property
    def _sending(self) -> bool:
        return bool(self._unsent) or self._writing_paused

    def _finish(self, exchange: Http1Exchange) -> None:
        """The response is complete: hand the connection back, or close it."""
        self._exchange = None
        exchange.finish()
        idle_s = self._may_idle_s()
        if idle_s <= 0:
            self.close()
            return
        self.resume()  # a paused socket would not tell when the peer closes
        self._idle_until = self.loop.time() + idle_s
        if self._idle_until < self.alarm_at:
            self.set_alarm(self._idle_until)
        self._owner.released(self)

    def _may_idle_s(self) -> float:
        """Seconds to keep the connection for now that its response is complete; 0 when it must not be used again."""
        parser = self._parser
        if not parser.keep_alive or parser.surplus or self._cut_upload or self._sending:
            return 0
        if not parser.keep_alive_terms:
            return self._idle_s
        terms = keep_alive_terms(parser.keep_alive_terms)
        self._requests_left = requests_left(self._requests_left, terms)
        return min(self._idle_s, terms.idle_s) if self._requests_left >= 1 else 0

    def _look_at_deadline(self) -> None:
        """The timer. It is not moved when a deadline is: most of them are moved on long before they are due."""
        self._alarm = None
        self.alarm_at = math.inf
        exchange = self._exchange
        due = self._idle_until if exchange is None else exchange.deadline
        if due - self.loop.time() > _TIMER_SLACK_S:
            if due < math.inf:
                self.set_alarm(due)
        elif exchange is None:
            self.close()
        elif exchange.waiting:
            self.expire()
        # Else nobody waits, and whoever reads next looks at the deadline first.

    def _end(self, exc: Exception | None) -> None:
        """The peer's side of the connection is over."""
        exchange = self._exchange
        if exchange is not None:
            if exc is None and self._parser.ends_with_connection:
                exchange.finish()
            else:
                exchange.fail(self._why_ended(exc))
        self.close()

    def _why_ended(self, exc: Exception | None) -> TransportError:
        how = "closed" if exc is None else _describe(exc)
        if self._parser.status:
            return TransportError(Phase.BODY, f"the connection was {how} before the end of the body")
        if not self._parser.silent:
            return TransportError(Phase.HEAD, f"the connection was {how} in the middle of the response head")
        kind = StaleConnectionError if self._served > 1 else TransportError
        return kind(Phase.SEND if self._sending else Phase.HEAD, f"the connection was {how} before any answer")


def _describe(exc: Exception) -> str:
    """How a connection ended, without addresses: the texts of `OSError` may hold them."""
    if isinstance(exc, ConnectionError):
        return "reset"
    if isinstance(exc, OSError) and exc.errno is not None:
        return f"lost ({os.strerror(exc.errno)})"
    return f"lost ({type(exc).__name__})"
