"""Percentiles of measured samples, by nearest rank. Pure. Never a value that nobody has seen: one of the samples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_HALF = 0.50
_MOST = 0.95


@dataclass(frozen=True, slots=True)
class Spread:
    """A measured quantity.

    Attributes:
        p50: half of the samples were at least as good.
        p95: 95 of 100 samples were at least as good: with few samples, the worst.
    """

    p50: float
    p95: float


def spread(samples: Sequence[float], *, higher_is_better: bool) -> Spread:
    """What half of the samples, and what 95 of 100 of them, were at least as good as.

    Raises:
        ValueError: there are none.
    """
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples, reverse=higher_is_better)
    return Spread(_rank(ordered, _HALF), _rank(ordered, _MOST))


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
