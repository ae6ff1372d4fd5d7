"""Percentiles against sorted lists, and the memory they take."""

import math
import random

import pytest

from sixnines.load.histogram import Histogram

SHARES = (0.5, 0.9, 0.95, 0.99, 0.999)


def of(values):
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


def nearest_rank(values, share):
    return sorted(values)[math.ceil(round(len(values) * share, 6)) - 1]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.uniform(0, 1),
        lambda rng: rng.lognormvariate(-4, 2),
        lambda rng: rng.expovariate(1000),
        lambda rng: rng.choice([0.001, 5.0]),
        lambda rng: rng.randrange(1000) / 1_000_000,
    ],
)
def test_percentiles_are_those_of_the_sorted_list_within_a_256th(draw):
    rng = random.Random(3)
    values = [draw(rng) for _ in range(20_000)]
    histogram = of(values)
    for share in SHARES:
        exact = nearest_rank(values, share)
        assert histogram.percentile(share) == pytest.approx(exact, rel=1 / 256, abs=1e-6)
    assert histogram.mean_s == pytest.approx(sum(values) / len(values))
    assert (histogram.least_s, histogram.greatest_s, histogram.count) == (min(values), max(values), len(values))


def test_small_numbers_are_exact():
    histogram = of(micros / 1_000_000 for micros in range(1, 101))
    assert histogram.percentile(0.5) == 50e-6
    assert histogram.percentile(0.99) == 99e-6


@pytest.mark.parametrize(("share", "needed"), [(0.5, 2), (0.95, 20), (0.99, 100), (0.999, 1000)])
def test_a_percentile_needs_a_value_beyond_it(share, needed):
    assert of([0.5] * (needed - 1)).percentile(share) is None
    assert of([0.5] * needed).percentile(share) == 0.5


def test_nothing_measured_is_nothing_told():
    empty = Histogram()
    assert (empty.percentile(0.5), empty.mean_s, empty.count) == (None, None, 0)


def test_two_together_are_as_if_counted_in_one():
    rng = random.Random(5)
    left, right = ([rng.expovariate(10) for _ in range(500)] for _ in range(2))
    joined = of(left)
    joined.add(of(right))
    both = of(left + right)
    assert [joined.percentile(share) for share in SHARES] == [both.percentile(share) for share in SHARES]
    assert (joined.count, joined.least_s, joined.greatest_s) == (both.count, both.least_s, both.greatest_s)
    assert joined.mean_s == pytest.approx(both.mean_s)


def test_memory_does_not_grow_with_what_is_counted():
    rng = random.Random(7)
    histogram = of(10 ** rng.uniform(-7, 6) for _ in range(200_000))
    assert histogram.classes < 40 * 128


def test_what_no_clock_should_tell_is_counted_all_the_same():
    histogram = of([-1.0, 0.0, 1e9, 1e9])
    assert histogram.least_s == 0.0
    assert histogram.greatest_s == 1e9
    assert histogram.percentile(0.75) == pytest.approx(24 * 3600, rel=1 / 256)
