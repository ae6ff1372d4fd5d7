"""What is said of chances comes true: of many requests each deployment leads as many as was expected."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.config.snapshot import NO_RULES, Rules
from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.health.board import Board
from sixnines.health.state import HealthState
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.planner import Planner
from support import specs

ASKS = st.sampled_from([Ask(Operation.CHAT, 0, priority=each) for each in (Priority.NORMAL, Priority.BATCH)])
REQUESTS = 60
# Turns are spread evenly, so that nobody is ever ahead or behind by more than some turns, however many there are.
MOST_AHEAD = 3
PROVIDERS = "abcdef"
STATES = st.sampled_from([HealthState.HEALTHY, HealthState.HEALTHY, HealthState.DOWN])
BY_SHARES = ["ordered", "weighted", "round_robin", "context"]


@st.composite
def gateways(draw):
    """A snapshot with a route and its models, and a board on which some providers are down, full or cold."""
    models = []
    saturation = {name: draw(st.sampled_from([None, 0.5])) for name in PROVIDERS}
    for number in range(draw(st.integers(1, 3))):
        names = draw(st.lists(st.sampled_from(PROVIDERS), min_size=1, max_size=3, unique=True))
        deployments = [
            specs.deployment(
                name,
                weight=draw(st.integers(0, 3)),
                window=draw(st.sampled_from([None, 512, 8192])),
                max_in_flight=2,
                saturation=saturation[name],
                local=name in "abc",
            )
            for name in names
        ]
        rules = draw(st.sampled_from([NO_RULES, Rules(prefer_warm=True)]))
        chain = tuple(f"m{other}" for other in range(number) if draw(st.booleans()))
        model = specs.model(f"m{number}", *deployments, strategy=draw(st.sampled_from(BY_SHARES)), chain=chain)
        models.append(replace(model, rules=rules))
    route = specs.route("r", *[each.name for each in models], strategy=draw(st.sampled_from([*BY_SHARES, "quality"])))
    snapshot = specs.snapshot(*models, routes=(route,))
    board = Board(snapshot)
    for name in PROVIDERS:
        provider = board.provider(specs.provider(name, max_in_flight=2))
        provider.found(draw(STATES), "drawn")
        provider.places.in_flight = draw(st.integers(0, 1))
        provider.resident = draw(st.sampled_from([None, frozenset(), frozenset({"m"})]))
    return snapshot, board, draw(st.sampled_from([*models, route]))


def planner(snapshot, board):
    return Planner(snapshot, {each.info.name: each for each in STRATEGIES}, board, lambda: 0.0)


@given(gateways(), ASKS)
@settings(max_examples=150, deadline=None)
def test_each_deployment_leads_as_often_as_expected(gateway, ask):
    snapshot, board, target = gateway
    plans = planner(snapshot, board)
    chances = plans.chances(target, ask, 0.0)
    if chances is None:
        return
    assert abs(sum(chances.values()) - 1) < 1e-9
    leads = Counter(plans.plan(target, ask, 0.0).candidates[0].deployment.id for _ in range(REQUESTS))
    ahead = {name: leads[name] - REQUESTS * chances.get(name, 0.0) for name in {*leads, *chances}}
    assert all(abs(each) <= MOST_AHEAD for each in ahead.values()), ahead


@given(gateways(), ASKS)
@settings(max_examples=150, deadline=None)
def test_a_rehearsal_is_the_next_plan_and_uses_up_nobodys_turn(gateway, ask):
    snapshot, board, target = gateway
    rehearsed, alone = planner(snapshot, board), planner(snapshot, board)
    for _ in range(8):
        foreseen = rehearsed.rehearse(target, ask, 0.0)
        assert foreseen == rehearsed.rehearse(target, ask, 0.0)
        plan = rehearsed.plan(target, ask, 0.0)
        assert foreseen.plan == plan == alone.plan(target, ask, 0.0)
        assert foreseen.chances == rehearsed.chances(target, ask, 0.0)
