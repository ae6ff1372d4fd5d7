"""What the last requests say of each way through the graph, and what they do not."""

from sixnines.client.seen import Attempt, Request
from sixnines.client.topology import Topology
from sixnines.web.graph_use import EdgeKey, Way, uses
from support.topologies import model, place, small


def asked(name, *attempts, answered=None):
    tried = tuple(Attempt(deployment=who, provider=who.split("/")[0], kind=kind) for who, kind in attempts)
    return Request(id="r", arrived_at="", outcome="ok", asked_model=name, model=answered, attempts=tried)


def told(topology, *requests):
    found = uses(topology, requests)
    return {(key.way.value, key.source, key.target): (use.times, use.failed) for key, use in found.edges.items()}, found


def test_an_attempt_counts_on_the_edge_from_the_model_to_the_provider():
    edges, found = told(small(), *[asked("alone", ("a/alone", "ok"), answered="alone")] * 3)
    assert edges == {("deployment", "alone", "a"): (3, 0)}
    assert (found.requests, found.unplaced) == (3, 0)


def test_a_failure_and_the_fallback_after_it_count_on_their_edges():
    edges, _ = told(small(), asked("safe", ("a/safe", "rate"), ("cloud/far", "ok"), answered="far"))
    assert edges == {("deployment", "safe", "a"): (1, 1), ("fallback", "safe", "cloud"): (1, 0)}


def test_an_alias_is_followed():
    edges, _ = told(small(), asked("gpt", ("a/safe", "ok"), answered="safe"))
    assert edges == {("deployment", "safe", "a"): (1, 0)}


def test_a_route_is_told_which_model_it_chose():
    edges, _ = told(small(), asked("all", ("a/local", "server"), ("cloud/far", "ok"), answered="far"))
    assert edges == {
        ("deployment", "local", "a"): (1, 1), ("deployment", "far", "cloud"): (1, 0),
        ("chooses", "all", "local"): (1, 1), ("chooses", "all", "far"): (1, 0),
    }  # fmt: skip


def test_two_tries_of_one_model_are_one_choice_that_did_not_fail_if_one_of_them_answered():
    edges, _ = told(small(), asked("all", ("a/local", "server"), ("b/local", "ok"), answered="local"))
    assert edges["chooses", "all", "local"] == (1, 0)
    # A hedge that failed may be told after the one that answered.
    edges, _ = told(small(), asked("all", ("b/local", "ok"), ("a/local", "server"), answered="local"))
    assert edges["chooses", "all", "local"] == (1, 0)


def test_what_was_cancelled_did_not_fail():
    edges, _ = told(small(), asked("local", ("a/local", "cancelled"), ("b/local", "ok"), answered="local"))
    assert edges == {("deployment", "local", "a"): (1, 0), ("deployment", "local", "b"): (1, 0)}


def test_an_unknown_name_that_a_model_answered_counts_for_that_model():
    edges, found = told(small(), asked("by-a-pattern", ("a/safe", "ok"), answered="safe"))
    assert edges == {("deployment", "safe", "a"): (1, 0)}
    assert found.unplaced == 0


def test_an_attempt_that_may_have_been_for_several_models_is_not_placed():
    shared = Topology(providers=(place("a"),), models=(model("one", "a"), model("two", "a")))
    same = Topology(
        providers=shared.providers,
        models=tuple(type(each)(name=each.name, deployments=shared.models[0].deployments) for each in shared.models),
    )
    edges, found = told(same, asked("by-a-pattern", ("a/one", "server")))
    assert edges == {}
    assert found.unplaced == 1


def test_a_deployment_that_config_no_longer_has_is_not_placed():
    edges, found = told(small(), asked("alone", ("gone/alone", "ok"), answered="alone-that-was"))
    assert edges == {}
    assert found.unplaced == 1


def test_edges_have_an_order():
    assert EdgeKey(Way.CHOOSES, "a", "b") < EdgeKey(Way.DEPLOYMENT, "a", "b")
