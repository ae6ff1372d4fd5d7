"""The arithmetic, beside scipy's and beside published values."""

import math
from decimal import Decimal, localcontext

import pytest
from scipy import stats

from sixnines.reliability.beta import cdf, quantile
from sixnines.reliability.nines import MOST_NINES, more_clean, percent, share, told

COUNTS = [0, 1, 2, 3, 7, 30, 299, 10_000, 123_456, 3_000_000]
PARAMETERS = [(a, b) for a in (1, 2, 5, 40, 1000, 250_000) for b in (1, 3, 77, 5000, 2_000_000)]


@pytest.mark.parametrize(("a", "b"), PARAMETERS)
@pytest.mark.parametrize("p", [1e-9, 0.025, 0.5, 0.975])
def test_the_quantile_is_that_of_scipy(a, b, p):
    # Scipy's own is off by 1.4e-9 of it at a = 1000, b = 2,000,000 (see the exact one below).
    assert quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 40), (1000, 2_000_000), (31, 99_970)])
@pytest.mark.parametrize("p", [0.025, 0.975])
def test_the_quantile_is_the_exact_one(a, b, p):
    """For whole parameters the beta distribution is a sum of binomial probabilities, which decimals can add exactly."""
    with localcontext(prec=60):
        x, n = Decimal(quantile(p, a, b)), a + b - 1
        term = total = (1 - x) ** n
        for j in range(1, a):
            term = term * (n - j + 1) / j * x / (1 - x)
            total += term
        assert float(1 - total - Decimal(p)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), PARAMETERS)
@pytest.mark.parametrize("at", [-8, -2, -0.5, 0, 0.5, 2])
def test_the_distribution_function_is_that_of_scipy(a, b, at):
    mean, deviation = a / (a + b), math.sqrt(a * b / (a + b) ** 2 / (a + b + 1))
    x = min(1 - 1e-12, max(1e-12, mean + at * deviation))
    assert cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-9, abs=1e-14)


def test_outside_of_0_to_1_there_is_nothing():
    assert (cdf(-1, 2, 3), cdf(0, 2, 3), cdf(1, 2, 3), cdf(2, 2, 3)) == (0, 0, 1, 1)


@pytest.mark.parametrize("bad", COUNTS)
@pytest.mark.parametrize("good", COUNTS)
def test_the_interval_is_scipys_exact_one(good, bad):
    if good + bad == 0:
        return
    found = share(good, bad)
    of_bad = stats.binomtest(bad, good + bad).proportion_ci(0.95, method="exact")
    assert found.least_bad == pytest.approx(of_bad.low, rel=1e-8, abs=1e-12)
    assert found.most_bad == pytest.approx(of_bad.high, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("bad", "total", "low", "high"),
    [
        # Tables of exact binomial limits, 95 % two-sided.
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (0, 100, 0.0, 0.0362),
        (10, 100, 0.0490, 0.1762),
        (1, 1000, 0.0000253, 0.005559),
    ],
)
def test_published_limits_come_out(bad, total, low, high):
    found = share(total - bad, bad)
    assert found.least_bad == pytest.approx(low, abs=0.00005)
    assert found.most_bad == pytest.approx(high, abs=0.00005)


def test_of_nothing_there_is_no_share_and_no_nine():
    nothing = share(0, 0)
    assert (nothing.value, nothing.lower, nothing.upper, nothing.nines) == (None, None, None, 0)
    assert told(nothing) == "not measured: nothing was counted"


def test_counts_are_not_negative():
    with pytest.raises(ValueError, match="not negative"):
        share(-1, 2)


@pytest.mark.parametrize(
    ("clean", "nines"),
    [(1, 0), (35, 0), (36, 1), (367, 1), (368, 2), (3687, 2), (3688, 3), (36_888, 4), (368_886, 4), (368_887, 5)],
)
def test_without_a_failure_nines_come_with_the_number_of_requests(clean, nines):
    # (1 - 10^-n)^clean <= 0.025, the level of one tail.
    assert share(clean, 0).nines == nines


def test_a_hundred_percent_of_a_few_requests_is_no_nine():
    assert share(20, 0).value == 1.0
    assert share(20, 0).nines == 0


@pytest.mark.parametrize("nines", range(1, 7))
@pytest.mark.parametrize(("good", "bad"), [(0, 0), (12, 0), (9997, 3), (100_000, 1), (5, 40)])
def test_so_many_more_are_just_enough(nines, good, bad):
    more = more_clean(share(good, bad), nines)
    assert share(good + more, bad).nines >= nines
    assert more == 0 or share(good + more - 1, bad).nines < nines


def test_what_is_supported_takes_no_more():
    assert more_clean(share(4000, 0), 3) == 0


def test_the_text_says_value_interval_nines_and_the_way_to_the_next():
    # Half of chi-square's 97.5 % at 62 degrees of freedom is 42.826: so many in 428,263 are 10^-4 of them.
    assert told(share(99_970, 30)) == (
        "99.970 % (99.957-99.980), 3 nines supported; 328,263 more clean requests before 4 nines may be claimed"
    )
    assert told(share(3688, 0)).startswith("100 % (99.900-100), 3 nines supported; ")
    assert told(share(0, 4)).startswith("0.0 % (0.0-60.3), no nines supported; ")
    assert "1 nine supported; " in told(share(100, 0))


def test_beyond_nine_nines_nothing_more_is_asked_for():
    text = told(share(10**11, 0))
    assert text.endswith("9 nines supported")
    assert share(10**11, 0).nines == MOST_NINES


@pytest.mark.parametrize(
    ("of_bad", "text", "upper"),
    [
        (0.0, "100", "100"),
        (1.0, "0.0", "0.0"),
        (0.5, "50.0", "50.0"),
        (0.00041, "99.959", "99.959"),
        (0.000411, "99.958", "99.959"),
        (3e-9, "99.99999970", "99.99999970"),
        (1e-15, "99.9999999999", "100.0000000000"),
    ],
)
def test_what_is_written_is_never_better_than_what_was_measured(of_bad, text, upper):
    assert percent(of_bad) == text
    assert percent(of_bad, upper=True) == upper
