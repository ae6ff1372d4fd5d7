"""The beta distribution: its distribution function and the inverse of that. Pure, and exact to about twelve digits.

Never loses the small end: probabilities of a billionth are as exact as those of a half, because nines live there.

The distribution function is the continued fraction of DLMF 8.17.22 (https://dlmf.nist.gov/8.17#v), evaluated by Lentz's
method. The factor before it is a binomial probability in Loader's form (C. Loader, Fast and Accurate Computation of
Binomial Probabilities, 2000), in which nothing large cancels however many trials there were.
"""

import functools
import math

_TINY = 1e-300
_ENOUGH = 1e-15
_MOST_TERMS = 200_000  # of the order of the root of the larger parameter: this is enough for ten thousand million
_MOST_STEPS = 200
_AS_GOOD_AS_EQUAL = 1e-14


def cdf(x: float, a: float, b: float) -> float:
    """The probability that a beta variable with parameters `a`, `b` (both at least 1) is at most `x`.

    The regularized incomplete beta function I_x(a, b), DLMF 8.17.2.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x < (a + 1) / (a + b + 2):
        return min(1.0, _factor(x, a, b) * _fraction(x, a, b) / a)
    return max(0.0, 1.0 - _factor(x, a, b) * _fraction(1.0 - x, b, a) / b)


@functools.lru_cache(maxsize=8192)  # most of a config's names have the counts that they had at the last look
def quantile(p: float, a: float, b: float) -> float:
    """The `x` of which `cdf(x, a, b)` is `p`, for 0 < p < 1."""
    low, high = 0.0, 1.0
    x = a / (a + b)
    for _ in range(_MOST_STEPS):
        off = cdf(x, a, b) - p
        if off > 0:
            high = x
        else:
            low = x
        # The derivative of the distribution function is its density.
        density = _factor(x, a, b) / (x * (1.0 - x)) if 0.0 < x < 1.0 else 0.0
        following = x - off / density if density > 0.0 else -1.0
        if not low < following < high:  # Newton's step leads out of where it must be
            following = math.sqrt(low * high) if low > 0.0 and high > 4 * low else (low + high) / 2
        if abs(following - x) <= _AS_GOOD_AS_EQUAL * following or high - low <= _AS_GOOD_AS_EQUAL * low:
            return following
        x = following
    return x


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b)."""
    c = 1.0
    d = _away(1.0 - (a + b) * x / (a + 1.0))
    d = 1.0 / d
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 / _away(1.0 + even * d)
        c = _away(1.0 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 / _away(1.0 + odd * d)
        c = _away(1.0 + odd / c)
        step = d * c
        value *= step
        if abs(step - 1.0) < _ENOUGH:
            break
    return value


def _away(number: float) -> float:
    """`number`, or one that can be divided by."""
    return number if abs(number) > _TINY else _TINY


def _factor(x: float, a: float, b: float) -> float:
    """x^a (1-x)^b / B(a, b): the binomial probability of `a` of `a + b` trials, times ab/(a+b)."""
    n = a + b
    exponent = _lack(n) - _lack(a) - _lack(b) - _deviance(a, n * x) - _deviance(b, n * (1.0 - x))
    return math.exp(exponent) * math.sqrt(a * b / (2.0 * math.pi * n))


def _lack(n: float) -> float:
    """By how much Stirling's formula falls short of log n!; DLMF 5.11.1."""
    if n < 16:  # noqa: PLR2004 - from here on the series below has all digits
        return math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2.0 * math.pi)
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n


def _deviance(x: float, mean: float) -> float:
    """X log(x / mean) + mean - x, also where the two are close and all of it would cancel."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * math.log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total = (x - mean) * v
    term = 2.0 * x * v
    for j in range(1, 1000):
        term *= v * v
        following = total + term / (2 * j + 1)
        if following == total:
            break
        total = following
    return total
