"""When a worker that has ended may be started again. Pure: time and luck are arguments.

One that had lived is replaced at once, so that nobody waits for it; one that ends again and again must not take the
machine with it.
"""

import random

LIVED_S = 10.0
"""Whoever has served for so long did not die of being started."""

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 30.0


class Respawn:
    """The pauses of one worker.

    Attributes:
        vain: how often in a row it has ended before it served.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._young = 0
        self.vain = 0

    def ended(self, lived_s: float, *, served: bool) -> float:
        """Seconds to wait before it is started again, after a life of `lived_s` in which it `served` or did not."""
        self.vain = 0 if served else self.vain + 1
        if served and lived_s >= LIVED_S:
            self._young = 0
        pause_s = 0.0
        if self._young:
            doubled = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(self._young - 1, 16))
            # Workers that die of the same thing must not come back together.
            pause_s = doubled * self._rng.uniform(0.5, 1.0)
        self._young += 1
        return pause_s
