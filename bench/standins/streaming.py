"""A stand-in engine that streams as fast as Python can write, or at a pace: `python streaming.py --port N [--pace 50]`.

Every chunk is prepared before the first request and is one `write` of its own, as engines send them; with `--blocks` a
whole stream is written at once, which leaves almost all of the work to whoever reads it. Requests tell how many chunks
they want (`max_tokens`); those that are not streamed get a whole answer. Never looks at a request closer than that.
"""

import argparse
import asyncio
import os
import re
import sys
from collections import deque
from functools import cache
from pathlib import Path
from typing import cast

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from payloads import LISTING, SMALL, stream_events

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_WANTED = re.compile(rb'"max_(?:completion_)?tokens"\s*:\s*(\d+)')
_STREAMED = re.compile(rb'"stream"\s*:\s*true')
_HEAD = b"HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_END = b"0\r\n\r\n"
_JSON = b"HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_WHOLE, _LISTED = (_JSON % (len(body), body) for body in (SMALL.whole_answer(), LISTING))
TICK_S = 0.001
"""Between two looks at who is due: well under the 20 ms between the chunks of a stream at 50 a second."""
TAIL = 2
"""Events after the last content, finish reason and terminator: sent together with it, as engines do."""


@cache
def _pieces(count: int) -> tuple[bytes, ...]:
    """What is written for a stream of `count` contents, one piece for each write."""
    framed = [b"%x\r\n%b\r\n" % (len(event), event) for event in stream_events(count)]
    head = _HEAD + framed[0]
    return (head, *framed[1:-TAIL], b"".join(framed[-TAIL:]) + _END)


class Pacer:
    """Sends the next piece of every stream when it is due. All have the same pace, so they queue up in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, interval_s: float) -> None:
        self._loop = loop
        self._interval_s = interval_s
        self._due: deque[tuple[float, Caller, int, tuple[bytes, ...]]] = deque()
        self._timer = loop.call_later(TICK_S, self._tick)

    def stop(self) -> None:
        """Send no more."""
        self._timer.cancel()

    def add(self, caller: "Caller", pieces: tuple[bytes, ...]) -> None:
        """Begin a stream: its head goes at once, its first content after one interval."""
        caller.send(pieces[0])
        self._due.append((self._loop.time() + self._interval_s, caller, 1, pieces))

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK_S, self._tick)
        due, now = self._due, self._loop.time()
        while due and due[0][0] <= now:
            at, caller, number, pieces = due.popleft()
            if caller.gone:
                continue
            caller.send(pieces[number])
            if number + 1 < len(pieces) - 1:
                due.append((at + self._interval_s, caller, number + 1, pieces))
            else:
                caller.send(pieces[number + 1])


class Caller(asyncio.Protocol):
    """One connection. Requests on it come one after the other, as clients without pipelining send them."""

    __slots__ = ("_blocks", "_came", "_file", "_pacer", "_transport", "_waiting", "gone")

    def __init__(self, pacer: Pacer | None, *, blocks: bool) -> None:
        self._pacer = pacer
        self._blocks = blocks
        self._came = b""
        self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._file = transport.get_extra_info("socket").fileno()

    def connection_lost(self, _error: Exception | None) -> None:
        self.gone = True

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or (length and len(body) < int(length[1])):
            return
        self._came = b""
        if _STREAMED.search(body):
            self._stream(body)
        else:
            self.send(_LISTED if head.startswith(b"GET ") else _WHOLE)

    def _stream(self, body: bytes) -> None:
        wanted = _WANTED.search(body)
        pieces = _pieces(int(wanted[1]) if wanted else 1)
        if self._pacer is not None:
            self._pacer.add(self, pieces)
            return
        for piece in (b"".join(pieces),) if self._blocks else pieces:
            self.send(piece)

    def send(self, piece: bytes) -> None:
        """Write at once if the peer takes it, straight to the socket: half the cost of the transport's own `write`."""
        if self.gone:
            return
        if self._transport.get_write_buffer_size():
            self._transport.write(piece)
            return
        try:
            written = os.write(self._file, piece)
        except BlockingIOError:
            written = 0
        except OSError:
            self._transport.abort()
            return
        if written < len(piece):
            self._transport.write(piece[written:])


async def _serve(port: int, pace: float, *, blocks: bool) -> None:
    loop = asyncio.get_running_loop()
    pacer = Pacer(loop, 1 / pace) if pace else None
    server = await loop.create_server(lambda: Caller(pacer, blocks=blocks), "127.0.0.1", port, backlog=16384)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    parser.add_argument("--pace", type=float, default=0.0, help="chunks a second of each stream; 0: at full speed")
    parser.add_argument("--blocks", action="store_true", help="without a pace: a stream is one write")
    arguments = parser.parse_args()
    uvloop.run(_serve(arguments.port, arguments.pace, blocks=arguments.blocks))
