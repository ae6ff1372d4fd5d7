"""What requests wish and what config demands: who is left out, who is moved back, and what is said of it."""

from types import SimpleNamespace

import pytest

from sixnines.config.snapshot import Rules
from sixnines.domain.capability import Capability
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.domain.tier import Quality, Tier
from sixnines.domain.wishes import Wishes
from sixnines.health.board import Board
from sixnines.registry import STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.planner import Planner
from support import specs

CHAT = Ask(Operation.CHAT)


def asking(**wishes):
    return Ask(Operation.CHAT, wishes=Wishes(**wishes))


def planning(*models, routes=(), down=()):
    snapshot = specs.snapshot(*models, routes=routes)
    board = Board(snapshot)
    for model in models:
        for each in model.deployments:
            if each.provider.name in down:
                board.deployment(each).failed(Failure(FailureKind.RATE, "slow down", retry_after_s=60.0), 0.0)
    planner = Planner(snapshot, {each.info.name: each for each in STRATEGIES}, board, lambda: 0.0)
    return SimpleNamespace(board=board, planner=planner, plan=lambda target, ask: planner.plan(target, ask, 1.0))


def ids(plan):
    return [each.deployment.provider.name for each in plan.candidates]


def reasons(plan):
    return {each.deployment.split("/")[0]: each.reason for each in plan.skipped}


@pytest.fixture
def chain():
    here = specs.model("here", specs.deployment("local", local=True), chain=("there",))
    there = specs.model("there", specs.deployment("cloud"))
    return here, there


def test_data_that_may_not_leave_the_host_goes_to_local_providers_only(chain):
    plan = planning(*chain).plan(chain[0], asking(local_only=True))
    assert ids(plan) == ["local"]
    assert reasons(plan) == {"cloud": "the data may not leave the host"}


def test_data_that_may_not_leave_the_host_stays_there_when_everything_local_is_out(chain):
    plan = planning(*chain, down=["local"]).plan(chain[0], asking(local_only=True))
    assert ids(plan) == ["local"]
    assert reasons(plan)["cloud"] == "the data may not leave the host"


def test_a_model_can_demand_it_for_all_its_requests(chain):
    here = specs.model("here", *chain[0].deployments, chain=("there",), rules=Rules(local_only=True))
    assert ids(planning(here, chain[1]).plan(here, CHAT)) == ["local"]


def test_a_provider_that_the_caller_denies_is_not_asked(chain):
    plan = planning(*chain).plan(chain[0], asking(deny=frozenset({"local"})))
    assert ids(plan) == ["cloud"]
    assert reasons(plan) == {"local": "the caller does not want it"}


def test_a_pinned_provider_is_the_only_candidate_wherever_in_the_chain_it_is(chain):
    plan = planning(*chain).plan(chain[0], asking(pin="cloud"))
    assert ids(plan) == ["cloud"]
    assert reasons(plan) == {"local": "only cloud may be asked"}


def test_a_pinned_provider_is_asked_once_though_it_has_several_deployments():
    both = specs.model("both", specs.deployment("a", model="x"), specs.deployment("a", model="y"))
    assert len(planning(both).plan(both, asking(pin="a")).candidates) == 1


def test_a_pinned_provider_is_asked_although_it_is_out(chain):
    assert ids(planning(*chain, down=["cloud"]).plan(chain[0], asking(pin="cloud"))) == ["cloud"]


def test_what_the_rules_require_has_to_be_declared():
    able = specs.deployment("able", capabilities=frozenset({Capability.TOOLS, Capability.VISION}), window=9000)
    silent, small = (
        specs.deployment("silent"),
        specs.deployment("small", capabilities=frozenset({Capability.TOOLS}), window=100),
    )
    rules = Rules(capabilities=frozenset({Capability.TOOLS}), context=4000)
    model = specs.model("m", silent, small, able, rules=rules)
    plan = planning(model).plan(model, CHAT)
    assert ids(plan) == ["able"]
    assert reasons(plan) == {
        "silent": "context window not declared, and 4000 is required",
        "small": "context window 100, and 4000 is required",
    }
    tools = specs.model("m", silent, small, rules=Rules(capabilities=frozenset({Capability.TOOLS})))
    plan = planning(tools).plan(tools, CHAT)
    assert (ids(plan), reasons(plan)) == (["small"], {"silent": "does not declare tools"})


def test_a_fallback_is_no_more_steps_down_than_allowed():
    best = specs.model(
        "best", specs.deployment("a"), tier=Tier.PREMIUM, chain=("next", "worst", "any"), rules=Rules(max_tier_drop=1)
    )
    models = [
        best,
        specs.model("next", specs.deployment("b"), tier=Tier.STANDARD),
        specs.model("worst", specs.deployment("c"), tier=Tier.LOCAL),
        specs.model("any", specs.deployment("d")),
    ]
    plan = planning(*models).plan(best, CHAT)
    assert ids(plan) == ["a", "b", "d"]
    assert reasons(plan) == {"c": "tier local is further down than max_tier_drop allows"}
    asked_for_less = planning(*models).plan(best, asking(quality=Quality.DRAFT))
    assert ids(asked_for_less) == ["a", "b", "c", "d"]


