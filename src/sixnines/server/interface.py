"""What the HTTP server hands to the application and what the application may do with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

OWNER = "owner"
"""The peer of a request that came over the owner's Unix socket, which nobody else can open: he may do what the keys of
the config allow. The peer of any other request is an address."""


class Request(msgspec.Struct):
    """One complete request: the server reads the whole body before it calls the application.

    Attributes:
        method: as sent, upper case letters.
        path: the path part of the target, still percent-encoded, without the query.
        query: after the `?`, or "".
        headers: lower-case names, wire order, values stripped of surrounding white space.
        body: after transfer decoding; content coding (gzip) is already undone.
        peer: address of the caller; "" if unknown, and `OWNER` for the owner of the process.
    """

    method: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    peer: str

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header `name` (given in lower case), or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def fields(self) -> dict[bytes, bytes]:
        """The first value of each header: for who wants to know several."""
        return {name: value for name, value in reversed(self.headers)}  # noqa: C416 - `dict` takes twice as long


class Responder(Protocol):
    """Where the answer goes. Either one `send`, or `start`, any number of `write`s and one `end`.

    The application runs in a task that is cancelled when the caller goes away. The server adds `date` and what the
    connection needs (`content-length`, `transfer-encoding`, `connection`); for HEAD it leaves the body out.
    """

    __slots__ = ()

    started: bool  # the status line has been handed to the connection

    def send(self, status: int, headers: list[tuple[bytes, bytes]] | bytes, body: bytes) -> None:
        """A complete answer. Headers may be given as lines, each with its end, if nothing in them came from outside."""
        ...

    def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of a streamed answer (chunked; close-delimited for HTTP/1.0)."""
        ...

    async def write(self, data: bytes) -> None:
        """More body. Returns when the connection can take more: this is the back-pressure."""
        ...

    def end(self) -> None:
        """The end of a streamed answer."""
        ...

    def abort(self) -> None:
        """Close the connection without ending the answer: the caller sees that it is incomplete."""
        ...


Application = Callable[[Request, Responder], Awaitable[None]]


class Refusal(Protocol):
    """Renders the server's own refusals (bad syntax, too large, too slow) in the caller's error format."""

    def __call__(self, status: int, code: str, message: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Headers and body for a refusal."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may take.

    Attributes:
        max_body: bytes, before and after content decoding.
        max_head: bytes of request line and headers.
        max_headers: number of header fields.
        head_s: seconds from the first byte of a request to the end of its headers.
        body_gap_s: seconds between two reads of a body.
        keep_alive_s: idle seconds between two requests.
        stall_s: seconds in which a caller must take some of an answer that waits for him.
    """

    max_body: int = 32 * 1024 * 1024
    max_head: int = 64 * 1024
    max_headers: int = 100
    head_s: float = 10.0
    body_gap_s: float = 30.0
    keep_alive_s: float = 75.0
    stall_s: float = 60.0
