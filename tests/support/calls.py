"""Requests as the gateway sends them, with time limits that a working loopback never meets."""

import asyncio

from sixnines.domain.origin import Origin
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Exchange, Patience

NEVER_S = 20.0
"""Long enough never to be met by a passing test, short enough for a failing one to say where it hung."""

MAX_BODY = 1 << 30

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def patience(*, head_s: float = NEVER_S, connect_s: float = NEVER_S) -> Patience:
    """Limits in seconds from now."""
    return Patience(connect_s, asyncio.get_running_loop().time() + head_s)


def request_head(body: bytes = b"") -> bytes:
    """A POST with `body`, or a GET when there is none."""
    if not body:
        return b"GET /v1/models HTTP/1.1\r\nhost: test\r\n\r\n"
    return b"POST /v1/chat/completions HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n" % len(body)


async def ask(transport: Http1Transport, origin: Origin, body: bytes = b"", *, head_s: float = NEVER_S) -> Exchange:
    """Send a request; the response head has come."""
    return await transport.send(origin, request_head(body), body, patience(head_s=head_s))


async def fetch(transport: Http1Transport, origin: Origin, body: bytes = b"") -> tuple[int, bytes]:
    """Status and whole body of the answer to one request."""
    exchange = await ask(transport, origin, body)
    return exchange.status, await exchange.read_all(MAX_BODY)
