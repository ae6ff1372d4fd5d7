"""A share of good outcomes with its interval, and how many nines the evidence supports. Pure arithmetic.

Never a number without evidence: of nothing counted there is no share, and no nine.

The interval is that of Clopper and Pearson (Biometrika 26, 1934): two-sided, 95 %, and exact: whatever the true share
is, at least 95 of 100 such intervals hold it. **So many nines are supported as its lower end reaches**: with 95 % two-
sided, the chance that they are claimed and not there is at most 2.5 %.
"""

import math
from typing import Final

import msgspec

from sixnines.reliability.beta import cdf, quantile

CONFIDENCE: Final = 0.95
_TAIL: Final = (1.0 - CONFIDENCE) / 2
MOST_NINES: Final = 9  # the millions of millions of requests that one more would take nobody will have in a month
_MOST_PLACES: Final = 10
_NOISE: Final = 1e-6


class Share(msgspec.Struct, frozen=True):
    """How many of the outcomes that count were good.

    Attributes:
        good: so many were.
        bad: so many were not.
        least_bad: the lower end of the interval of the share of bad ones.
        most_bad: the upper end of it. Availability is one minus these; the shares of bad ones are kept because a small
            number has more exact digits than one close to 1.
    """

    good: int
    bad: int
    least_bad: float
    most_bad: float

    @property
    def total(self) -> int:
        """All of them."""
        return self.good + self.bad

    @property
    def value(self) -> float | None:
        """The share of good ones; None if nothing was counted."""
        return self.good / self.total if self.total else None

    @property
    def lower(self) -> float | None:
        """The lower end of its interval."""
        return 1.0 - self.most_bad if self.total else None

    @property
    def upper(self) -> float | None:
        """The upper end of its interval."""
        return 1.0 - self.least_bad if self.total else None

    @property
    def nines(self) -> int:
        """So many nines are supported: the largest n for which the lower end is at least 1 - 10^-n."""
        if not self.total:
            return 0
        return next((n for n in range(MOST_NINES, 0, -1) if self.most_bad <= 10.0**-n), 0)


def share(good: int, bad: int) -> Share:
    """The share with its interval.

    Raises:
        ValueError: a count is negative.
    """
    if good < 0 or bad < 0:
        raise ValueError("counts are not negative")
    if not bad:  # as most have it, and there the quantile has a formula: (1 - most) ** good is the tail
        return Share(good, 0, 0.0, -math.expm1(math.log(_TAIL) / good) if good else 1.0)
    most = quantile(1.0 - _TAIL, bad + 1, good) if good else 1.0
    return Share(good, bad, quantile(_TAIL, bad, good + 1), most)


def more_clean(found: Share, nines: int) -> int:
    """How many more outcomes, all of them good, there must be before so many nines are supported; 0 if they are.

    The smallest m for which the interval of `bad` among `total + m` ends at 1 - 10^-nines or above: that is where so
    few bad ones would be seen with a chance of at most 2.5 % if availability were lower than that.
    """
    most = 10.0**-nines

    def supported(good: int) -> bool:
        # The upper end is at most `most` exactly when the distribution function there has reached its level.
        return good > 0 and cdf(most, found.bad + 1, good) >= 1.0 - _TAIL

    if supported(found.good):
        return 0
    low, high = found.good, max(1, found.good) * 2
    while not supported(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if supported(middle):
            high = middle
        else:
            low = middle
    return high - found.good


def percent(of_bad: float, *, upper: bool = False) -> str:
    """Availability as a percentage, with two digits of what is missing from 100 %.

    Rounded down, so that what is written is never better than what was measured: 99.99996 % is never 100 %.

    Args:
        of_bad: the share of bad outcomes.
        upper: it is the upper end of an interval: rounded up, for the interval must not become narrower.
    """
    if of_bad <= 0.0:
        return "100"
    # 0.0003 has its first digit at the fourth place; as a percentage that is the second.
    places = min(_MOST_PLACES, max(1, -math.floor(math.log10(of_bad)) - 1))
    scaled = of_bad * 100 * 10**places
    # What is a whole number but for the last bits is that number.
    lost = math.floor(scaled + _NOISE) if upper else math.ceil(scaled - _NOISE)
    return f"{100 - lost / 10**places:.{places}f}"


def told(found: Share) -> str:
    """The share in words: value, interval, the nines that are supported, and what the next one takes."""
    if not found.total:
        return "not measured: nothing was counted"
    value = percent(found.bad / found.total)
    low, high = percent(found.most_bad), percent(found.least_bad, upper=True)
    nines = found.nines
    supported = f"{nines or 'no'} nine{'' if nines == 1 else 's'} supported"
    if nines >= MOST_NINES:
        return f"{value} % ({low}-{high}), {supported}"
    more = f"{more_clean(found, nines + 1):,} more clean requests before {_count(nines + 1)} may be claimed"
    return f"{value} % ({low}-{high}), {supported}; {more}"


def _count(nines: int) -> str:
    return f"{nines} nine{'' if nines == 1 else 's'}"
