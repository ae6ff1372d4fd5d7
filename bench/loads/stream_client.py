"""A caller of streamed chats who checks every chunk: numbered, in order, none missing, `[DONE]` at the end.

asyncio and a socket, nothing more, so that thousands of them cost little beside what is measured. Never raises for
what a server does: it is written down as a fault.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast

import httptools
import msgspec


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = _Delta()
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    error: msgspec.Raw = msgspec.Raw(b"")


_decode = msgspec.json.Decoder(_Chunk).decode


@dataclass(slots=True)
class Group:
    """What streams of one kind have in common.

    Attributes:
        port: whom they ask, on 127.0.0.1.
        request: what each sends.
        tokens: how many numbers each stream must bring.
        full: how many are to be open at once; gaps are noted only while so many are.
        gaps: seconds between two contents, of all streams together.
        first_s: seconds from when a stream was due to its first content, of all streams together.
        open_now: streams between their first content and their end.
        most_open: the highest that has been.
        chunks: contents that came.
        faults: what was wrong, one line for each stream that was not right.
    """

    port: int
    request: bytes
    tokens: int
    full: int = 1
    gaps: list[float] = field(default_factory=list)
    first_s: list[float] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    chunks: int = 0
    faults: list[str] = field(default_factory=list)


class Stream(asyncio.Protocol):
    """One stream on a connection of its own.

    Args:
        group: what it shares with others.
        due_at: when it was to begin, on the clock of `time.perf_counter`: its first content is late from then on.

    Attributes:
        begun: resolved at the first content, or at the end if there was none.
        ended: resolved when the stream is over, rightly or not.
    """

    __slots__ = (
        "_begun_at",
        "_finished",
        "_group",
        "_last_at",
        "_next",
        "_parser",
        "_rest",
        "_transport",
        "begun",
        "ended",
    )

    def __init__(self, group: Group, due_at: float) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._group = group
        self._parser = httptools.HttpResponseParser(self)
        self._rest = b""
        self._next = 0
        self._finished = False
        self._begun_at = due_at
        self._last_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._group.request)

    def data_received(self, data: bytes) -> None:
        if self.ended.done():
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._end(f"no HTTP: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"cut after {self._next} of {self._group.tokens} chunks ({exc or 'closed'})")

    def give_up(self) -> None:
        """End a stream that has not ended by itself."""
        self._end(f"still open with {self._next} of {self._group.tokens} chunks")

    # What the parser calls.

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status != 200:
            self._end(f"status {status}")

    def on_body(self, data: bytes) -> None:
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            if not self.ended.done():
                self._event(event)

    def on_message_complete(self) -> None:
        self._end("ended without [DONE]")

    # Inside.

    def _event(self, event: bytes) -> None:
        if event.startswith(b":"):
            return  # a comment, by which some say that they are there
        if event == b"data: [DONE]":
            whole = self._finished and self._next == self._group.tokens
            self._end(None if whole else f"[DONE] after {self._next} of {self._group.tokens} chunks")
            return
        try:
            chunk = _decode(event.removeprefix(b"data: "))
        except msgspec.DecodeError as error:
            self._end(f"no chunk: {error}")
            return
        if chunk.error:
            self._end(f"error event after {self._next} chunks: {bytes(chunk.error)[:200].decode(errors='replace')}")
        for choice in chunk.choices:
            self._finished = self._finished or choice.finish_reason is not None
            if choice.delta.content:
                self._number(choice.delta.content)

    def _number(self, content: str) -> None:
        """A chunk: "0", then " 1", " 2" and so on."""
        if self.ended.done():
            return
        now = time.perf_counter()
        group = self._group
        expected = f" {self._next}" if self._next else "0"
        if content != expected:
            self._end(f"chunk {content!r} came where {expected!r} was due")
            return
        if self._next:
            if group.open_now >= group.full:
                group.gaps.append(now - self._last_at)
        else:
            group.first_s.append(now - self._begun_at)
            group.open_now += 1
            group.most_open = max(group.most_open, group.open_now)
            self.begun.set_result(None)
        group.chunks += 1
        self._next += 1
        self._last_at = now

    def _end(self, fault: str | None) -> None:
        if self.ended.done():
            return
        if fault is not None:
            self._group.faults.append(fault)
        if self.begun.done():
            self._group.open_now -= 1
        else:
            self.begun.set_result(None)
        self.ended.set_result(None)
        if self._transport is not None:
            self._transport.abort()


async def open_stream(group: Group, due_at: float) -> Stream | None:
    """A stream that has sent its request; None, and a fault, if nobody takes the connection."""
    loop = asyncio.get_running_loop()
    try:
        _, stream = await loop.create_connection(lambda: Stream(group, due_at), "127.0.0.1", group.port)
    except OSError as error:
        group.faults.append(f"not connected: {error}")
        return None
    return stream
