"""The answer to one request: frames what the application says and hands it to the connection.

Never buffers a body and never waits for anything but the connection.
"""

import enum
from typing import Final, Protocol

from sixnines.engine.interface import Sink
from sixnines.server.answer import BODILESS, DateLine, render_head
from sixnines.server.head import Headers
from sixnines.server.interface import Responder

_JOIN_BELOW: Final = 16 * 1024
"""Bytes of body up to which copying it behind the head is cheaper than a second write. (`writelines` would save both,
but asyncio's ignores the high-water mark in Python 3.12 and early 3.13: CPython issue 127655.)"""


class Channel(Protocol):
    """What an answer needs of its connection."""

    __slots__ = ()

    dates: DateLine
    last: bool  # no further request is read from this connection

    def write(self, data: bytes) -> None:
        """Hand over bytes; dropped when the caller has gone."""
        ...

    def write_last(self, data: bytes) -> None:
        """The same for what ends an answer, and so need not go out at once."""
        ...

    @property
    def full(self) -> bool:
        """`room` would wait."""
        ...

    async def room(self) -> None:
        """Return when the connection can take more.

        Raises:
            CallerGone: it never will.
        """
        ...

    def hang_up(self, *, reset: bool) -> None:
        """Close; at once and with a TCP reset if `reset`, otherwise after what has been handed over."""
        ...


class _Framing(enum.Enum):
    """How the body of a streamed answer ends."""

    CHUNKED = enum.auto()
    CLOSE = enum.auto()  # with the connection: HTTP/1.0
    NO_BODY = enum.auto()  # HEAD, or a status that has none


_CHUNKED: Final = _Framing.CHUNKED  # looked up once: on Python 3.11 that takes as long as a call


class HttpResponder(Responder, Sink):
    """The `Responder` of one request.

    Attributes:
        started: the status line has been handed to the connection.
        done: the answer is complete, or has been given up with `abort`.
        keep_alive: another request may follow on this connection.
    """

    __slots__ = ("_channel", "_framing", "_is_head", "_modern", "done", "keep_alive", "raw", "started")

    def __init__(self, channel: Channel, *, version: str, is_head: bool, keep_alive: bool) -> None:
        """Answer a request of HTTP/`version` on `channel`; `is_head` leaves bodies out."""
        self.started = False
        self.done = False
        self.raw = False
        self.keep_alive = keep_alive
        self._channel = channel
        self._modern = version == "1.1"
        self._is_head = is_head
        self._framing = _CHUNKED

    def send(self, status: int, headers: Headers | bytes, body: bytes) -> None:
        """A complete answer."""
        self._begin()
        length = b"" if status in BODILESS else b"content-length: %d\r\n" % len(body)
        head = render_head(status, headers, self._channel.dates.current(), length + self._connection_line())
        self.started = self.done = True
        if self._is_head or status in BODILESS or not body:
            self._channel.write(head)
        elif len(body) < _JOIN_BELOW:
            self._channel.write_last(head + body)
        else:
            self._channel.write(head)
            self._channel.write(body)

    def start(self, status: int, headers: Headers) -> None:
        """The head of a streamed answer (chunked; close-delimited for HTTP/1.0)."""
        self._begin()
        framing = b""
        if status in BODILESS:
            self._framing = _Framing.NO_BODY
        elif self._modern:
            framing = b"transfer-encoding: chunked\r\n"
            self._framing = _Framing.NO_BODY if self._is_head else _Framing.CHUNKED
        else:
            self._framing = _Framing.NO_BODY if self._is_head else _Framing.CLOSE
            self.keep_alive = False
        head = render_head(status, headers, self._channel.dates.current(), framing + self._connection_line())
        self.started = True
        self._channel.write(head)

    async def write(self, data: bytes) -> None:
        """More body. Returns when the connection can take more: this is the back-pressure.

        Raises:
            CallerGone: the connection is closed.
        """
        self._expect_open()
        if data:
            match self._framing:
                case _Framing.CHUNKED:
                    self._channel.write(b"%x\r\n%b\r\n" % (len(data), data))
                case _Framing.CLOSE:
                    self._channel.write(data)
                case _Framing.NO_BODY:
                    pass
        await self._channel.room()

    def end(self) -> None:
        """The end of a streamed answer."""
        self._expect_open()
        self.done = True
        if self._framing is _Framing.CHUNKED:
            self._channel.write(b"0\r\n\r\n")

    def abort(self, *, reset: bool = False) -> None:
        """Close the connection without ending the answer: the caller sees that it is incomplete.

        A close-delimited answer can be seen to be incomplete only by a reset, so it always gets one.

        Args:
            reset: close with a TCP reset, dropping what has not been sent. The gateway never asks for it; the
                stand-in engines of `sixnines.testing` do, to play an engine that dies.
        """
        self.done = True
        self.keep_alive = False
        self._channel.hang_up(reset=reset or (self.started and self._framing is _Framing.CLOSE))

    @property
    def chunked(self) -> bool:
        """The body of this streamed answer goes out in chunks."""
        return self._framing is _Framing.CHUNKED

    def push(self, chunks: bytes) -> bool:
        """More body without waiting, framed as chunks already; False when the connection can take no more for now.

        Only for the stand-in engines of `sixnines.testing`, which feed thousands of streams from one timer. Only
        while `chunked`; after False, `await write(b"")` waits for room.
        """
        self._channel.write(chunks)
        return not self._channel.full

    def write_raw(self, data: bytes) -> None:
        """Put bytes on the wire as they are; the connection closes after the answer.

        Only for the stand-in engines of `sixnines.testing`, which must be able to break HTTP.
        """
        self.started = True
        self.raw = True
        self.keep_alive = False
        self._channel.write(data)

    def _begin(self) -> None:
        if self.started or self.done:
            raise RuntimeError("this request has been answered already")
        if self._channel.last:
            self.keep_alive = False

    def _expect_open(self) -> None:
        if not self.started or self.done:
            raise RuntimeError("this answer has not been started, or has ended")

    def _connection_line(self) -> bytes:
        """What becomes of the connection (RFC 9112 section 9.3), and the end of the head."""
        if not self.keep_alive:
            return b"connection: close\r\n\r\n"
        return b"\r\n" if self._modern else b"connection: keep-alive\r\n\r\n"
