"""Heads of answers as bytes: status line, Date, the application's headers, framing.

Pure but for the clock it is given. Never decides what is answered.
"""

from email.utils import formatdate
from http import HTTPStatus

from sixnines.clock import Clock
from sixnines.server.head import Headers

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""The interim answer to `Expect: 100-continue`."""

BODILESS = frozenset((HTTPStatus.NO_CONTENT.value, HTTPStatus.NOT_MODIFIED.value))
"""Statuses whose answer never has a body (RFC 9110 section 6.4.1)."""

_FIELD = b": ".join

_STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode("ascii")) for status in HTTPStatus
}


class DateLine:
    """The Date header (RFC 9110 section 6.6.1), rendered once a second."""

    __slots__ = ("_clock", "_line", "_second")

    def __init__(self, clock: Clock) -> None:
        """Read the wall clock of `clock`."""
        self._clock = clock
        self._line = b""
        self._second: int | None = None

    def current(self) -> bytes:
        """The header for now, without a line end."""
        second = int(self._clock.unix_s())
        if second != self._second:
            self._second = second
            self._line = b"date: %b" % formatdate(second, usegmt=True).encode("ascii")
        return self._line


def render_head(status: int, headers: Headers, date: bytes, framing: bytes) -> bytes:
    """A complete head.

    Args:
        status: three digits; one without a registered phrase gets none, which RFC 9112 section 4 allows.
        headers: the application's.
        date: a header without its line end.
        framing: header lines that say how the body is framed and what becomes of the connection; ends the head.

    Raises:
        ValueError: a header holds a line break, which would let its text pose as another header or as an answer.
    """
    status_line = _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
    head = status_line + b"\r\n".join((date, *map(_FIELD, headers), framing))
    if len(head.splitlines()) != len(headers) + 2 + framing.count(b"\n"):
        raise ValueError("a header of the answer holds a line break")
    return head
