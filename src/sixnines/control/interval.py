"""How sure a share is that was counted. Pure."""

import math

_Z = 1.959964  # two-sided, 95 % (the normal distribution's 97.5th percentile)


def wilson(good: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `good` of `total` were counted (Wilson, 1927): from 0 to 1.

    Raises:
        ValueError: nothing was counted.
    """
    if total <= 0:
        raise ValueError("nothing was counted")
    share = good / total
    square = _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)
