"""Counts of durations in classes whose width grows with the duration: any number of values in bounded memory.

Never off by more than 1/256 of a value (and half a microsecond), as an HDR histogram of two digits; the least, the
greatest and the mean are exact. Never gives a percentile that the values do not support.
"""

import math
from typing import Final

_BITS: Final = 7
"""A class is as wide as the value's power of two divided by 2^7; its middle is off by at most half of that."""
_MICROS: Final = 1_000_000
_MOST: Final = 3600 * 24 * _MICROS
"""Longer than any run waits; what is longer counts as this in percentiles."""


class Histogram:
    """Durations in seconds.

    Attributes:
        count: how many.
        total_s: their sum.
        least_s, greatest_s: the ends; infinity and 0 of none.
    """

    __slots__ = ("_classes", "count", "greatest_s", "least_s", "total_s")

    def __init__(self) -> None:
        self.count = 0
        self.total_s = 0.0
        self.least_s = math.inf
        self.greatest_s = 0.0
        self._classes: dict[int, int] = {}

    def record(self, seconds: float) -> None:
        """Count one; what is negative counts as 0."""
        seconds = max(seconds, 0.0)
        micros = min(round(seconds * _MICROS), _MOST)
        shift = max(micros.bit_length() - _BITS - 1, 0)
        key = (shift << 32) | (micros >> shift)
        self._classes[key] = self._classes.get(key, 0) + 1
        self.count += 1
        self.total_s += seconds
        self.least_s = min(self.least_s, seconds)
        self.greatest_s = max(self.greatest_s, seconds)

    def add(self, other: "Histogram") -> None:
        """Count all that `other` has counted."""
        for key, count in other._classes.items():  # noqa: SLF001 - of the same class
            self._classes[key] = self._classes.get(key, 0) + count
        self.count += other.count
        self.total_s += other.total_s
        self.least_s = min(self.least_s, other.least_s)
        self.greatest_s = max(self.greatest_s, other.greatest_s)

    @property
    def mean_s(self) -> float | None:
        """The mean, None of none."""
        return self.total_s / self.count if self.count else None

    @property
    def classes(self) -> int:
        """How many classes have values: what the memory is for."""
        return len(self._classes)

    def percentile(self, share: float) -> float | None:
        """The value that `share` of all do not exceed (nearest rank), in seconds.

        None where too few were counted: there must be at least one value beyond it, so that the 99.9th takes 1000.

        Args:
            share: between 0 and 1, without the ends.
        """
        # Rounded, because 1000 * (1 - 0.999) is a little less than 1.
        if round(self.count * (1 - share), 6) < 1:
            return None
        rank = math.ceil(round(self.count * share, 6))
        seen = 0
        for key in sorted(self._classes):
            seen += self._classes[key]
            if seen >= rank:
                return self._middle_s(key)
        return self.greatest_s

    def _middle_s(self, key: int) -> float:
        shift, top = key >> 32, key & 0xFFFFFFFF
        middle = (top << shift) + ((1 << shift) - 1) / 2
        return min(max(middle / _MICROS, self.least_s), self.greatest_s)
