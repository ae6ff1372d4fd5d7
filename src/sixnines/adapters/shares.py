"""Shares in any unit (0.7 and 0.3, 480 and 960 requests a minute) as the whole weights of a config, and back."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

MOST = 1_000_000  # the largest weight that a config takes
_PRECISE = 1000


def whole_shares(shares: Sequence[Decimal | None]) -> list[int | None]:
    """Whole numbers in the same proportions, as small as they can be.

    Proportions that need numbers beyond `MOST` are rounded; a share that is not 0 stays so. None stays None, and where
    nothing is left to choose by (nobody has a share, all are 0, or none differs from another) all are None.
    """
    given = [Fraction(0) if each is None else max(Fraction(each), Fraction(0)) for each in shares]
    if all(each is None for each in shares) or not any(given):
        return [None] * len(given)
    whole = [each * math.lcm(*(every.denominator for every in given)) for each in given]
    unit = math.gcd(*(int(each) for each in whole))
    numbers = [int(each) // unit for each in whole]
    largest = max(numbers)
    if largest > MOST:
        numbers = [each and max(1, round(Fraction(each * _PRECISE, largest))) for each in numbers]
        unit = math.gcd(*numbers)
        numbers = [each // unit for each in numbers]
    return [None] * len(numbers) if set(numbers) == {1} else [*numbers]
