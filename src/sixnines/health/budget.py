"""Budgets for calls that nobody asked for: repetitions and hedges must never become the outage.

Pure: plain numbers in and out, `now` in monotonic seconds.
"""

from typing import Final

# So many saved-up repetitions at most: a burst after quiet hours stays small.
_MOST_SAVED: Final = 10.0
# Somebody who asks once a minute would otherwise never have a repetition.
_FREE_EVERY_S: Final = 10.0


class RetryBudget:
    """Repetitions on one provider: a share of its requests, and one in ten seconds for who has few.

    The law: in any time of `t` seconds with `n` requests no more than `ratio * n + 10 + t / 10 + 1` are allowed.
    """

    __slots__ = ("_free_at", "_ratio", "_saved")

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._saved = 0.0
        self._free_at = 0.0

    def configure(self, ratio: float) -> None:
        """Go by another ratio from now on."""
        self._ratio = ratio

    def earn(self) -> None:
        """A request was sent for the first time."""
        if self._saved < _MOST_SAVED:
            self._saved += self._ratio

    def spend(self, now: float) -> bool:
        """Whether one more repetition is allowed; it counts as made."""
        if self._ratio == 0.0:
            return False
        if self._saved >= 1.0:
            self._saved -= 1.0
            return True
        if now >= self._free_at:
            self._free_at = now + _FREE_EVERY_S
            return True
        return False


# Old requests lose their say, so that the ratio is one of recent requests.
_REMEMBERED: Final = 1000


class HedgeBudget:
    """Hedges of one model: at most `max_ratio` of its requests. The law: never more, over the requests remembered."""

    __slots__ = ("_hedges", "_requests")

    def __init__(self) -> None:
        self._requests = 0.0
        self._hedges = 0.0

    def earn(self) -> None:
        """A request of the model."""
        self._requests += 1
        if self._requests >= _REMEMBERED:
            self._requests /= 2
            self._hedges /= 2

    def spend(self, max_ratio: float) -> bool:
        """Whether one more hedge is allowed; it counts as made."""
        if self._hedges + 1 > max_ratio * self._requests:
            return False
        self._hedges += 1
        return True
