"""Plans: filters, groups, last resort."""

from collections import Counter

from sixnines.config.snapshot import PatternSpec, QueueSettings
from sixnines.domain.candidate import Facts
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.health.board import Board
from sixnines.health.state import HealthState
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.planner import Planner
from support import specs

CHAT = Ask(Operation.CHAT, 0)


def planner(snapshot, board=None):
    strategies = {each.info.name: each for each in STRATEGIES}
    return Planner(snapshot, strategies, board or Board(snapshot), lambda: 0.0)


def ids(plan):
    return [each.deployment.id for each in plan.candidates]


def test_deployments_come_in_config_order_and_then_the_fallbacks():
    first = specs.model("first", specs.deployment("a"), specs.deployment("b"), chain=("second",))
    second = specs.model("second", specs.deployment("c"))
    snapshot = specs.snapshot(first, second)
    assert ids(planner(snapshot).plan(first, CHAT, 0.0)) == ["a/m", "b/m", "c/m"]


def test_a_deployment_that_two_models_share_is_planned_once():
    first = specs.model("first", specs.deployment("a"), chain=("second",))
    second = specs.model("second", specs.deployment("a"), specs.deployment("b"))
    assert ids(planner(specs.snapshot(first, second)).plan(first, CHAT, 0.0)) == ["a/m", "b/m"]


def test_a_route_draws_on_its_models_first_and_on_their_fallbacks_last():
    one = specs.model("one", specs.deployment("a"), chain=("spare",))
    two = specs.model("two", specs.deployment("b"))
    spare = specs.model("spare", specs.deployment("c"))
    chat = specs.route("chat", "one", "two")
    snapshot = specs.snapshot(one, two, spare, routes=(chat,))
    assert ids(planner(snapshot).plan(chat, CHAT, 0.0)) == ["a/m", "b/m", "c/m"]


def test_a_deployment_that_one_model_leaves_out_may_serve_for_the_next():
    """Whoever has the turn: who can be asked does not depend on that."""
    small = specs.model("small", specs.deployment("a", window=512), specs.deployment("b"))
    large = specs.model("large", specs.deployment("a", window=8192), specs.deployment("c", window=512))
    both = specs.route("both", "small", "large", strategy="round_robin")
    plans = planner(specs.snapshot(small, large, routes=(both,)))
    for _ in range(4):
        plan = plans.plan(both, Ask(Operation.CHAT, 4000), 0.0)
        asked = {each.deployment.id: each.model.name for each in plan.candidates}
        assert asked == {"a/m": "large", "b/m": "small"}
        assert [each.deployment for each in plan.skipped] == ["c/m"]


def test_chances_are_not_told_of_who_can_wait_while_somebody_is_saturated():
    """He may be sent to the saturated one as if it were not, so the shares of those with room say nothing."""
    full = specs.deployment("a", local=True, max_in_flight=2, saturation=0.5)
    one, two = specs.model("one", full, specs.deployment("b")), specs.model("two", specs.deployment("c"))
    route = specs.route("r", "one", "two", strategy="round_robin")
    snapshot = specs.snapshot(one, two, routes=(route,))
    board = Board(snapshot)
    plans = planner(snapshot, board)
    batch = Ask(Operation.CHAT, 0, priority=Priority.BATCH)
    for target in (one, route):
        assert plans.chances(target, batch, 0.0) is not None
    board.provider(full.provider).places.take()
    for target in (one, route):
        assert plans.chances(target, batch, 0.0) is None
        assert plans.chances(target, CHAT, 0.0) is not None


def test_a_deployment_that_is_left_out_for_every_model_is_told_once():
    one = specs.model("one", specs.deployment("a", window=512), specs.deployment("b"), chain=("two",))
    two = specs.model("two", specs.deployment("a", window=1024))
    plan = planner(specs.snapshot(one, two)).plan(one, Ask(Operation.CHAT, 4000), 0.0)
    assert ids(plan) == ["b/m"]
    assert [each.reason for each in plan.skipped] == ["context window 512 < 4000 at least"]


def test_weighted_shares_are_exact_and_fallback_traffic_does_not_disturb_them():
    shared = specs.model(
        "shared", specs.deployment("a", weight=7), specs.deployment("b", weight=3), strategy="weighted"
    )
    other = specs.model("other", specs.deployment("c"), chain=("shared",))
    plans = planner(specs.snapshot(shared, other))
    leads = []
    for _ in range(10):
        leads.append(ids(plans.plan(shared, CHAT, 0.0))[0])
        plans.plan(other, CHAT, 0.0)
    assert (leads.count("a/m"), leads.count("b/m")) == (7, 3)


def test_models_of_a_weighted_route_may_share_deployments():
    """What one model has brought the next must not bring again, whichever comes first."""
    one = specs.model("one", specs.deployment("a"), specs.deployment("b"), strategy="weighted")
    two = specs.model("two", specs.deployment("a"), specs.deployment("c"), specs.deployment("d"), strategy="weighted")
    both = specs.route("both", "one", "two", strategy="weighted")
    plans = planner(specs.snapshot(one, two, routes=(both,)))
    leads = [ids(plans.plan(both, CHAT, 0.0)) for _ in range(12)]
    assert all(sorted(each) == ["a/m", "b/m", "c/m", "d/m"] for each in leads)
    assert {each[0] for each in leads} == {"a/m", "b/m", "c/m", "d/m"}


