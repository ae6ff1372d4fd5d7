"""The port through which everything above speaks HTTP to an upstream.

Implementations never retry a request whose response has begun, never follow redirects, never decode content.
"""

import enum
from typing import Protocol

import msgspec

from sixnines.domain.origin import Origin


class Phase(enum.StrEnum):
    """Where in an exchange a transport failure happened."""

    CONNECT = "connect"  # name look-up, TCP
    TLS = "tls"
    SEND = "send"
    HEAD = "head"  # waiting for the status line and headers
    FIRST_TOKEN = "first_token"  # headers came, no content yet (the caller of the port says so)  # noqa: S105
    BODY = "body"


class TransportError(Exception):
    """An exchange failed below HTTP semantics, or the peer broke HTTP.

    Attributes:
        phase: where it happened.
        timed_out: a deadline passed (as opposed to the peer failing).
        violation: the peer sent bytes that are not HTTP/1.1, or more than the limits allow.
        reason: one sentence without URLs or secrets.
    """

    def __init__(self, phase: Phase, reason: str, *, timed_out: bool = False, violation: bool = False) -> None:
        super().__init__(f"{phase}: {reason}")
        self.phase = phase
        self.reason = reason
        self.timed_out = timed_out
        self.violation = violation


class Patience(msgspec.Struct, frozen=True, gc=False):
    """How long to wait, as seconds and absolute loop times.

    Attributes:
        connect_s: seconds for name look-up, TCP and TLS together.
        head_at: loop time (`loop.time()`) by which the response head must be complete.
    """

    connect_s: float
    head_at: float


class Exchange(Protocol):
    """One response being read. Exactly one reader; `abort` may be called from anywhere, any number of times."""

    __slots__ = ()

    status: int
    headers: list[tuple[bytes, bytes]]  # names in lower case, in wire order
    reused: bool  # came over a pooled connection

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header `name` (given in lower case), or None."""
        ...

    def expire_at(self, when: float, phase: Phase) -> None:
        """From now on a pending or later read fails with a timed-out `TransportError(phase)` at loop time `when`.

        Cheap (an attribute store): called for every piece of progress on a stream.
        """
        ...

    async def read(self) -> bytes:
        """The next bytes of the body as they came in (never empty before the end); b"" at the end.

        Raises:
            TransportError: the peer closed early, broke HTTP framing or the time set by `expire_at` passed.
        """
        ...

    async def read_all(self, limit: int) -> bytes:
        """The rest of the body.

        Raises:
            TransportError: as `read`; also (`violation`) when the body is larger than `limit` bytes.
        """
        ...

    def abort(self) -> None:
        """Stop reading. Closes the connection unless the body has been read to its end."""
        ...


class Transport(Protocol):
    """Sends requests over pooled connections."""

    __slots__ = ()

    async def send(self, origin: Origin, head: bytes, body: bytes, patience: Patience) -> Exchange:
        """Send one request and wait for the response head.

        Args:
            origin: where to send it.
            head: request line and all headers including the final empty line. Must hold Host, and Content-Length
                equal to `len(body)` unless the body is empty.
            body: the whole request body.
            patience: time limits.

        Raises:
            TransportError: no response head came. A connection that came from the pool and closed before the
                first response byte is replaced by a fresh one, once, without the caller noticing.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