def test_steps_down_are_counted_from_the_best_tier_of_a_route():
    one = specs.model("one", specs.deployment("a"), tier=Tier.LOCAL)
    two = specs.model("two", specs.deployment("b"), tier=Tier.STANDARD)
    route = specs.route("r", "one", "two", rules=Rules(max_tier_drop=1))
    assert ids(planning(one, two, routes=[route]).plan(route, CHAT)) == ["b"]


def test_a_saturated_provider_is_asked_after_all_that_are_not_and_before_those_that_are_out():
    full = specs.deployment("full", max_in_flight=4, saturation=0.5)
    first = specs.model("first", full, specs.deployment("out"), chain=("second",))
    second = specs.model("second", specs.deployment("spare"))
    lab = planning(first, second, down=["out"])
    places = lab.board.provider(full.provider).places
    places.take()
    assert ids(lab.plan(first, CHAT)) == ["full", "spare", "out"]
    places.take()
    plan = lab.plan(first, CHAT)
    assert ids(plan) == ["spare", "full", "out"]
    assert reasons(plan)["full"] == "saturated: 2 of 4 in flight"
    places.give_back()
    assert ids(lab.plan(first, CHAT))[0] == "full"


def test_one_that_can_be_saturated_is_looked_at_each_time():
    only = specs.model("only", specs.deployment("a", max_in_flight=1, saturation=1.0))
    lab = planning(only)
    assert lab.plan(only, CHAT).skipped == ()
    lab.board.provider(only.deployments[0].provider).places.take()
    assert reasons(lab.plan(only, CHAT)) == {"a": "saturated: 1 of 1 in flight"}


def test_those_that_hold_the_model_go_first_where_that_is_preferred():
    cold, warm, silent = specs.deployment("cold"), specs.deployment("warm"), specs.deployment("silent")
    model = specs.model("m", cold, silent, warm, rules=Rules(prefer_warm=True))
    lab = planning(model)
    lab.board.provider(cold.provider).resident = frozenset({"other"})
    lab.board.provider(warm.provider).resident = frozenset({"m"})
    assert ids(lab.plan(model, CHAT)) == ["silent", "warm", "cold"]
    unconcerned = specs.model("m", cold, silent, warm)
    assert ids(planning(unconcerned).plan(unconcerned, CHAT)) == ["cold", "silent", "warm"]


def test_a_route_chooses_among_the_models_that_have_somebody_to_ask():
    one, two = specs.model("one", specs.deployment("a")), specs.model("two", specs.deployment("b"))
    three = specs.model("three", specs.deployment("c"))
    route = specs.route("r", "one", "two", "three", strategy="weighted", weights=(1, 1, 2))
    lab = planning(one, two, three, routes=[route], down=["c"])
    leads = [ids(lab.plan(route, CHAT))[0] for _ in range(10)]
    assert (leads.count("a"), leads.count("b")) == (5, 5)


def test_a_rehearsal_uses_up_nobodys_turn_and_tells_what_was_decided():
    both = specs.model("both", specs.deployment("a", weight=3), specs.deployment("b"), strategy="weighted")
    lab = planning(both)
    lab.plan(both, CHAT)
    rehearsed = [lab.planner.rehearse(both, CHAT, 1.0) for _ in range(5)]
    assert len({tuple(ids(each.plan)) for each in rehearsed}) == 1
    plan, (decision,) = rehearsed[0].plan, rehearsed[0].decisions
    assert decision.site.strategy == "weighted"
    assert (decision.eligible, decision.shares) == ((0, 1), [0.75, 0.25])
    assert ids(lab.plan(both, CHAT)) == ids(plan)


def test_the_usual_plan_is_not_taken_for_a_request_with_wishes():
    only = specs.model("only", specs.deployment("cloud"))
    lab = planning(only)
    assert ids(lab.plan(only, CHAT)) == ["cloud"]
    assert ids(lab.plan(only, asking(local_only=True))) == []
    assert ids(lab.plan(only, CHAT)) == ["cloud"]


def test_available_means_that_somebody_can_be_asked():
    first = specs.model("first", specs.deployment("a"), chain=("second",))
    second = specs.model("second", specs.deployment("b"))
    route = specs.route("r", "second")
    for down, expected in (([], True), (["a"], True), (["a", "b"], False)):
        planner = planning(first, second, routes=[route], down=down).planner
        assert planner.available(first, 1.0) is expected
        assert planner.available(route, 1.0) is ("b" not in down)
