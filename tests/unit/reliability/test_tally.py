"""Counting on the way: names of the config and nothing else."""

import msgspec
import pytest

from sixnines.config.load import read_text
from sixnines.domain.attempt import Attempt
from sixnines.domain.availability import GOOD, THE_GATEWAY, Scope, Series
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.trail import Trail
from sixnines.engine.page import Page
from sixnines.reliability.tally import Tally, configured
from support.catalog import CATALOG

CONFIG = """version: 1
providers: {a: {kind: ollama, base_url: "http://127.0.0.1:1"}, b: {kind: ollama, base_url: "http://127.0.0.1:2"}}
models: {m: {deployments: [{provider: a, model: x}]}, n: {deployments: [{provider: b, model: x}]}}
routes: {r: {models: [m, n]}}
"""


class Ended(msgspec.Struct):
    outcome: str
    target: object
    trail: Trail
    status: int = 0
    error: str | None = None
    page: Page | None = None


SNAPSHOT = read_text(CONFIG, "x.yaml", {}, CATALOG).snapshot


@pytest.fixture
def snapshot():
    return SNAPSHOT


def attempt(provider, kind=None, *, cancelled=False):
    return Attempt(f"{provider}/x", provider, Failure(kind, "no") if kind else None, 1.0, cancelled=cancelled)


def counted(*requests):
    tally = Tally()
    for request in requests:
        tally.note(request)
    return {(series.scope.value, series.name, cause): count for series, cause, count in tally.empty(SNAPSHOT)}


def test_a_good_request_counts_for_the_gateway_its_name_and_the_provider(snapshot):
    asked = Ended("ok", snapshot.models["m"], Trail([attempt("a")], ()))
    assert counted(asked, asked) == {
        ("gateway", "", GOOD): 2,
        ("model", "m", GOOD): 2,
        ("provider", "a", GOOD): 2,
    }


def test_a_request_of_a_route_counts_for_the_route_and_not_for_a_model(snapshot):
    by_route = Ended("ok", snapshot.routes["r"], Trail([attempt("b")], ()))
    failed = Ended("server", snapshot.routes["r"], Trail([attempt("b", FailureKind.SERVER)], ()))
    assert counted(by_route, failed) == {
        ("gateway", "", GOOD): 1,
        ("gateway", "", "server"): 1,
        ("route", "r", GOOD): 1,
        ("route", "r", "server"): 1,
        ("provider", "b", GOOD): 1,
        ("provider", "b", "server"): 1,
    }


def test_a_fallback_is_good_for_the_caller_and_bad_for_who_failed(snapshot):
    saved = Ended("ok", snapshot.models["m"], Trail([attempt("a", FailureKind.RATE), attempt("b")], ()))
    assert counted(saved) == {
        ("gateway", "", GOOD): 1,
        ("model", "m", GOOD): 1,
        ("provider", "a", "rate"): 1,
        ("provider", "b", GOOD): 1,
    }


def test_an_answer_that_was_all_said_when_its_provider_broke_off_is_good_and_the_provider_is_not(snapshot):
    for before in ([], [attempt("b", FailureKind.RATE)]):
        trail = Trail([*before, attempt("a", FailureKind.TRUNCATED)], ())
        counts = counted(Ended("ok", snapshot.models["m"], trail))
        assert counts.pop(("provider", "b", "rate"), 1) == 1
        assert counts == {("gateway", "", GOOD): 1, ("model", "m", GOOD): 1, ("provider", "a", "truncated"): 1}


def test_who_waits_for_an_engine_that_loads_blames_it_once(snapshot):
    tries = [attempt("a", FailureKind.LOADING) for _ in range(20)]
    assert counted(Ended("ok", snapshot.models["m"], Trail([*tries, attempt("a")], ()))) == {
        ("gateway", "", GOOD): 1,
        ("model", "m", GOOD): 1,
        ("provider", "a", "loading"): 1,
        ("provider", "a", GOOD): 1,
    }


def test_who_lost_a_race_is_not_counted_and_who_won_it_is(snapshot):
    for trail in ([attempt("a", cancelled=True), attempt("b")], [attempt("b"), attempt("a", cancelled=True)]):
        assert counted(Ended("ok", snapshot.models["m"], Trail(trail, ()))) == {
            ("gateway", "", GOOD): 1,
            ("model", "m", GOOD): 1,
            ("provider", "b", GOOD): 1,
        }


def test_a_caller_who_left_counts_only_against_who_had_failed_before(snapshot):
    trail = Trail([attempt("a", FailureKind.SERVER), attempt("b")], ())
    assert counted(Ended("client_gone", snapshot.models["m"], trail)) == {("provider", "a", "server"): 1}


def test_a_bug_is_the_gateways_and_not_the_providers(snapshot):
    assert counted(Ended("bug", snapshot.models["m"], Trail([attempt("a")], ()), 500, "internal_error")) == {
        ("gateway", "", "bug"): 1,
        ("model", "m", "bug"): 1,
    }


def test_an_invented_name_creates_nothing(snapshot):
    assert counted(Ended("", None, Trail([], ()), 404, "model_not_found")) == {}


def test_a_refusal_of_the_gateway_before_the_name_is_known_counts_for_the_gateway_alone(snapshot):
    assert counted(Ended("", None, Trail([], ()), 503, "draining")) == {("gateway", "", "draining"): 1}


def test_what_was_taken_out_is_not_counted_again(snapshot):
    tally = Tally()
    tally.note(Ended("ok", snapshot.routes["r"], Trail([attempt("a")], ())))
    assert len(tally.empty(SNAPSHOT)) == 3
    assert tally.empty(SNAPSHOT) == []
    tally.note(Ended("ok", snapshot.models["m"], Trail([attempt("a")], ())))
    assert (Series(Scope.MODEL, "m"), GOOD, 1) in tally.empty(SNAPSHOT)


def test_once_cut_the_gateway_takes_the_blame(snapshot):
    tally = Tally()
    tally.cut()
    tally.note(Ended("broken_truncated", snapshot.models["m"], Trail([attempt("a", FailureKind.TRUNCATED)], ())))
    assert set(tally.empty(SNAPSHOT)) == {(THE_GATEWAY, "draining", 1), (Series(Scope.MODEL, "m"), "draining", 1)}


def test_everything_of_a_config_is_listed_once_the_gateway_first(snapshot):
    assert [(each.scope.value, each.name) for each in configured(snapshot)] == [
        ("gateway", ""),
        ("model", "m"),
        ("model", "n"),
        ("route", "r"),
        ("provider", "a"),
        ("provider", "b"),
    ]
