"""How long the first content of recent answers took: for hedging after the 95th percentile. Pure."""

from collections import deque
from typing import Final

_REMEMBERED: Final = 200
# Fewer say nothing about one in twenty.
_ENOUGH: Final = 20
# Sorting for each request would cost more than a percentile that is a few answers old.
_FRESH_FOR: Final = 10


class Latency:
    """The recent times of one deployment, in seconds."""

    __slots__ = ("_age", "_p95", "_times")

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_REMEMBERED)
        self._p95: float | None = None
        self._age = 0

    def note(self, seconds: float) -> None:
        """An answer began after `seconds`."""
        self._times.append(seconds)
        self._age += 1

    def p95(self) -> float | None:
        """The time within which 95 of 100 began; None while too few are known. Nearest-rank, at most ten old."""
        if len(self._times) < _ENOUGH:
            return None
        if self._p95 is None or self._age >= _FRESH_FOR:
            self._age = 0
            ordered = sorted(self._times)
            self._p95 = ordered[-(-95 * len(ordered) // 100) - 1]
        return self._p95
