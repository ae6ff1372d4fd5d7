"""What a replay says adds up, and a config replayed against its own decisions changes nothing."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.config.snapshot import NO_RULES, Rules
from sixnines.domain.operation import Operation
from sixnines.domain.price import Price
from sixnines.domain.tier import Quality, Tier
from sixnines.domain.wishes import Wishes
from sixnines.engine.recorded import VERSION, Recorded, Wished
from sixnines.engine.replay import Replay
from sixnines.health.board import Board
from sixnines.health.state import HealthState
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.groups import price_of
from sixnines.routing.planner import Planner
from support import specs

PROVIDERS = "abcd"
BY_NAME = {each.info.name: each for each in STRATEGIES}
# What a replay does not know: how quick the answers are, what was learned from them, and what lots were drawn.
UNKNOWN_THEN = {"least_latency", "adaptive"}
FOR_MODELS = sorted(name for name in BY_NAME if name != "quality" and name not in UNKNOWN_THEN)
FOR_ROUTES = sorted({*BY_NAME} - UNKNOWN_THEN)


@st.composite
def snapshots(draw):
    models = []
    saturation = {name: draw(st.sampled_from([None, 0.5])) for name in PROVIDERS}
    for number in range(draw(st.integers(1, 3))):
        names = draw(st.lists(st.sampled_from(PROVIDERS), min_size=1, max_size=3, unique=True))
        deployments = [
            specs.deployment(
                name,
                weight=draw(st.integers(0, 3)),
                window=draw(st.sampled_from([None, 512, 8192])),
                price=draw(st.sampled_from([None, Price(0, 0), Price(10**6, 10**6)])),
                local=name in "ab",
                max_in_flight=2,
                saturation=saturation[name],
            )
            for name in names
        ]
        chain = tuple(f"m{other}" for other in range(number) if draw(st.booleans()))
        model = specs.model(f"m{number}", *deployments, strategy=draw(st.sampled_from(FOR_MODELS)), chain=chain)
        rules = draw(st.sampled_from([NO_RULES, NO_RULES, Rules(local_only=True)]))
        models.append(replace(model, rules=rules, tier=draw(st.sampled_from([None, *Tier]))))
    route = specs.route("r", *[each.name for each in models], strategy=draw(st.sampled_from(FOR_ROUTES)))
    return specs.snapshot(*models, routes=(route,), providers={name: specs.provider(name) for name in PROVIDERS})


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["m0", "r"]),
        st.sampled_from([0, 5000]),
        st.builds(
            Wishes,
            session=st.sampled_from(["", "s1", "s2", "s3"]),
            quality=st.none() | st.sampled_from(Quality),
            local_only=st.booleans(),
            deny=st.sets(st.sampled_from(PROVIDERS), max_size=1).map(frozenset),
            pin=st.none() | st.sampled_from(PROVIDERS),
        ),
        st.dictionaries(st.sampled_from(PROVIDERS), st.sampled_from(["down", "full"]), max_size=2),
    ),
    max_size=30,
)


def recording(snapshot, requests):
    """The decisions of a gateway about these requests, each at a moment of its own."""
    board = Board(snapshot)
    planner = Planner(snapshot, BY_NAME, board, random.Random(0).random)
    for asked, tokens_floor, wishes, states in requests:
        for name in PROVIDERS:
            provider = board.provider(specs.provider(name, max_in_flight=2))
            provider.found(HealthState.DOWN if states.get(name) == "down" else HealthState.HEALTHY, "drawn")
            provider.places.in_flight = 1 if states.get(name) == "full" else 0
        ask = Ask(Operation.CHAT, tokens_floor, wishes)
        plan = planner.plan(snapshot.resolve(asked), ask, 0.0)
        first = plan.candidates[0].deployment if plan.candidates else None
        yield Recorded(
            v=VERSION, at=0.0, id="0", asked=asked, name=asked, operation=Operation.CHAT, stream=False,
            tokens_floor=tokens_floor, prompt_tokens=ask.prompt_tokens, answer_tokens=ask.answer_tokens, outcome="ok",
            conversation=wishes.session or None,
            wishes=Wished(wishes.quality, wishes.local_only, tuple(wishes.deny), wishes.pin),
            order=[each.deployment.id for each in plan.candidates], skipped=plan.skipped,
            window=None if first is None else first.context_window, price=None if first is None else price_of(first),
        )  # fmt: skip


def replayed(snapshot, records):
    replay = Replay(snapshot, BY_NAME, random.Random(0).random)
    for each in records:
        replay.add(each)
    return replay.changes()


@given(snapshots(), REQUESTS)
@settings(max_examples=80, deadline=None)
def test_a_config_replayed_against_its_own_decisions_leaves_nobody_without_who_had_somebody(snapshot, requests):
    records = list(recording(snapshot, requests))
    changes = replayed(snapshot, records)
    assert sum(each.nobody for each in changes) == sum(not each.order for each in records)


@given(snapshots(), REQUESTS)
@settings(max_examples=80, deadline=None)
def test_a_config_replayed_against_its_own_decisions_changes_nothing_that_load_does_not(snapshot, requests):
    used = {each.strategy for each in (*snapshot.models.values(), *snapshot.routes.values())}
    if used & {"least_busy", "sticky", "least_cost"}:  # these go by requests in flight, which are not recorded
        return
    for each in replayed(snapshot, recording(snapshot, requests)):
        assert each.moves == []
        assert each.cost_before_micros == each.cost_after_micros


@given(snapshots(), snapshots(), REQUESTS)
@settings(max_examples=80, deadline=None)
def test_all_requests_are_accounted_for_and_it_is_the_same_each_time(old, new, requests):
    records = list(recording(old, requests))
    changes = replayed(new, records)
    assert changes == replayed(new, records)
    assert sum(each.requests for each in changes) == len(records)
    for each in changes:
        asked = [one for one in records if one.asked == each.asked]
        assert each.requests == len(asked)
        assert each.elsewhere == sum(move.requests for move in each.moves) <= each.requests
        assert 0 <= each.smaller_window <= each.elsewhere
        assert sum(each.refusals.values()) == each.nobody
        assert all(move.requests > 0 and move.before != move.after for move in each.moves)
        leaving = {}
        for move in each.moves:
            leaving[move.before] = leaving.get(move.before, 0) + move.requests
        led = [one.order[0] if one.order else None for one in asked]
        assert all(count <= led.count(leader) for leader, count in leaving.items())
