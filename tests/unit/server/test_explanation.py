"""What is told of a request that is only asked about."""

import json

import pytest

from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.errors import MalformedRequest, UnknownModel
from sixnines.routing.ask import Ask
from support.explaining import LAB, explained, snapshot_of, stage_of


def order(told):
    return [each.deployment for each in told.candidates]


def behind(told):
    return {each.deployment: (each.behind.how, each.behind.reason) for each in told.candidates if each.behind}


@pytest.mark.parametrize(
    ("asked", "name", "kind", "how", "pattern"),
    [
        ("small", "small", "model", "exact", None),
        ("both", "both", "route", "route", None),
        ("little", "small", "model", "alias", None),
        ("gpt-5", "both", "route", "pattern", "gpt-.*"),
        ("whatever", "large", "model", "default", None),
    ],
)
def test_it_says_what_the_name_means_and_by_what(asked, name, kind, how, pattern):
    stage = stage_of(snapshot_of(LAB + "default_model: large\n"))
    resolved = explained(asked, stage=stage).resolved
    assert (resolved.name, resolved.kind, resolved.how, resolved.pattern) == (name, kind, how, pattern)


def test_a_name_that_means_nothing_is_told_as_to_a_caller():
    with pytest.raises(UnknownModel, match=r"`smal` does not exist. Did you mean `small`\?"):
        explained("smal")


def test_candidates_come_in_order_with_what_is_known_of_each():
    told = explained("small")
    assert order(told) == ["ollama/s", "native/s", "cloud/l"]
    first, _, last = told.candidates
    assert (first.provider, first.model, first.tier, first.context_window) == ("ollama", "small", "local", 4096)
    assert (first.share, first.cost_micros, first.in_flight, first.warm, first.behind) == (0.75, 0.0, 0, None, None)
    assert (last.model, last.share, last.tier) == ("large", 0.0, "premium")
    assert last.cost_micros == told.features["prompt_tokens"] + 2 * told.features["answer_tokens"]
    assert told.refusal is None
    assert told.left_out == []


def test_shares_of_a_route_and_of_its_models_are_multiplied():
    assert {each.deployment: each.share for each in explained("both").candidates} == {
        "ollama/s": 0.375, "native/s": 0.125, "cloud/l": 0.5,
    }  # fmt: skip


def test_decisions_are_told_with_the_share_of_each_option():
    route, model = explained("both").decisions
    assert (route.kind, route.name, route.strategy) == ("route", "both", "round_robin")
    assert [(each.name, each.share) for each in route.options] == [("small", 0.5), ("large", 0.5)]
    assert (model.kind, model.name, model.strategy) == ("model", "small", "weighted")
    assert [(each.name, each.share) for each in model.options] == [("ollama/s", 0.75), ("native/s", 0.25)]


def test_what_depends_on_load_is_not_guessed():
    told = explained("busy")
    assert [each.share for each in told.decisions[0].options] == [None, None]
    assert {each.share for each in told.candidates} == {None}


def test_what_is_down_is_a_last_resort():
    told = explained("small", assume={"ollama": "down"})
    assert order(told) == ["native/s", "cloud/l", "ollama/s"]
    assert behind(told) == {"ollama/s": ("resting", "down: assumed")}
    assert told.candidates[0].share == 1.0
    assert told.assumed == {"ollama": ["down"]}


def test_what_is_saturated_comes_before_what_is_down():
    told = explained("small", assume={"ollama": "saturated", "native": "loading"})
    assert order(told) == ["cloud/l", "ollama/s", "native/s"]
    assert behind(told) == {
        "ollama/s": ("busy", "saturated: 4 of 5 in flight, assumed"), "native/s": ("resting", "loading: assumed"),
    }  # fmt: skip
    assert told.candidates[1].in_flight == 4


def test_the_warm_go_before_the_cold():
    told = explained("small", assume={"ollama": "cold"})
    assert order(told) == ["native/s", "ollama/s", "cloud/l"]
    assert [(each.share, each.warm) for each in told.candidates] == [(1.0, None), (0.0, False), (0.0, None)]


def test_how_long_a_rest_will_last_is_told():
    stage = stage_of(snapshot_of())
    (deployment, _) = stage.snapshot.models["small"].deployments
    stage.board.deployment(deployment).failed(Failure(FailureKind.RATE, "slow down", retry_after_s=7.0), 0.0)
    told = explained("small", stage=stage)
    last = told.candidates[-1]
    assert (last.deployment, last.behind.reason, last.behind.for_s) == ("ollama/s", "resting after rate", 7.0)
    healthy = explained("small", stage=stage, assume={"ollama": "healthy"})
    assert order(healthy)[0] == "ollama/s"


