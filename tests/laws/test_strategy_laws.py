"""Laws that every registered strategy keeps, and the exact shares of `weighted`."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.registry import STRATEGIES
from sixnines.routing.strategies.weighted import Weighted

WEIGHTS = st.lists(st.integers(0, 9), min_size=1, max_size=6)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
@given(weights=WEIGHTS, data=st.data())
def test_an_order_is_a_permutation_of_what_was_eligible(strategy, weights, data):
    memory = [0] * len(weights)
    for _ in range(5):
        eligible = sorted(data.draw(st.sets(st.sampled_from(range(len(weights))), min_size=1)))
        assert sorted(strategy.order(eligible, weights, memory)) == eligible


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
@given(weights=WEIGHTS)
def test_the_same_history_gives_the_same_orders(strategy, weights):
    everything = range(len(weights))
    one, two = [0] * len(weights), [0] * len(weights)
    for _ in range(20):
        assert strategy.order(everything, weights, one) == strategy.order(everything, weights, two)


@given(WEIGHTS)
def test_weighted_leads_exactly_in_proportion(weights):
    total = sum(weights)
    memory = [0] * len(weights)
    leaders = Counter(Weighted().order(range(len(weights)), weights, memory)[0] for _ in range(total))
    assert all(leaders[index] == weight for index, weight in enumerate(weights))


@given(WEIGHTS)
def test_weighted_spreads_a_leaders_turns(weights):
    """No choice waits longer than two rounds of its share (smooth, not in runs)."""
    total = sum(weights)
    memory = [0] * len(weights)
    leaders = [Weighted().order(range(len(weights)), weights, memory)[0] for _ in range(total * 3)]
    for index, weight in enumerate(weights):
        turns = [at for at, leader in enumerate(leaders) if leader == index]
        assert all(later - earlier <= 2 * (total / weight) + 1 for earlier, later in itertools.pairwise(turns))


def test_a_weight_of_zero_leads_only_alone():
    memory = [0, 0]
    assert [Weighted().order([0, 1], [0, 1], memory)[0] for _ in range(5)] == [1] * 5
    assert Weighted().order([0], [0, 1], memory) == [0]