def test_a_kind_that_does_not_serve_the_operation_is_passed_over_with_the_reason():
    only = specs.model("only", specs.deployment("a"))
    plan = planner(specs.snapshot(only)).plan(only, Ask(Operation.EMBEDDING, 0), 0.0)
    assert plan.candidates == ()
    assert plan.skipped[0].reason == "chat-only does not serve embedding"


def test_a_window_that_cannot_hold_the_request_is_passed_over():
    both = specs.model("both", specs.deployment("small", window=512), specs.deployment("large", window=8192))
    plan = planner(specs.snapshot(both)).plan(both, Ask(Operation.CHAT, 4000), 0.0)
    assert ids(plan) == ["large/m"]
    assert plan.skipped[0].reason == "context window 512 < 4000 at least"


def rated(board, spec, retry_after_s):
    board.deployment(spec).failed(Failure(FailureKind.RATE, "slow down", retry_after_s=retry_after_s), 0.0)


def test_what_is_resting_comes_last_with_the_time_until_which_it_rests():
    a, b = specs.deployment("a"), specs.deployment("b")
    both = specs.model("both", a, b)
    board = Board(specs.snapshot(both))
    rated(board, a, 5.0)
    plan = planner(specs.snapshot(both), board).plan(both, CHAT, 1.0)
    assert ids(plan) == ["b/m", "a/m"]
    assert [each.facts.ready_at for each in plan.candidates] == [0.0, 5.0]
    assert plan.skipped[0].reason == "resting after rate"


def test_when_all_are_out_the_one_expected_back_first_is_asked_first():
    a, b = specs.deployment("a"), specs.deployment("b")
    both = specs.model("both", a, b)
    board = Board(specs.snapshot(both))
    rated(board, a, 50.0)
    rated(board, b, 5.0)
    assert ids(planner(specs.snapshot(both), board).plan(both, CHAT, 1.0)) == ["b/m", "a/m"]


def test_what_is_out_without_a_known_end_can_be_asked_at_once_as_a_last_resort():
    a, b = specs.deployment("a"), specs.deployment("b")
    both = specs.model("both", a, b)
    board = Board(specs.snapshot(both))
    rated(board, a, 5.0)
    board.provider(b.provider).found(HealthState.DOWN, "refused")
    plan = planner(specs.snapshot(both), board).plan(both, CHAT, 1.0)
    assert [(each.deployment.id, each.facts.ready_at) for each in plan.candidates] == [("b/m", 0.0), ("a/m", 5.0)]


def test_a_plan_with_one_candidate_is_made_once_and_again_when_something_speaks_against_it():
    only = specs.model("only", specs.deployment("a", window=100))
    board = Board(specs.snapshot(only))
    plans = planner(specs.snapshot(only), board)
    usual = plans.plan(only, CHAT, 0.0)
    assert plans.plan(only, CHAT, 0.0) is usual
    assert plans.plan(only, Ask(Operation.CHAT, 101), 0.0).candidates == ()
    assert plans.plan(only, Ask(Operation.EMBEDDING, 0), 0.0).candidates == ()
    rated(board, only.deployments[0], 5.0)
    assert plans.plan(only, CHAT, 1.0).candidates[0].facts.ready_at == 5.0
    assert plans.plan(only, CHAT, 6.0) is usual


def test_what_the_machine_needs_to_know_is_told_with_each_candidate():
    spec = specs.deployment("a", window=4096, max_in_flight=1, queue=QueueSettings(5, 2.0))
    (candidate,) = planner(specs.snapshot(specs.model("m", spec))).plan(specs.model("m", spec), CHAT, 0.0).candidates
    assert candidate.facts == Facts(window=4096, ready_at=0.0, queue_wait_s=2.0)


def test_names_are_resolved_exact_then_route_then_pattern_then_default():
    import re

    model, other = specs.model("m.gguf", specs.deployment("a")), specs.model("other", specs.deployment("b"))
    chat = specs.route("chat", "other")
    patterns = (PatternSpec(re.compile(r".*\.gguf"), "other"), PatternSpec(re.compile(r".*"), "chat"))
    snapshot = specs.snapshot(model, other, routes=(chat,), patterns=patterns[:1], default_model="chat")
    assert snapshot.resolve("m.gguf") is model
    assert snapshot.resolve("chat") is chat
    assert snapshot.resolve("x.gguf") is other
    assert snapshot.resolve("whatever") is chat
    assert specs.snapshot(model).resolve("whatever") is None


def test_a_route_in_turns_leaves_the_turns_within_its_models_alone():
    """Counted for every plan, every second turn within a model would fall on a request that the other model leads."""
    one = specs.model("one", specs.deployment("a"), specs.deployment("b"), strategy="round_robin")
    two = specs.model("two", specs.deployment("c"), specs.deployment("d"), strategy="weighted")
    both = specs.route("both", "one", "two", strategy="round_robin")
    plans = planner(specs.snapshot(one, two, routes=(both,)))
    orders = [ids(plans.plan(both, CHAT, 0.0)) for _ in range(40)]
    for place in range(4):
        assert Counter(each[place] for each in orders) == {"a/m": 10, "b/m": 10, "c/m": 10, "d/m": 10}
