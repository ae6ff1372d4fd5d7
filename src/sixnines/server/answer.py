"""Heads of answers as bytes: status line, Date, the application's headers, framing.

Pure but for the clock it is given. Never decides what is answered.
"""

from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from sixnines.clock import Clock
from sixnines.server.head import Headers

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
"""The interim answer to `Expect: 100-continue`."""

BODILESS: Final = frozenset((HTTPStatus.NO_CONTENT.value, HTTPStatus.NOT_MODIFIED.value))
"""Statuses whose answer never has a body (RFC 9110 section 6.4.1)."""

_STATUS_LINES: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode("ascii")) for status in HTTPStatus
}


class DateLine:
    """The Date header (RFC 9110 section 6.6.1), rendered once a second."""

    __slots__ = ("_line", "_second", "_unix_s")

    def __init__(self, clock: Clock) -> None:
        """Read the wall clock of `clock`."""
        self._unix_s = clock.unix_s
        self._line = b""
        self._second: int | None = None

    def current(self) -> bytes:
        """The header for now, without a line end."""
        second = int(self._unix_s())
        if second != self._second:
            self._second = second
            self._line = b"date: %b" % formatdate(second, usegmt=True).encode("ascii")
        return self._line


def render_head(status: int, headers: Headers | bytes, date: bytes, framing: bytes) -> bytes:
    """A complete head.

    Args:
        status: three digits; one without a registered phrase gets none, which RFC 9112 section 4 allows.
        headers: the application's; as bytes if they are lines already, each with its end.
        date: a header without its line end.
        framing: header lines that say how the body is framed and what becomes of the connection; ends the head.

    Raises:
        ValueError: a header holds a line break, which would let its text pose as another header or as an answer.
    """
    status_line = _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
    lines = headers if isinstance(headers, bytes) else render_lines(headers)
    return b"%b%b\r\n%b%b" % (status_line, date, lines, framing)


def render_lines(headers: Headers) -> bytes:
    """Header lines, each with its end.

    Raises:
        ValueError: see `render_head`.
    """
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    if lines.count(b"\r") != len(headers) or lines.count(b"\n") != len(headers):
        raise ValueError("a header of the answer holds a line break")
    return lines
