"""Evidence: what is expected of a choice, and how it fades."""

import pytest

from sixnines.domain.reward import RewardWeights
from sixnines.routing.evidence import Evidence, Moments, expected, faded
from support.learning import GOOD, SLOW, Pupil


def moments(*values):
    found = Moments()
    for value in values:
        found.add(value)
    return found


def test_half_of_the_weight_is_left_after_a_half_life():
    assert faded(0, 100) == 1.0
    assert faded(100, 100) == 0.5
    assert faded(300, 100) == 0.125
    assert faded(-5, 100) == 1.0
    assert faded(2**53, 1) == 0.0


def test_a_belief_begins_with_what_is_assumed_and_much_doubt():
    nothing = Moments().belief(0.6, 1.0)
    assert nothing.mean == 0.6
    assert nothing.variance == pytest.approx(0.15**2)


def test_a_belief_comes_to_the_mean_of_what_was_seen_and_grows_surer():
    few, many = moments(*[0.2, 0.4] * 2).belief(0.9, 1.0), moments(*[0.2, 0.4] * 200).belief(0.9, 1.0)
    assert few.mean == pytest.approx((0.9 + 4 * 0.3) / 5)
    assert many.mean == pytest.approx(0.3, abs=0.005)
    assert many.variance < few.variance / 50


def test_values_far_apart_leave_more_doubt_than_equal_ones():
    assert moments(0.0, 1.0, 0.0, 1.0).belief(0.5, 1.0).variance > moments(0.5, 0.5, 0.5, 0.5).belief(0.5, 1.0).variance


def test_the_variance_is_that_of_the_mean():
    """With one value of 0.5 assumed: the mean square distance from the mean, the doubt added, over the number."""
    assert moments(0.0, 1.0).belief(0.5, 1.0).variance == pytest.approx((0.15**2 + 0.5) / 9)


def test_what_faded_counts_for_less_and_the_mean_goes_back_to_what_is_assumed():
    seen = moments(*[0.1] * 10)
    assert seen.belief(0.9, 1.0).mean < seen.belief(0.9, 0.1).mean < seen.belief(0.9, 0.0).mean == 0.9


def test_a_correction_is_as_if_the_first_value_had_not_been():
    corrected, once = moments(0.3), moments(0.3)
    corrected.add(0.9, 0.5)
    corrected.correct(0.9, 0.2, 0.5)
    once.add(0.2, 0.5)
    assert corrected.count == once.count
    assert corrected.total == pytest.approx(once.total)
    assert corrected.square == pytest.approx(once.square)


def test_the_dust_of_rounding_never_makes_a_sum_negative():
    seen = Moments()
    seen.add(0.7, 0.1)
    for _ in range(3):
        seen.fade(0.1 / 3)
    seen.correct(0.7, 0.0, 0.1 * (0.1 / 3) ** 3 * (1 + 1e-9))
    assert seen.total >= 0.0
    assert seen.square >= 0.0


def test_the_reward_is_success_times_the_weighted_average_of_the_parts():
    one = Evidence()
    for _ in range(10_000):
        one.success.add(1.0)
        one.speed.add(0.8)
        one.thrift.add(0.4)
    found = expected(one, one, 0, half_life=100, weights=RewardWeights(success=2.0, speed=1.0, cost=1.0, feedback=5.0))
    assert found.mean == pytest.approx((2 + 0.8 + 0.4) / 4, abs=0.001)
    for _ in range(10_000):
        one.success.add(0.0)
    halved = expected(one, one, 0, half_life=100, weights=RewardWeights(success=2.0, speed=1.0, cost=1.0))
    assert halved.mean == pytest.approx(found.mean / 2, abs=0.001)


def test_a_part_that_nobody_has_seen_is_left_out():
    one = Evidence()
    one.success.add(1.0)
    one.speed.add(0.5)
    with_feedback = RewardWeights(success=1.0, speed=1.0, cost=0.0, feedback=1.0)
    without = RewardWeights(success=1.0, speed=1.0, cost=0.0, feedback=0.0)
    assert expected(one, one, 0, half_life=100, weights=with_feedback) == expected(
        one, one, 0, half_life=100, weights=without
    )


def test_where_only_feedback_counts_success_does_until_there_is_any():
    pupil = Pupil(2, weights=RewardWeights(success=0.0, speed=0.0, cost=0.0, feedback=1.0))
    pupil.tell(0, GOOD, 50)
    pupil.tell(1, None, 50)
    assert pupil.expected(0).mean > 0.9
    assert pupil.expected(1).mean < 0.2


def test_of_who_was_never_seen_the_usual_is_expected_with_more_doubt():
    pupil = Pupil(3)
    pupil.tell(0, GOOD, 30)
    pupil.tell(1, SLOW, 30)
    good, slow, new = map(pupil.expected, range(3))
    assert slow.mean < new.mean < good.mean
    assert new.variance > 20 * good.variance


def test_what_is_not_seen_any_more_is_doubted_more_and_more():
    pupil = Pupil(2, half_life=50)
    pupil.tell(0, SLOW, 20)
    before = pupil.expected(0)
    pupil.tell(1, GOOD, 500)
    after = pupil.expected(0)
    assert after.variance > 10 * before.variance
    assert after.mean > before.mean + 0.1
