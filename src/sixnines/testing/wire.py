"""Answers as an engine hands them over: a whole reply or a reel of streamed steps, and the chunked framing of both.

Pure bytes: no sockets, no time. Steps are framed here already (RFC 9112, section 7.1), because a stand-in decides
itself how events fall into HTTP chunks, and because feeding thousands of streams leaves no time to do it twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

Headers = list[tuple[bytes, bytes]]

HOLE = msgspec.Raw(b"\0")  # stands for a token in a template: no JSON text holds this byte otherwise
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer.

    Attributes:
        status: the HTTP status.
        headers: without what the connection needs (length, date).
        body: all of it.
        close: close the connection behind it.
    """

    status: int
    headers: Headers
    body: bytes
    close: bool = False


@dataclass(slots=True)
class Reel:
    """A streamed answer, not played yet. All bytes are framed as HTTP chunks.

    Attributes:
        headers: of the 200 answer.
        opening: what follows the head at once, before any token.
        steps: one item per token; may hold more than one HTTP chunk.
        closing: finish reason and usage, at the time of the last token.
        terminator: what the format ends a stream with, or b"".
        ping: a comment that is no progress, or b"" where the format has none.
        close: close the connection behind the last chunk.
    """

    headers: Headers
    opening: bytes
    steps: Iterator[bytes]
    closing: bytes
    terminator: bytes
    ping: bytes = b""
    close: bool = False


def frame(payload: bytes) -> bytes:
    """`payload` as one HTTP chunk; nothing stays nothing (an empty chunk would end the body)."""
    return b"%x\r\n%b\r\n" % (len(payload), payload) if payload else b""


def frames(payloads: Iterable[bytes]) -> bytes:
    """Several HTTP chunks, one per payload."""
    return b"".join(map(frame, payloads))


def unframe(data: bytes) -> bytes:
    """The payload of well-formed HTTP chunks."""
    payload = []
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        payload.append(rest[:length])
        data = rest[length + 2 :]
    return b"".join(payload)


def head_bytes(status: int, headers: Headers) -> bytes:
    """A complete head with nothing added but `Connection: close`, for answers that the server must not touch."""
    lines = [b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())]
    lines += [b"%b: %b\r\n" % header for header in headers]
    return b"".join([*lines, b"connection: close\r\n\r\n"])


def json_bytes(value: object) -> bytes:
    """`value` as compact JSON."""
    return msgspec.json.encode(value)


def sse(payload: bytes) -> bytes:
    """One event without a name (HTML standard, section 9.2)."""
    return b"data: %b\n\n" % payload


class Template:
    """An event with holes for a token, ready to be framed as an HTTP chunk of its own.

    Args:
        event: the event's bytes, with a hole wherever the token's JSON string goes.
        hole: what a hole looks like.
    """

    __slots__ = ("_holes", "_parts", "_size")

    def __init__(self, event: bytes, hole: bytes = b"\0") -> None:
        self._parts = event.split(hole)
        self._holes = len(self._parts) - 1
        self._size = sum(map(len, self._parts))

    def fill(self, token: bytes) -> bytes:
        """The framed event with `token` (a JSON string literal) in it."""
        return b"%x\r\n%b\r\n" % (self._size + self._holes * len(token), token.join(self._parts))
