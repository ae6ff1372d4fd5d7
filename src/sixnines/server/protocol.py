"""One connection from a caller: reads requests, runs the application on each in turn, keeps the deadlines.

Never runs two applications at once on a connection, never starts one for a request that broke a rule, and never
leaves one running for a caller who has gone.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, cast

from sixnines.server.answer import CONTINUE, DateLine, render_head
from sixnines.server.deadline import Deadline
from sixnines.server.gone import CallerGone
from sixnines.server.interface import OWNER, Application, Limits, Refusal, Request
from sixnines.server.reader import Phase, RequestReader
from sixnines.server.refused import Reason, Refused
from sixnines.server.responder import Channel, HttpResponder
from sixnines.transport.outbox import Line, Outbox

HIGH_WATER: Final = 64 * 1024
"""Bytes of unsent answer above which the application has to wait."""

MAX_AHEAD: Final = 64 * 1024
"""Bytes of further requests above which reading stops until the current one is answered. Below it reading goes on,
because only a connection that is read tells that the caller has gone."""

LINGER_S: Final = 2.0
"""Seconds for which a refused caller's bytes are still read and dropped, so that a TCP reset does not destroy the
refusal before he has read it (RFC 9112 section 9.6)."""

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # struct linger: on, zero seconds


@dataclass(frozen=True, slots=True)
class Service:
    """What all connections share.

    Attributes:
        application: called with each request.
        refusal: renders the server's own errors.
        on_bug: told of an exception that the application let through, after the caller has been answered.
        dates: the Date header.
        limits: what a connection may take.
        outbox: sends what connections leave for the end of a turn.
    """

    application: Application
    refusal: Refusal
    on_bug: Callable[[Exception], None]
    dates: DateLine
    limits: Limits
    outbox: Outbox


class Roster(Protocol):
    """Who is connected."""

    def joined(self, connection: "Connection") -> None:
        """A caller has connected."""
        ...

    def left(self, connection: "Connection") -> None:
        """The connection is closed and its application has ended. Called once."""
        ...


class Connection(asyncio.Protocol, Line, Channel):
    """The server's end of one connection.

    Attributes:
        dates: the Date header, for answers.
        last: no further request is read after the current one.
    """

    __slots__ = (
        "_closing",
        "_deadline",
        "_entered",
        "_later",
        "_loop",
        "_of_owner",
        "_reader",
        "_reading_paused",
        "_responder",
        "_room",
        "_roster",
        "_service",
        "_task",
        "_transport",
        "_unsent",
        "_write_paused",
        "dates",
        "last",
    )

    _transport: asyncio.Transport | None
    _reader: RequestReader

    def __init__(self, service: Service, roster: Roster, *, of_owner: bool = False) -> None:
        """Serve `service`; `of_owner` to whoever may open the owner's socket."""
        self.dates = service.dates
        self.last = False
        self._service = service
        self._roster = roster
        self._of_owner = of_owner
        self._loop = asyncio.get_running_loop()
        self._transport = None
        self._deadline = Deadline(self._loop, self._give_up)
        self._task: asyncio.Task[None] | None = None
        self._responder: HttpResponder | None = None
        self._entered = False
        self._closing = False
        self._later = b""
        self._reading_paused = False
        self._write_paused = False
        self._unsent = 0
        self._room: asyncio.Future[None] | None = None

    # ---- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller has connected."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        peer = transport.get_extra_info("peername")
        address = OWNER if self._of_owner else peer[0] if peer else ""
        self._reader = RequestReader(self._service.limits, address)
        self._deadline.set_in(self._service.limits.keep_alive_s)
        self._roster.joined(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; or of the next one, or of one that has been refused."""
        if self._closing:
            return
        if self._task is None and not self._write_paused:
            self._advance(data)
        elif self._reader.hold(data) > MAX_AHEAD and not self._reading_paused and self._transport is not None:
            self._reading_paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The caller sends no more, which is taken as having gone: an application that waits for it must not go on.

        Returns False: the event loop closes the connection after what has been written.
        """
        if self._task is not None and self._responder is not None and not self._responder.done:
            self._cut(reset=True)
        else:
            self._close()
        return False

    def pause_writing(self) -> None:
        """The caller reads more slowly than the application writes."""
        self._write_paused = True
        self._watch_sending()

    def resume_writing(self) -> None:
        """The caller has caught up."""
        self._write_paused = False
        if self._closing:
            return
        if self._task is None:
            self._next()
            return
        self._deadline.clear()
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed, by whichever side."""
        del exc  # who closed it, and how, changes nothing
        self._transport = None
        self._closing = True
        self._deadline.close()
        self.cancel()
        if self._room is not None and not self._room.done():
            self._room.set_exception(CallerGone("the caller has gone"))
        if self._task is None:
            self._roster.left(self)

    # ---- called by the server

    def wind_down(self) -> None:
        """Serve the request that is being read or answered, and no other."""
        self.last = True
        if self._task is None and not self._closing and self._reader.phase is Phase.IDLE:
            self._close()

    def cancel(self) -> None:
        """Stop the application, unless its answer is complete: then it only keeps its books."""
        if self._task is None or self._responder is None or self._responder.done:
            return
        if self._entered:
            self._task.cancel()
        else:
            self._closing = True  # a task cancelled before its first step would never get to say that it has ended

    def kill(self) -> None:
        """Close at once; with a reset if part of an answer is missing, so that it is not taken for the whole."""
        incomplete = self._responder is not None and not self._responder.done
        if self._transport is not None:
            incomplete = incomplete or self._transport.get_write_buffer_size() > 0
        self._cut(reset=incomplete)

    # ---- called by the responder

    def write(self, data: bytes) -> None:
        """Hand over bytes; dropped when the caller has gone."""
        if self._transport is not None and not self._closing:
            if self._later:
                self.flush()
            self._transport.write(data)

    def write_last(self, data: bytes) -> None:
        """Hand over the end of an answer: sent with those of others at the end of this turn of the loop."""
        self._later += data
        self._service.outbox.add(self)

    def flush(self) -> None:
        """See `transport.outbox.Line`."""
        data, self._later = self._later, b""
        if data and self._transport is not None and not self._closing:
            self._transport.write(data)
            if self._write_paused and self._task is None:
                self._watch_sending()

    @property
    def full(self) -> bool:
        """`room` would wait."""
        return self._write_paused

    async def room(self) -> None:
        """Return when the connection can take more. One waiter at a time.

        Raises:
            CallerGone: it never will.
        """
        # A transport that could not send closes before it says so: an application that never waits must learn it here.
        if self._closing or self._transport is None or self._transport.is_closing():
            raise CallerGone("the caller has gone")
        if self._write_paused:
            self._room = self._loop.create_future()
            try:
                await self._room
            finally:
                self._room = None

    def hang_up(self, *, reset: bool) -> None:
        """Close; at once and with a TCP reset if `reset`, otherwise after what has been handed over."""
        if reset:
            self._cut(reset=True)
        else:
            self._close()

    # ---- one request

    def _advance(self, data: bytes) -> None:
        """Give the reader bytes and act on what it makes of them."""
        fresh = self._reader.idle
        try:
            request = self._reader.feed(data)
        except Refused as refused:
            self._refuse(refused)
            return
        if request is None:
            self._await_more(fresh=fresh)
        else:
            self._handle(request)

    def _await_more(self, *, fresh: bool) -> None:
        """Set the deadline for the next bytes of a request; `fresh` if it has only now begun."""
        match self._reader.phase:
            case Phase.IDLE:
                pass  # empty lines do not keep a connection
            case Phase.HEAD:
                if fresh:  # more bytes of the head do not buy more time
                    self._deadline.set_in(self._service.limits.head_s)
            case Phase.BODY:
                if self._reader.take_continue():
                    self.write(CONTINUE)
                self._deadline.set_in(self._service.limits.body_gap_s)

    def _handle(self, request: Request) -> None:
        reader = self._reader
        self._deadline.clear()
        self._entered = False
        self._responder = HttpResponder(
            self,
            version=reader.version,
            is_head=reader.is_head,
            keep_alive=reader.keep_alive and not self.last,
        )
        self._task = self._loop.create_task(self._serve(request, self._responder))

    async def _serve(self, request: Request, responder: HttpResponder) -> None:
        """Run the application on one request and see that the caller gets an answer."""
        self._entered = True
        try:
            if not self._closing:
                await self._service.application(request, responder)
                if not (responder.done or responder.raw):
                    self._blame(RuntimeError("the application returned without ending its answer"), responder)
        except (asyncio.CancelledError, CallerGone):
            pass  # the caller has gone or the server stops; the task ends here either way
        except Exception as bug:  # noqa: BLE001 - the boundary behind which no exception may get
            self._blame(bug, responder)
        finally:
            self._task = self._responder = None
            self._settle(responder)

    def _blame(self, bug: Exception, responder: HttpResponder) -> None:
        """Tell the caller that we failed, without saying how, and the operator everything."""
        if not responder.started and not responder.done:
            headers, body = self._service.refusal(Reason.BUG.status, Reason.BUG.code, "The gateway failed.")
            responder.send(Reason.BUG.status, headers, body)
        self._service.on_bug(bug)

    def _settle(self, responder: HttpResponder) -> None:
        """After an answer: the next request, or the end of the connection."""
        if self._transport is None:
            self._roster.left(self)
        elif self._closing:
            pass
        elif not responder.done and not responder.raw:
            responder.abort()
        elif self.last or not responder.keep_alive:
            self._close()
        elif self._write_paused:
            self._watch_sending()  # answers that nobody takes must not pile up: `resume_writing` goes on
        else:
            self._next()

    def _next(self) -> None:
        """Go on with what the caller has sent meanwhile."""
        self._deadline.set_in(self._service.limits.keep_alive_s)
        if self._reader.held:
            self._advance(b"")
        if self._reading_paused and self._reader.held <= MAX_AHEAD and self._transport is not None:
            self._reading_paused = False
            self._transport.resume_reading()

    def _refuse(self, refused: Refused) -> None:
        """Answer a request that does not reach the application, and close."""
        reason = refused.reason
        headers, body = self._service.refusal(reason.status, reason.code, refused.message)
        if reason is Reason.UNKNOWN_CODING:
            headers = [*headers, (b"accept-encoding", b"gzip, deflate")]  # RFC 9110 section 15.5.16
        framing = b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        head = render_head(reason.status, headers, self.dates.current(), framing)
        self.write(head if self._reader.is_head else head + body)
        self._closing = True
        self._deadline.set_in(LINGER_S)
        if self._transport is not None:
            # The rest of the request is read and dropped until the caller closes, too.
            with contextlib.suppress(OSError):  # the caller has closed already
                self._transport.write_eof()

    # ---- the end, and deadlines

    def _close(self) -> None:
        """Close after what has been handed over, which the caller must go on taking."""
        if self._transport is not None:
            self.flush()
            self._closing = True
            self._watch_sending()
            self._transport.close()

    def _cut(self, *, reset: bool) -> None:
        """Close without sending what has been handed over."""
        self._closing = True
        if self._transport is not None:
            if reset:
                sock = self._transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def _watch_sending(self) -> None:
        """Give the caller `stall_s` seconds to take some of what is unsent."""
        if self._transport is not None:
            self._unsent = self._transport.get_write_buffer_size()
            self._deadline.set_in(self._service.limits.stall_s)

    def _give_up(self) -> None:
        """The deadline has passed."""
        if self._closing or self._task is not None or self._write_paused:
            before = self._unsent
            self._watch_sending()
            if not 0 < self._unsent < before:
                self.kill()
        elif self._reader.phase is Phase.IDLE:
            self._close()
        else:
            what = "headers" if self._reader.phase is Phase.HEAD else "body"
            self._refuse(Refused(Reason.TOO_SLOW, f"The {what} of the request did not come in time."))
