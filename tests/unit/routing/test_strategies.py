"""Each strategy by its formula."""

from collections import Counter
from random import Random

import pytest

from sixnines.dialects.call import Call
from sixnines.domain.operation import Dialect, Operation
from sixnines.domain.price import Price
from sixnines.domain.tier import Quality, Tier
from sixnines.domain.wishes import Wishes
from sixnines.routing.ask import Ask
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.strategies.complexity import ComplexityScore
from sixnines.routing.strategies.context import Context
from sixnines.routing.strategies.least_busy import LeastBusy
from sixnines.routing.strategies.least_cost import LeastCost
from sixnines.routing.strategies.least_latency import LeastLatency
from sixnines.routing.strategies.quality import QualityTier
from sixnines.routing.strategies.round_robin import RoundRobin
from sixnines.routing.strategies.sticky import Sticky


class Loads:
    def __init__(self, in_flight=None, first_token_s=None):
        self.busy, self.slow = in_flight or {}, first_token_s or {}

    def in_flight(self, index):
        return self.busy.get(index, 0)

    def first_token_s(self, index, now):
        return self.slow.get(index)


def call(body=b'{"model": "m", "messages": []}', max_tokens=None, operation=Operation.CHAT):
    return Call(
        operation, Dialect.OPENAI, "m", body, frozenset(), stream=False, include_usage=False, max_tokens=max_tokens,
        parse=lambda body: None,
    )  # fmt: skip


def chat(*messages, **more):
    import json

    return json.dumps(
        {"model": "m", "messages": [{"role": role, "content": text} for role, text in messages], **more}
    ).encode()


def scene(*, busy=None, slow=None, wishes=None, body=b'{"model": "m", "messages": []}', max_tokens=None, seed=1):
    ask = Ask(Operation.CHAT, wishes=wishes or Wishes(), call=call(body, max_tokens))
    return Scene(ask, Loads(busy, slow), 0.0, Random(seed).random)


def ordering(strategy, *options):
    return strategy.ordering(Site("m", "m", strategy.info.name, options))


def test_complexity_goes_to_the_class_then_up_then_down():
    from sixnines.domain.complexity import Complexity

    options = [
        Option("small", tier=Tier.LOCAL), Option("large", tier=Tier.PREMIUM), Option("middle", tier=Tier.STANDARD),
        Option("plain"), Option("declared", tier=Tier.LOCAL, complexity=Complexity.COMPLEX),
    ]  # fmt: skip
    orders = ordering(ComplexityScore(), *options)
    easy = chat(("user", "Translate to German: good morning"))
    hard = chat(
        (
            "user",
            "Prove that the square root of two is irrational, derive the bounds and design an algorithm. Analyse the trade-offs.",
        )
    )
    assert orders.order(range(5), scene(body=easy)) == [0, 2, 1, 4, 3]
    assert set(orders.order(range(5), scene(body=hard))[:2]) == {1, 4}
    assert orders.order([0, 2, 3], scene(body=hard)) == [2, 0, 3]
    assert orders.shares([0, 1, 4], scene(body=hard)) == [0.0, 0.5, 0.5]


def named(*names, **common):
    return [Option(name, **common) for name in names]


def test_round_robin_gives_everybody_a_turn():
    orders = ordering(RoundRobin(), *named("a", "b", "c"))
    assert [orders.order([0, 1, 2], scene())[0] for _ in range(6)] == [0, 1, 2, 0, 1, 2]
    assert [orders.order([0, 2], scene())[0] for _ in range(4)] == [0, 2, 0, 2]


def test_least_busy_goes_by_requests_for_each_unit_of_weight():
    orders = ordering(LeastBusy(), Option("a", 1), Option("b", 4), Option("c", 0))
    assert orders.order([0, 1, 2], scene(busy={0: 1, 1: 2})) == [1, 0, 2]
    assert orders.order([0, 1, 2], scene(busy={0: 1, 1: 5})) == [0, 1, 2]
    leaders = Counter(orders.order([0, 1, 2], scene())[0] for _ in range(10))
    assert leaders == {0: 2, 1: 8}


def test_least_latency_asks_the_better_of_two_drawn():
    orders = ordering(LeastLatency(), *named("a", "b", "c"))
    slow = {0: 1.0, 1: 0.1, 2: 0.5}
    leaders = Counter(orders.order([0, 1, 2], scene(slow=slow, seed=seed))[0] for seed in range(3000))
    # Of three pairs the best is in two, the second in one without the best, and the worst never wins.
    assert leaders[1] == pytest.approx(2000, abs=120)
    assert leaders[2] == pytest.approx(1000, abs=120)
    assert leaders[0] == 0
    assert orders.order([0, 1], scene(slow=slow)) == [1, 0]


def test_least_latency_counts_who_is_there_already_and_tries_what_it_does_not_know():
    orders = ordering(LeastLatency(), *named("a", "b"))
    assert orders.order([0, 1], scene(slow={0: 0.1, 1: 0.3}, busy={0: 5})) == [1, 0]
    assert orders.order([0, 1], scene(slow={0: 0.1}, busy={0: 1})) == [1, 0]


