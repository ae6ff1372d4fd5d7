"""A moment that may be moved often, and one timer that is seldom touched. Never reads a clock but the loop's.

Moving the moment back is a store: the timer rings at the old one, finds out, and is set again.
"""

import asyncio
import math
from collections.abc import Callable


class Deadline:
    """Calls back when its moment has passed; it has none at first."""

    __slots__ = ("_loop", "_passed", "_rings_at", "_timer", "_when")

    def __init__(self, loop: asyncio.AbstractEventLoop, passed: Callable[[], None]) -> None:
        """Call `passed` on `loop`, after which there is no moment until the next `set_in`."""
        self._loop = loop
        self._passed = passed
        self._when = math.inf
        self._rings_at = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set_in(self, seconds: float) -> None:
        """Let the moment be `seconds` from now, whatever it was."""
        self._when = self._loop.time() + seconds
        if self._when < self._rings_at:
            self._arm()

    def clear(self) -> None:
        """Let there be no moment."""
        self._when = math.inf

    def close(self) -> None:
        """Never call back again."""
        self._when = math.inf
        self._passed = _nothing  # whoever is called back need not outlive his deadline
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = self._when
        self._timer = self._loop.call_at(self._when, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._rings_at = math.inf
        if self._loop.time() >= self._when:
            self._when = math.inf
            self._passed()
        elif self._when < math.inf:
            self._arm()


def _nothing() -> None:
    pass
