"""Sends what was written during one turn of the event loop at the end of that turn (ADR 0014).

A peer that sleeps is woken by the first packet that comes to it and is awake for those that follow at once. Spread over
the turn, each of them would find it asleep again, and waking is what costs most in a send. Never holds anything back
for longer than the turn.
"""

import asyncio
from typing import Protocol


class Line(Protocol):
    """A connection with something to send."""

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