def test_who_is_left_out_is_told_with_the_reason():
    told = explained("small", headers={"x-sixnines-local-only": "true", "x-sixnines-deny": "native"})
    assert order(told) == ["ollama/s"]
    assert {each.deployment: each.reason for each in told.left_out} == {
        "native/s": "the caller does not want it", "cloud/l": "the data may not leave the host",
    }  # fmt: skip
    assert told.wishes == {"local_only": True, "deny": ["native"]}


def test_a_pinned_provider_is_asked_alone():
    told = explained("small", headers={"X-SixNines-Provider": "native"}, assume={"native": "down"})
    assert order(told) == ["native/s"]
    assert {each.deployment for each in told.left_out} == {"ollama/s", "cloud/l"}


def test_of_a_pinned_provider_one_deployment_is_asked_and_the_others_are_not():
    text = LAB.replace("{provider: native, model: s}", "{provider: native, model: s}, {provider: native, model: t}")
    told = explained("small", headers={"x-sixnines-provider": "native"}, stage=stage_of(snapshot_of(text)))
    assert order(told) == ["native/s"]
    stage = stage_of(snapshot_of(text))
    stage.board.deployment(stage.snapshot.models["small"].deployments[1]).failed(
        Failure(FailureKind.RATE, "slow down", retry_after_s=7.0), 0.0
    )
    told = explained("small", headers={"x-sixnines-provider": "native"}, stage=stage)
    assert order(told) == ["native/t"]
    assert {each.deployment: each.reason for each in told.left_out}["native/s"] == "resting after rate"


def test_what_is_assumed_of_load_counts_also_where_the_gateway_has_planned_before():
    text = LAB.replace('"http://127.0.0.1:2"', '"http://127.0.0.1:2", max_in_flight: 2, saturation: 0.5')
    stage = stage_of(snapshot_of(text.replace("strategy: weighted", "strategy: least_busy")))
    assert order(explained("small", stage=stage))[:2] == ["ollama/s", "native/s"]
    stage.planner.plan(stage.snapshot.models["small"], Ask(Operation.CHAT, 0), 0.0)
    full = {"ollama": "saturated", "native": "saturated"}
    assert order(explained("small", stage=stage, assume=full)) == ["cloud/l", "native/s", "ollama/s"]


def test_every_wish_is_told():
    headers = {
        "x-sixnines-session": "s1", "x-sixnines-quality": "high", "x-sixnines-priority": "batch",
        "x-sixnines-local-only": "0",
    }  # fmt: skip
    assert explained("small", headers=headers).wishes == {"session": "s1", "quality": "high", "priority": "batch"}


@pytest.mark.parametrize(
    ("model", "headers", "status", "code"),
    [
        ("large", {"x-sixnines-local-only": "1"}, 503, "no_local_provider"),
        ("large", {"x-sixnines-provider": "native"}, 400, "invalid_provider"),
        ("large", {"x-sixnines-deny": "cloud"}, 400, "no_candidate"),
    ],
)
def test_where_nobody_may_serve_it_the_answer_is_told(model, headers, status, code):
    told = explained(model, headers=headers)
    assert told.candidates == []
    assert (told.refusal.status, told.refusal.code) == (status, code)
    assert told.refusal.message


def test_a_request_is_measured_and_never_repeated():
    body = json.dumps(
        {"messages": [{"role": "user", "content": "secret words " * 2000}], "max_tokens": 7, "stream": True}
    )
    told = explained("small", body=body.encode())
    assert told.operation == "chat"
    assert (told.features["answer_tokens"], told.features["stream"]) == (7, True)
    assert told.features["prompt_tokens"] > 5000
    assert "secret" not in str(told)


def test_what_does_not_fit_is_left_out():
    body = json.dumps({"messages": [{"role": "user", "content": "x" * 80_000}]})
    told = explained("small", body=body.encode())
    assert order(told) == ["cloud/l"]
    assert told.left_out[0].reason.startswith("context window 4096 < ")


def test_an_explanation_uses_up_nobodys_turn():
    stage = stage_of(snapshot_of())
    assert [order(explained("both", stage=stage))[0] for _ in range(4)] == ["ollama/s"] * 4


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-sixnines-quality": "best"}, "The header x-sixnines-quality must be draft, standard or high."),
        ({"x-sixnines-deny": "olama"}, "The header x-sixnines-deny must name providers: ollama, native, cloud."),
        ({"x-sixnines-priority": "now"}, "The header x-sixnines-priority must be high, normal, low or batch."),
    ],
)
def test_a_bad_header_is_told_as_to_a_caller(headers, said):
    with pytest.raises(MalformedRequest) as refused:
        explained("small", headers=headers)
    assert str(refused.value) == said
