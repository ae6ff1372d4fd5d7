"""Plans of names with traffic targets: who leads, who follows, and what is remembered of it."""

from collections import Counter

import pytest

from sixnines.config.snapshot import Rules
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.domain.wishes import Wishes
from sixnines.health.board import Board
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.planner import Planner
from sixnines.routing.targets import Traffic
from support import specs

CHAT = Ask(Operation.CHAT)
STRATEGIES_BY_NAME = {each.info.name: each for each in STRATEGIES}


class Lab:
    """A planner, and the board and the books that it goes by."""

    def __init__(self, *models, routes=(), traffic=None):
        self.snapshot = specs.snapshot(*models, routes=routes)
        self.board = Board(self.snapshot)
        self.traffic = traffic or Traffic()
        self.planner = Planner(self.snapshot, STRATEGIES_BY_NAME, self.board, lambda: 0.0, traffic=self.traffic)

    def served(self, target, requests, ask=CHAT, fails=()):
        """Who serves so many requests: the first in the plan that does not fail."""
        found = Counter()
        for _ in range(requests):
            plan = self.planner.plan(target, ask, 1.0)
            server = next((name for name in ids(plan) if name not in fails), None)
            if plan.turn is not None:
                plan.turn.settle(server)
            found[server] += 1
        return found

    def down(self, spec):
        self.board.deployment(spec).failed(Failure(FailureKind.RATE, "slow down", retry_after_s=60.0), 0.0)


def ids(plan):
    return [each.deployment.provider.name for each in plan.candidates]


@pytest.fixture
def lab():
    """Two models on a and b, one on c; weights 2 and 1."""
    one = specs.model("one", specs.deployment("a"), chain=("spare",))
    two = specs.model("two", specs.deployment("b"))
    three = specs.model("three", specs.deployment("c"))
    spare = specs.model("spare", specs.deployment("s"))
    route = specs.route("r", "one", "two", "three", strategy="weighted", weights=(2, 1, 1), targets=(("c", 0.4),))
    lab = Lab(one, two, three, spare, routes=[route])
    lab.route = route
    return lab


def test_the_provider_has_its_share_and_the_others_the_rest_by_their_weights(lab):
    assert lab.served(lab.route, 1000) == {"a": 400, "b": 200, "c": 400}


def test_whoever_leads_the_others_follow_and_then_the_fallbacks(lab):
    plans = [ids(lab.planner.plan(lab.route, CHAT, 1.0)) for _ in range(50)]
    assert {plan[0] for plan in plans} == {"a", "b", "c"}
    assert all(sorted(plan[:3]) == ["a", "b", "c"] and plan[3:] == ["s"] for plan in plans)


def test_models_that_have_the_provider_and_others_share_in_both_parts_as_the_strategy_has_it():
    """Two of five turns are c's. Were the route's five turns counted through, models 1 and 3 would always meet c."""
    models = [
        specs.model(f"m{n}", specs.deployment(f"a{n}"), specs.deployment("c", model=f"x{n}"), strategy="round_robin")
        for n in range(5)
    ]
    route = specs.route("r", *(each.name for each in models), strategy="round_robin", targets=(("c", 0.4),))
    lab = Lab(*models, routes=[route])
    plans = [lab.planner.plan(route, CHAT, 1.0).candidates[0].deployment.id for _ in range(500)]
    assert Counter(plans) == {f"a{n}/m": 60 for n in range(5)} | {f"c/x{n}": 40 for n in range(5)}


def test_a_model_with_several_deployments_can_have_targets_of_its_own():
    model = specs.model("m", specs.deployment("a"), specs.deployment("b"), targets=(("b", 0.25),))
    assert Lab(model).served(model, 400) == {"a": 300, "b": 100}


def test_targets_of_a_model_are_for_requests_that_name_it(lab):
    inner = specs.model("one", specs.deployment("a"), specs.deployment("b"), targets=(("b", 0.9),))
    route = specs.route("r", "one")
    other = Lab(inner, routes=[route])
    assert other.served(route, 100) == {"a": 100}


def test_one_that_is_out_does_not_lead_and_has_its_share_again_when_it_is_back(lab):
    spec = lab.snapshot.models["three"].deployments[0]
    lab.down(spec)
    assert lab.served(lab.route, 300) == {"a": 200, "b": 100}
    lab.board.deployment(spec).succeeded()
    assert lab.served(lab.route, 100)["c"] == 40


def test_one_that_is_saturated_does_not_lead():
    full = specs.deployment("c", max_in_flight=1, saturation=1.0)
    model = specs.model("m", specs.deployment("a"), full, targets=(("c", 0.5),))
    lab = Lab(model)
    lab.board.provider(full.provider).places.take()
    assert lab.served(model, 100) == {"a": 100}
    lab.board.provider(full.provider).places.give_back()
    assert lab.served(model, 100) == {"a": 50, "c": 50}


