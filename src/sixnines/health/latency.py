"""How long the first content of recent answers took: for hedging and for choosing whom to ask. Pure."""

import math
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


# So long a bad time is held against a deployment: half of it is forgotten in seven tenths of this.
_FADES_IN_S = 15.0


class PeakEwma:
    """A moving average that takes a slow answer at once and in full, and forgets it by time.

    As Finagle's `PeakEwma`: a rise counts as it is, a fall by `1 - e^(-elapsed / 15 s)`; without new answers what is
    known fades, so that a deployment that was slow once is tried again.
    """

    __slots__ = ("_at", "_value")

    def __init__(self) -> None:
        self._value: float | None = None
        self._at = 0.0

    def note(self, seconds: float, now: float) -> None:
        """An answer began after `seconds`, at the monotonic time `now`."""
        value = self._value
        if value is None or seconds >= value:
            self._value = seconds
        else:
            self._value = seconds + (value - seconds) * math.exp((self._at - now) / _FADES_IN_S)
        self._at = now

    def seconds(self, now: float) -> float | None:
        """What the next answer is expected to take; None before the first."""
        value = self._value
        return None if value is None else value * math.exp(min(0.0, self._at - now) / _FADES_IN_S)
