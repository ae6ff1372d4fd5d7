"""When requests are due: counts, shapes and repetition."""

import itertools
import random

import pytest

from sixnines.load.schedule import Arrivals, Plan, Profile, Stretch, due_times

PROFILES = list(Profile)


def times(plan, seed=1):
    return list(due_times(plan, random.Random(seed)))


@pytest.mark.parametrize(
    ("profile", "count"), [(Profile.STEADY, 1000), (Profile.RAMP, 500), (Profile.SPIKE, 1800), (Profile.SOAK, 950)]
)
def test_even_arrivals_are_exactly_as_many_as_the_rate_holds(profile, count):
    plan = Plan(profile, 10, 100, Arrivals.EVEN)
    assert plan.expected == pytest.approx(count)
    assert len(times(plan)) == count


@pytest.mark.parametrize("profile", PROFILES)
def test_poisson_arrivals_are_as_many_as_the_rate_holds_but_for_chance(profile):
    plan = Plan(profile, 100, 100)
    for seed in range(5):
        count = len(times(plan, seed))
        assert abs(count - plan.expected) < 4 * plan.expected**0.5
    assert len({len(times(plan, seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("arrivals", list(Arrivals))
def test_times_rise_and_lie_within_the_run(profile, arrivals):
    found = times(Plan(profile, 50, 20, arrivals))
    assert found == sorted(found)
    assert found[0] >= 0
    assert found[-1] <= 20


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("arrivals", list(Arrivals))
def test_each_tenth_of_the_run_gets_what_the_rate_asks_of_it(profile, arrivals):
    plan = Plan(profile, 500, 100, arrivals)
    found = times(plan)
    for tenth in range(10):
        start, end = tenth * 10, tenth * 10 + 10
        expected = sum(plan.rate(start + (at + 0.5) / 100) / 100 for at in range(1000))
        count = sum(start <= each < end for each in found)
        slack = 1.5 if arrivals is Arrivals.EVEN else 4.5 * expected**0.5
        assert abs(count - expected) <= slack, tenth


def test_a_seed_repeats_its_arrivals_and_another_does_not():
    plan = Plan(Profile.SPIKE, 20, 10)
    assert times(plan, 7) == times(plan, 7)
    assert times(plan, 7) != times(plan, 8)


def test_gaps_of_independent_callers_are_exponential():
    found = times(Plan(Profile.STEADY, 100, 200))
    gaps = [later - sooner for sooner, later in itertools.pairwise(found)]
    mean = sum(gaps) / len(gaps)
    assert mean == pytest.approx(0.01, rel=0.05)
    # Of an exponential distribution this share is longer than its mean: 1/e.
    assert sum(gap > mean for gap in gaps) / len(gaps) == pytest.approx(0.3679, abs=0.02)


def test_even_gaps_are_the_same_while_the_rate_is():
    gaps = [b - a for a, b in itertools.pairwise(times(Plan(Profile.STEADY, 8, 10, Arrivals.EVEN)))]
    assert gaps == pytest.approx([1 / 8] * 79)


def test_no_more_are_due_than_the_most():
    for arrivals in Arrivals:
        assert len(times(Plan(Profile.STEADY, 100, 100, arrivals, most=7))) == 7


def test_a_spike_is_five_times_as_high_and_a_soak_rises_for_a_minute_at_most():
    spike = Plan(Profile.SPIKE, 10, 100)
    assert (spike.rate(39), spike.rate(40), spike.rate(59.9), spike.rate(60)) == (10, 50, 50, 10)
    assert spike.peak_rps == 50
    soak = Plan(Profile.SOAK, 10, 3600)
    assert (soak.rate(30), soak.rate(60), soak.rate(3599)) == (5, 10, 10)
    assert (soak.rate(-1), soak.rate(3600)) == (0, 0)


def test_a_stretch_reaches_its_ends_whichever_way_it_leans():
    for stretch in (Stretch(5, 15, 0, 10), Stretch(5, 15, 10, 0), Stretch(5, 15, 4, 4)):
        assert stretch.reached(stretch.expected) == pytest.approx(15)
        assert stretch.reached(1e-12) == pytest.approx(5, abs=1e-3)
