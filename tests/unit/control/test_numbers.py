"""Percentiles and intervals of what was measured."""

import pytest

from sixnines.control.interval import wilson
from sixnines.control.percentile import Spread, spread


def test_percentiles_are_samples_that_were_seen():
    assert spread([3.0, 1.0, 2.0], higher_is_better=False) == Spread(2.0, 3.0)
    assert spread([3.0, 1.0, 2.0], higher_is_better=True) == Spread(2.0, 1.0)
    assert spread([5.0], higher_is_better=False) == Spread(5.0, 5.0)


def test_ninety_five_of_a_hundred():
    hundred = [float(number) for number in range(1, 101)]
    assert spread(hundred, higher_is_better=False) == Spread(50.0, 95.0)
    assert spread(hundred, higher_is_better=True) == Spread(51.0, 6.0)


def test_without_samples_there_is_no_percentile():
    with pytest.raises(ValueError, match="no samples"):
        spread([], higher_is_better=True)


@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(good, total, low, high):
    assert wilson(good, total) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_all_good_is_no_certainty():
    low, high = wilson(10, 10)
    assert high == pytest.approx(1.0)
    assert 0.7 < low < 0.73


def test_nothing_counted_is_no_share():
    with pytest.raises(ValueError, match="nothing was counted"):
        wilson(0, 0)
