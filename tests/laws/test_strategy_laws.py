"""Laws that every registered strategy keeps, and the exact shares of those that have any."""

import itertools
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.domain.operation import Operation
from sixnines.domain.price import Price
from sixnines.domain.tier import Quality, Tier
from sixnines.domain.wishes import Wishes
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.strategies.weighted import Weighted

WEIGHTS = st.lists(st.integers(0, 9), min_size=1, max_size=6)
OPTIONS = st.lists(
    st.builds(
        Option,
        st.uuids().map(str),
        st.integers(0, 9),
        st.none() | st.integers(1, 100_000),
        st.none() | st.sampled_from(Tier),
        st.none() | st.builds(Price, st.integers(0, 10**9), st.integers(0, 10**9)),
    ),
    min_size=1,
    max_size=6,
).map(tuple)
ASKS = st.builds(
    Ask,
    st.sampled_from(Operation),
    wishes=st.builds(Wishes, session=st.text(max_size=3), quality=st.none() | st.sampled_from(Quality)),
)

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.info.name)


class Loads:
    """As drawn."""

    def __init__(self, in_flight=(), first_token_s=()):
        self._in_flight, self._first_token_s = in_flight, first_token_s

    def in_flight(self, index):
        return self._in_flight[index] if index < len(self._in_flight) else 0

    def first_token_s(self, index, now):
        return self._first_token_s[index] if index < len(self._first_token_s) else None


@st.composite
def scenes(draw, count):
    load = Loads(
        draw(st.lists(st.integers(0, 9), min_size=count, max_size=count)),
        draw(st.lists(st.none() | st.floats(0.001, 100), min_size=count, max_size=count)),
    )
    return Scene(draw(ASKS), load, 0.0, Random(draw(st.integers(0, 99))).random)


def twice(scene):
    """The scene for two who draw the same lots."""
    seed = scene.draw()
    return [Scene(scene.ask, scene.load, scene.now, Random(seed).random) for _ in range(2)]


def ordering(strategy, options):
    return strategy.ordering(Site("asked", "", strategy.info.name, options))


def weighted(weights):
    return ordering(Weighted(), tuple(Option(str(index), each) for index, each in enumerate(weights)))


def plain_scene():
    return Scene(Ask(Operation.CHAT), Loads(), 0.0, lambda: 0.0)


def subsets(data, count):
    return sorted(data.draw(st.sets(st.sampled_from(range(count)), min_size=1)))


@each_strategy
@given(options=OPTIONS, data=st.data())
def test_an_order_is_a_permutation_of_what_was_eligible(strategy, options, data):
    orders = ordering(strategy, options)
    for _ in range(5):
        eligible = subsets(data, len(options))
        assert sorted(orders.order(eligible, data.draw(scenes(len(options))))) == eligible


@each_strategy
@given(options=OPTIONS, data=st.data())
def test_the_same_history_gives_the_same_orders(strategy, options, data):
    one, two = ordering(strategy, options), ordering(strategy, options)
    for _ in range(5):
        scene = data.draw(scenes(len(options)))
        first, again = twice(scene)
        everything = range(len(options))
        assert one.order(everything, first) == two.order(everything, again)


@each_strategy
@given(options=OPTIONS, data=st.data())
def test_expected_shares_are_shares_and_asking_for_them_uses_up_no_turn(strategy, options, data):
    one, two = ordering(strategy, options), ordering(strategy, options)
    eligible = subsets(data, len(options))
    for _ in range(3):
        scene = data.draw(scenes(len(options)))
        chances = [scene.draw() for _ in range(20)]
        shares = two.shares(eligible, scene)
        if shares is not None:
            assert len(shares) == len(eligible)
            assert sum(shares) == pytest.approx(1)
            assert all(share >= 0 for share in shares)
        first = Scene(scene.ask, scene.load, scene.now, iter(chances).__next__)
        again = Scene(scene.ask, scene.load, scene.now, iter(chances).__next__)
        assert one.order(eligible, first) == two.order(eligible, again)


@each_strategy
@given(options=OPTIONS, data=st.data())
def test_leaders_have_the_expected_shares(strategy, options, data):
    """For a request that is asked again and again while nothing changes."""
    eligible = subsets(data, len(options))
    orders, scene = ordering(strategy, options), plain_scene()
    shares = orders.shares(eligible, scene)
    if shares is None:
        return
    rounds = sum(option.weight for option in options) * len(options) or 1
    leaders = Counter(orders.order(eligible, scene)[0] for _ in range(rounds))
    for index, share in zip(eligible, shares, strict=True):
        assert leaders[index] == pytest.approx(share * rounds, abs=len(options))


@given(WEIGHTS)
def test_weighted_leads_exactly_in_proportion(weights):
    orders = weighted(weights)
    leaders = Counter(orders.order(range(len(weights)), plain_scene())[0] for _ in range(sum(weights)))
    assert all(leaders[index] == weight for index, weight in enumerate(weights))


@given(WEIGHTS)
def test_weighted_spreads_a_leaders_turns(weights):
    """No choice waits longer than two rounds of its share (smooth, not in runs)."""
    total = sum(weights)
    orders = weighted(weights)
    leaders = [orders.order(range(len(weights)), plain_scene())[0] for _ in range(total * 3)]
    for index, weight in enumerate(weights):
        turns = [at for at, leader in enumerate(leaders) if leader == index]
        assert all(later - earlier <= 2 * (total / weight) + 1 for earlier, later in itertools.pairwise(turns))


def test_a_weight_of_zero_leads_only_alone():
    orders = weighted([0, 1])
    assert [orders.order([0, 1], plain_scene())[0] for _ in range(5)] == [1] * 5
    assert orders.order([0], plain_scene()) == [0]
