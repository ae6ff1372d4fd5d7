"""One request and the whole answer to it, however its body is framed: for looks at a single answer, not for load.

Never raises for what a server does: what is no complete answer is none.
"""

import contextlib
import socket
from dataclasses import dataclass

ANSWER_S = 10.0
"""Seconds that may pass without a byte."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        status: 0 if none came, or none that is complete.
        head: status line and header fields as they came.
        body: without the framing of chunks.
        raw: all of it as it came.
    """

    status: int
    head: bytes
    body: bytes
    raw: bytes


NONE = Answer(0, b"", b"", b"")


def ask(port: int, request: bytes) -> Answer:
    """The answer of whoever listens on `port` of 127.0.0.1; `NONE` if that is nobody."""
    came = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as sock:
        sock.sendall(request)
        while (answer := read(came)) is None:
            data = sock.recv(1 << 20)
            if not data:
                return NONE
            came += data
        return answer
    return NONE


def read(came: bytes) -> Answer | None:
    """The answer that `came`; None while it is not complete. A body has a length or comes in chunks (RFC 9112)."""
    head, end, rest = came.partition(b"\r\n\r\n")
    if not end:
        return None
    status, *lines = head.split(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    try:
        code = int(status.split()[1])
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = _joined(rest)
        else:
            body = _measured(rest, int(fields.get(b"content-length", b"0")))
    except (ValueError, IndexError):
        return NONE
    return None if body is None else Answer(code, head, body, came)


def _measured(rest: bytes, length: int) -> bytes | None:
    return rest[:length] if len(rest) >= length else None


def _joined(rest: bytes) -> bytes | None:
    """The chunks of a body together, or None while the last is missing."""
    body: list[bytes] = []
    at = 0
    while (line_end := rest.find(b"\r\n", at)) >= 0:
        size = int(rest[at:line_end].partition(b";")[0], 16)
        begin = line_end + 2
        if len(rest) < begin + size + 2:
            return None
        if not size:
            return b"".join(body)
        body.append(rest[begin : begin + size])
        at = begin + size + 2
    return None