def test_when_everybody_is_out_the_order_is_that_of_the_last_resort(lab):
    for model in lab.snapshot.models.values():
        lab.down(model.deployments[0])
    plan = lab.planner.plan(lab.route, CHAT, 1.0)
    assert len(plan.candidates) == 4
    plan.turn.settle("c")
    assert lab.traffic.of("r", lab.route.targets).measured.shares() == {"c": 1.0}
    assert lab.traffic.of("r", lab.route.targets).weights() == {"c": 0.4}


def test_a_request_that_a_provider_may_not_serve_does_not_go_there(lab):
    plan = lab.planner.plan(lab.route, Ask(Operation.CHAT, wishes=Wishes(deny=frozenset({"c"}))), 1.0)
    assert "c" not in ids(plan)


def test_a_pinned_request_takes_no_turn(lab):
    ask = Ask(Operation.CHAT, wishes=Wishes(pin="c"))
    plans = [lab.planner.plan(lab.route, ask, 1.0) for _ in range(20)]
    assert {(plan.turn, *ids(plan)) for plan in plans} == {(None, "c")}
    assert lab.served(lab.route, 100)["c"] == 40


def test_a_provider_whose_requests_fail_leads_more_of_them(lab):
    lab.served(lab.route, 500)
    leads = Counter()
    for _ in range(1000):
        plan = lab.planner.plan(lab.route, CHAT, 1.0)
        leads[ids(plan)[0]] += 1
        fails = ids(plan)[0] == "c" and leads["c"] % 5 == 0
        plan.turn.settle(ids(plan)[fails])
    assert 450 < leads["c"] < 550
    assert lab.traffic.of("r", lab.route.targets).measured.shares()["c"] == pytest.approx(0.4, abs=0.02)


def test_a_weight_of_zero_is_for_when_nobody_else_is_left_also_beside_targets():
    model = specs.model(
        "m", specs.deployment("a"), specs.deployment("b", weight=0), specs.deployment("c"),
        strategy="weighted", targets=(("c", 0.4),),
    )  # fmt: skip
    lab = Lab(model)
    assert lab.served(model, 100) == {"a": 60, "c": 40}
    lab.down(model.deployments[0])
    assert lab.served(model, 100) == {"c": 100}
    lab.down(model.deployments[2])
    assert lab.served(model, 100) == {"b": 100}


def test_those_that_hold_the_model_lead_where_that_is_preferred():
    model = specs.model(
        "m", specs.deployment("a"), specs.deployment("c"), rules=Rules(prefer_warm=True), targets=(("c", 0.5),)
    )
    lab = Lab(model)
    resident = {each.provider.name: lab.board.provider(each.provider) for each in model.deployments}
    resident["a"].resident, resident["c"].resident = frozenset({"m"}), frozenset()
    assert lab.served(model, 100) == {"a": 100}
    resident["a"].resident = frozenset()
    assert lab.served(model, 100) == {"a": 50, "c": 50}


def test_what_was_measured_outlives_a_change_of_config_and_the_correction_does_not(lab):
    lab.served(lab.route, 500, fails=("c",))
    before = lab.traffic.of("r", lab.route.targets)
    assert before.weights() == {"c": 0.8}
    again = Lab(*lab.snapshot.models.values(), routes=[lab.route], traffic=lab.traffic)
    assert again.traffic.of("r", lab.route.targets) is before
    after = again.traffic.of("r", (("c", 0.2),))
    assert after.weights() == {"c": 0.2}
    assert after.measured.shares() == before.measured.shares()


def test_a_rehearsal_takes_no_turn_and_tells_whose_it_would_be(lab):
    lab.served(lab.route, 7)
    rehearsed = [lab.planner.rehearse(lab.route, CHAT, 1.0) for _ in range(5)]
    assert len({tuple(ids(each.plan)) for each in rehearsed}) == 1
    plan, decisions = rehearsed[0].plan, rehearsed[0].decisions
    assert plan.turn.expected["c"] == pytest.approx(0.4, abs=0.03)
    assert plan.turn.expected[None] == pytest.approx(0.6, abs=0.03)
    assert len(decisions) == 2
    assert {decisions[0].site.group, decisions[1].site.group} == {"", plan.candidates[0].model.name}
    assert lab.traffic.of("r", lab.route.targets).measured.at == 7
    assert ids(lab.planner.plan(lab.route, CHAT, 1.0)) == ids(plan)


def test_only_the_first_word_on_who_served_counts(lab):
    turn = lab.planner.plan(lab.route, CHAT, 1.0).turn
    turn.settle("a")
    turn.settle(None)
    turn.settle("b")
    assert lab.traffic.of("r", lab.route.targets).measured.shares() == {"a": 1.0}