def test_least_cost_weighs_prompt_and_answer_of_this_request():
    orders = ordering(
        LeastCost(), Option("talks", price=Price(1, 10)), Option("reads", price=Price(5, 1)), Option("unknown")
    )
    assert orders.order([0, 1, 2], scene(max_tokens=1000)) == [1, 0, 2]
    assert orders.order([0, 1, 2], scene(body=chat(("user", "word " * 80_000)), max_tokens=1)) == [0, 1, 2]
    assert orders.shares([0, 1, 2], scene(max_tokens=1000)) == [0.0, 1.0, 0.0]


def test_least_cost_sends_equals_where_there_is_most_room():
    orders = ordering(LeastCost(), *named("a", "b", price=Price(0, 0)))
    assert orders.order([0, 1], scene(busy={0: 3})) == [1, 0]
    assert orders.shares([0, 1], scene()) is None


def test_context_picks_the_smallest_window_that_holds_the_request():
    orders = ordering(Context(), Option("large", window=100_000), Option("small", window=4_000), Option("unknown"))
    assert orders.order([0, 1, 2], scene(max_tokens=100)) == [1, 0, 2]
    assert orders.order([0, 1, 2], scene(body=chat(("user", "word " * 8_000)), max_tokens=100)) == [0, 2, 1]
    assert orders.order([0, 1, 2], scene(body=chat(("user", "word " * 800_000)))) == [2, 0, 1]


def test_quality_goes_to_the_tier_then_up_then_down():
    tiers = [
        Option("local", tier=Tier.LOCAL),
        Option("best", tier=Tier.PREMIUM),
        Option("mid", tier=Tier.STANDARD),
        Option("none"),
    ]
    orders = ordering(QualityTier(), *tiers)
    everyone = [0, 1, 2, 3]
    assert orders.order(everyone, scene()) == [1, 2, 0, 3]
    assert orders.order(everyone, scene(wishes=Wishes(quality=Quality.STANDARD))) == [2, 1, 0, 3]
    assert orders.order(everyone, scene(wishes=Wishes(quality=Quality.DRAFT))) == [2, 1, 0, 3]
    assert orders.order([0, 1], scene(wishes=Wishes(quality=Quality.HIGH))) == [1, 0]


def leader(orders, eligible=(0, 1, 2), **about):
    return orders.order(list(eligible), scene(**about))[0]


@pytest.fixture
def sticky():
    return ordering(Sticky(), *named("a/m", "b/m", "c/m"))


def test_a_session_stays_where_it_is_and_sessions_spread(sticky):
    places = {name: leader(sticky, wishes=Wishes(session=name)) for name in map(str, range(300))}
    assert all(leader(sticky, wishes=Wishes(session=name)) == place for name, place in places.items())
    assert all(70 < count < 130 for count in Counter(places.values()).values())


def test_only_the_sessions_of_one_that_is_gone_move_and_they_come_back(sticky):
    sessions = [Wishes(session=str(number)) for number in range(200)]
    before = [leader(sticky, wishes=each) for each in sessions]
    without = [leader(sticky, (0, 2), wishes=each) for each in sessions]
    assert all(now == then for now, then in zip(without, before, strict=True) if then != 1)
    assert {now for now, then in zip(without, before, strict=True) if then == 1} == {0, 2}
    assert [leader(sticky, wishes=each) for each in sessions] == before


def test_sessions_spread_by_weight():
    orders = ordering(Sticky(), Option("a", 3), Option("b", 1), Option("c", 0))
    counts = Counter(leader(orders, wishes=Wishes(session=str(number))) for number in range(2000))
    assert counts[0] == pytest.approx(1500, abs=80)
    assert counts[2] == 0


def test_later_turns_of_a_conversation_go_where_the_first_went(sticky):
    turns = [("system", "be kind"), ("user", "what is a gateway?"), ("assistant", "A thing."), ("user", "and a fleet?")]
    for number in range(50):
        first = [turns[0], ("user", f"{number} {turns[1][1]}")]
        assert leader(sticky, body=chat(*first)) == leader(sticky, body=chat(*first, *turns[2:]))
    places = {leader(sticky, body=chat(turns[0], ("user", str(number)))) for number in range(50)}
    assert places == {0, 1, 2}


def test_a_session_goes_before_the_user_and_the_user_before_the_prompt(sticky):
    by_user = {leader(sticky, body=chat(("user", str(number)), user="u")) for number in range(30)}
    assert len(by_user) == 1
    by_session = {
        leader(sticky, body=chat(("user", "x"), user=str(number)), wishes=Wishes(session="s")) for number in range(30)
    }
    assert len(by_session) == 1


def test_a_place_with_more_than_its_part_passes_the_conversation_on(sticky):
    wishes = Wishes(session="s")
    home = leader(sticky, wishes=wishes)
    assert leader(sticky, wishes=wishes, busy={home: 3}) == home
    order = sticky.order([0, 1, 2], scene(wishes=wishes))
    assert sticky.order([0, 1, 2], scene(wishes=wishes, busy={home: 9})) == [order[1], order[0], order[2]]


@pytest.mark.parametrize("body", [b'{"messages": 5}', b'{"messages": ["x"]}', b'{"user": 5}', b"{}", b"[" * 5000])
def test_a_request_of_no_conversation_goes_to_the_least_busy(sticky, body):
    assert leader(sticky, body=body, busy={0: 1, 1: 1}) in ({2} if b'["x"]' not in body else {0, 1, 2})
