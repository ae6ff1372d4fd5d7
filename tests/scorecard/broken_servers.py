"""What stand-in engines cannot play: servers that break below HTTP, or answer in ways no engine does.

Each is made for a stream or a whole answer, and runs once per connection.
"""

import asyncio
import gzip
import json

from scorecard.rows import ANSWER
from support.hostile import Peer, Script

_SEEN_S = 0.05
"""Until the other side has read what was sent: a reset may overtake what it has not."""

_EVENTS = "text/event-stream"
_JSON = "application/json"


def _head(stream: bool, *lines: str) -> bytes:
    kind = _EVENTS if stream else _JSON
    return "\r\n".join(["HTTP/1.1 200 OK", f"content-type: {kind}", *lines, "", ""]).encode()


def _open_head(stream: bool) -> bytes:
    """A head that promises a body."""
    return _head(stream, "transfer-encoding: chunked" if stream else "content-length: 400")


def _body(stream: bool) -> bytes:
    """A good answer."""
    common = {"id": "x", "created": 1, "model": "up"}
    if not stream:
        choice = {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
        return json.dumps({**common, "object": "chat.completion", "choices": [choice]}).encode()
    deltas = [({"role": "assistant", "content": ANSWER}, None), ({}, "stop")]
    chunks = [
        {
            **common,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        for delta, finish in deltas
    ]
    return b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks) + b"data: [DONE]\n\n"


def reset_after_head(stream: bool) -> Script:
    """Head, then a TCP reset."""

    async def script(peer: Peer) -> None:
        await peer.answer(_open_head(stream))
        await asyncio.sleep(_SEEN_S)
        peer.reset()

    return script


def close_after_head(stream: bool) -> Script:
    """Head, then the end."""

    async def script(peer: Peer) -> None:
        await peer.answer(_open_head(stream))

    return script


def close_amid_head(stream: bool) -> Script:
    """Half a status line, then the end."""
    del stream

    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 O")

    return script


def silent_socket(stream: bool) -> Script:
    """Accepts and says nothing, not even a TLS handshake."""
    del stream

    async def script(peer: Peer) -> None:
        await peer.gone()

    return script


def well(stream: bool) -> Script:
    """Nothing is wrong with the answer."""

    async def script(peer: Peer) -> None:
        await peer.answer(_head(stream, f"content-length: {len(_body(stream))}") + _body(stream))

    return script


def short_length(stream: bool) -> Script:
    """A length that is smaller than the body: HTTP ends amid the answer, and bytes come after its end."""

    async def script(peer: Peer) -> None:
        body = _body(stream)
        await peer.answer(_head(stream, "content-length: 60") + body)

    return script


def zipped(stream: bool) -> Script:
    """A good answer, compressed although nobody asked for it."""

    async def script(peer: Peer) -> None:
        body = gzip.compress(_body(stream))
        await peer.answer(_head(stream, "content-encoding: gzip", f"content-length: {len(body)}") + body)

    return script


def whole_instead(stream: bool) -> Script:
    """A good answer that is not streamed, whatever was asked for."""
    del stream
    return well(stream=False)
