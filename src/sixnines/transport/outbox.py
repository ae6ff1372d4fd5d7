"""Sends what was written during one turn of the event loop at the end of that turn (ADR 0014).

A peer that sleeps is woken by the first packet that comes to it and is awake for those that follow at once. Spread over
the turn, each of them would find it asleep again, and waking is what costs most in a send. Never holds anything back
for longer than the turn.
"""

import asyncio
import select
from typing import Protocol


class Line(Protocol):
    """A connection with something to send."""

    __slots__ = ()

    def flush(self) -> None:
        """Send it now, if it has not been sent or become pointless meanwhile. Never raises."""
        ...


class Outbox:
    """The connections with something to send."""

    __slots__ = ("_lines", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lines: list[Line] = []

    def add(self, line: Line) -> None:
        """Flush `line` at the end of this turn."""
        if not self._lines:
            self._loop.call_soon(self._flush)
        self._lines.append(line)

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            line.flush()


class PooledLine(Line, Protocol):
    """A connection of a pool with a request to send.

    Attributes:
        fileno: of its socket.
    """

    __slots__ = ()

    @property
    def fileno(self) -> int: ...  # noqa: D102

    def spoil(self) -> None:
        """Its peer has said something that nobody asked for, or has closed it: what it has to send stays unsent."""
        ...


class Post(Protocol):
    """Where pooled connections leave what they have to send. `PooledOutbox` is the one that there is."""

    def add(self, line: Line) -> None:
        """Flush `line` at the end of this turn."""
        ...

    def add_pooled(self, line: PooledLine) -> None:
        """The same for one that has served before, unless it is spoilt."""
        ...


class PooledOutbox(Outbox):
    """Sends over pooled connections, and looks first whether their peers have said anything since they last served.

    An engine that closes right after its answer (llama.cpp does after each stream) is noticed before a request is
    wasted on it, and bytes that wait unread can never become the next request's response. One look for all of them.
    """

    __slots__ = ("_pooled",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._pooled: list[PooledLine] = []

    def add_pooled(self, line: PooledLine) -> None:
        """Flush `line`, which has served before, at the end of this turn, unless it is spoilt."""
        self.add(line)
        self._pooled.append(line)

    def _flush(self) -> None:
        pooled, self._pooled = self._pooled, []
        if pooled:
            poll = select.poll()
            for line in pooled:
                poll.register(line.fileno, select.POLLIN)
            if spoilt := {fileno for fileno, _ in poll.poll(0)}:
                for line in pooled:
                    if line.fileno in spoilt:
                        line.spoil()
        super()._flush()
