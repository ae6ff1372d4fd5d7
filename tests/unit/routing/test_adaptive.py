"""The strategy `adaptive`: who leads, what is owed, and what may be spent."""

import itertools
from collections import Counter

from sixnines.domain.operation import Operation
from sixnines.domain.reward import RewardWeights
from sixnines.routing.ask import Ask
from sixnines.routing.buckets import bucket, buckets
from sixnines.routing.learned import Outcome
from support.learning import GOOD, KIND, SLOW, Pupil


def leads(pupil, times, **scene):
    return Counter(pupil.order(**scene)[0] for _ in range(times))


def settled(count=4, **settings):
    """One that knows well that `0` is good and the others are slow."""
    pupil = Pupil(count, **settings)
    for _ in range(60):
        for index in range(count):
            pupil.tell(index, SLOW if index else GOOD)
    return pupil


def test_the_best_leads_nearly_always_and_the_others_their_least_share():
    found = leads(settled(explore=0.02, max_regret=0.1), 1000)
    assert found[0] >= 930
    assert all(found[index] >= 19 for index in (1, 2, 3))


def test_nobody_is_tried_out_who_is_known_to_be_worse_where_that_may_cost_nothing():
    assert leads(settled(explore=0.5, max_regret=0.0), 500) == {0: 500}


def test_least_shares_give_way_where_they_would_cost_more_than_may_be_spent():
    found = leads(settled(explore=0.3, max_regret=0.06), 1000)
    assert found[0] >= 1000 - 60 - 5
    assert all(15 <= found[index] <= 30 for index in (1, 2, 3))


def test_who_may_be_as_good_is_tried_without_being_owed_anything():
    pupil = Pupil(2, explore=0.0, max_regret=0.0)
    pupil.tell(0, GOOD, 3)
    assert leads(pupil, 200)[1] > 20
    assert pupil.place.tally.worse == 0


def test_luck_that_always_prefers_the_worse_is_followed_as_far_as_it_may_cost():
    pupil = Pupil(2, explore=0.0, max_regret=0.1, half_life=100_000)
    for _ in range(30):
        pupil.tell(0, Outcome(0.1, 0.0))
        pupil.tell(1, Outcome(0.2, 0.0))
    # The best draws a 0, the other one 8.3 standard deviations more than is expected of it.
    pupil.draw = itertools.cycle([1 - 1e-15, 0.25]).__next__
    found = leads(pupil, 200)
    assert found[1] == pupil.place.tally.worse
    assert 15 <= found[1] <= 20


def test_those_behind_the_leader_follow_by_what_is_expected_of_them():
    pupil = settled(3)
    pupil.tell(1, GOOD, 60)
    for _ in range(50):
        order = pupil.order()
        assert [each for each in order if each != order[0]] == [each for each in (0, 1, 2) if each != order[0]]


def test_where_others_go_before_nothing_is_tried_and_nothing_noted():
    pupil = settled(explore=0.2, max_regret=1.0)
    assert len({tuple(pupil.order(leads=False)) for _ in range(50)}) == 1
    assert leads(pupil, 20, leads=False) == {0: 20}
    assert pupil.place.tally.decisions == 0
    assert pupil.place.bucket(KIND).owed == {}


def test_what_is_learned_of_one_kind_of_request_says_nothing_of_another():
    pupil = settled(2)
    embedding = Ask(Operation.EMBEDDING)
    other = pupil.place.bucket(bucket(embedding))
    assert other.expected("0", half_life=200, weights=RewardWeights()) == other.expected(
        "1", half_life=200, weights=RewardWeights()
    )


def test_a_change_of_the_best_is_followed():
    pupil = settled(2, half_life=50)
    for _ in range(200):
        index = pupil.order()[0]
        pupil.tell(index, GOOD if index else None)
    assert leads(pupil, 100)[1] >= 80


def test_the_cheaper_of_two_leads_where_only_cost_counts():
    pupil = Pupil(2, weights=RewardWeights(success=0.0, speed=0.0, cost=1.0, feedback=0.0))
    for _ in range(50):
        pupil.tell(0, Outcome(0.1, 50_000.0))
        pupil.tell(1, Outcome(9.0, 100.0))
    assert leads(pupil, 100)[1] >= 90


def test_who_has_no_price_is_taken_for_the_dearest():
    pupil = Pupil(2, weights=RewardWeights(success=0.0, speed=0.0, cost=1.0, feedback=0.0))
    for _ in range(50):
        pupil.tell(0, Outcome(0.1, None))
        pupil.tell(1, Outcome(0.1, 500_000.0))
    assert leads(pupil, 100)[1] >= 90


def test_the_tally_tells_the_best_from_the_plausible_and_the_worse():
    pupil = settled(explore=0.02, max_regret=0.1)
    leads(pupil, 500)
    tally = pupil.place.tally
    assert tally.decisions == tally.best + tally.plausible + tally.worse == 500
    assert 25 <= tally.worse <= 50 + 5
    assert tally.acting == tally.chosen < tally.highest


def test_in_a_shadow_the_tally_compares_with_who_leads_in_fact():
    pupil = settled(2)
    for _ in range(100):
        pupil.order(acting=1)
    tally = pupil.place.tally
    assert tally.shadowed == 100
    assert 90 <= tally.other <= 98
    assert tally.acting < tally.chosen


def test_every_kind_of_request_is_one_of_few():
    assert len(buckets()) == len({*buckets()}) == 15
    assert bucket(Ask(Operation.CHAT)) in buckets()
    assert bucket(Ask(Operation.EMBEDDING)) in buckets()
