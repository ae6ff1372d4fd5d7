"""Differences that people meet, one by one. The laws are in `tests/laws/control`."""

import copy

import pytest

from sixnines.config.document import Document, Server
from sixnines.config.shapes import section_of
from sixnines.control.difference import Action, Change, Edit, Tally, at_the_next_start, difference, tally
from sixnines.gateway import needs_restart
from sixnines.registry import CATALOG
from support.applying import document_of
from support.whole_document import changes_of

BASE = {
    "version": 1,
    "providers": {"a": {"kind": "ollama"}, "b": {"kind": "vllm", "queue": {"size": 5}, "max_in_flight": 2}},
    "models": {
        "m": {
            "deployments": [{"provider": "a", "model": "x"}, {"provider": "b", "model": "x", "weight": 3}],
            "fallbacks": ["n"],
            "aliases": ["one", "two"],
        },
        "n": {"deployments": [{"provider": "b", "model": "y"}]},
    },
    "routes": {"r": {"models": ["m", {"model": "n", "weight": 2}]}},
    "patterns": [{"match": "a.*", "model": "m"}, {"match": "b.*", "model": "n"}],
}


def edits(alter, base=BASE):
    """The edits of the only thing that is different once `alter` has run over the config."""
    other = copy.deepcopy(base)
    alter(other)
    [change] = difference(document_of(base), document_of(other))
    return change.edits


def test_values_are_written_as_a_file_writes_them():
    def alter(config):
        config["defaults"] = {"timeouts": {"first_token": "1500ms", "total": "10m"}, "retries": {"ratio": 1}}
        config["server"] = {"max_body": "1GiB"}

    other = copy.deepcopy(BASE)
    alter(other)
    changes = difference(document_of(BASE), document_of(other))
    shown = {each.path: (each.old, each.new) for change in changes for each in change.edits}
    assert shown == {
        ("max_body",): ("32MiB", "1GiB"),
        ("timeouts", "first_token"): ("30s", "1500ms"),
        ("timeouts", "total"): ("5m", "10m"),
        ("retries", "ratio"): (0.1, 1),
    }
    assert all(each.old_is_default for change in changes for each in change.edits)


def test_a_default_that_is_written_out_is_no_change():
    other = copy.deepcopy(BASE) | {"defaults": {"attempts": 4}, "server": {"listen": "127.0.0.1:4000"}}
    assert difference(document_of(BASE), document_of(other)) == ()


def test_a_key_that_was_not_there_is_added_and_one_that_is_gone_removed():
    assert edits(lambda config: config["providers"]["a"].update(max_in_flight=4)) == (
        Edit(action=Action.ADDED, path=("max_in_flight",), new=4),
    )
    assert edits(lambda config: config["providers"]["b"].pop("queue")) == (
        Edit(action=Action.REMOVED, path=("queue",), old={"size": 5}),
    )
    assert edits(lambda config: config["providers"]["b"]["queue"].update(size=9, wait="2s")) == (
        Edit(action=Action.CHANGED, path=("queue", "size"), old=5, new=9),
        Edit(action=Action.CHANGED, path=("queue", "wait"), old="0ms", new="2s", old_is_default=True),
    )


def test_a_deployment_is_told_by_who_serves_what():
    def alter(config):
        deployments = config["models"]["m"]["deployments"]
        deployments[1]["weight"] = 5
        deployments[0] = {"provider": "c", "model": "x"}

    assert edits(alter) == (
        Edit(action=Action.REMOVED, path=("deployments", "a/x"), old={"provider": "a", "model": "x"}, item=True),
        Edit(action=Action.ADDED, path=("deployments", "c/x"), new={"provider": "c", "model": "x"}, item=True, at=0),
        Edit(action=Action.CHANGED, path=("deployments", "b/x", "weight"), old=3, new=5),
    )


def test_a_fallback_has_a_place_and_an_alias_has_none():
    def alter(config):
        config["models"]["m"] |= {"fallbacks": ["z", "n"], "aliases": ["three", "two", "one"]}

    assert edits(alter) == (
        Edit(action=Action.ADDED, path=("aliases", "three"), new="three", item=True),
        Edit(action=Action.ADDED, path=("fallbacks", "z"), new="z", item=True, at=0),
    )


def test_another_order_is_a_move_where_order_means_something():
    assert edits(lambda config: config["models"]["m"]["deployments"].reverse()) == (
        Edit(action=Action.MOVED, path=("deployments",), old=["a/x", "b/x"], new=["b/x", "a/x"]),
    )
    other = copy.deepcopy(BASE)
    other["models"]["m"]["aliases"].reverse()
    assert difference(document_of(BASE), document_of(other)) == ()


def test_a_model_of_a_route_is_the_same_in_both_ways_of_writing_it():
    other = copy.deepcopy(BASE)
    other["routes"]["r"]["models"][0] = {"model": "m"}
    assert difference(document_of(BASE), document_of(other)) == ()
    assert edits(lambda config: config["routes"]["r"]["models"].__setitem__(0, {"model": "m", "weight": 4})) == (
        Edit(action=Action.ADDED, path=("models", "m", "weight"), new=4),
    )


def test_a_list_that_names_something_twice_is_shown_as_a_whole():
    assert edits(lambda config: config["models"]["m"].update(fallbacks=["n", "n"])) == (
        Edit(action=Action.CHANGED, path=("fallbacks",), old=["n"], new=["n", "n"]),
    )
    other = BASE | {"patterns": [BASE["patterns"][0], BASE["patterns"][0]]}
    [change] = difference(document_of(BASE), document_of(other))
    assert change.section == "patterns"
    assert change.edits[0].new == [{"match": "a.*", "model": "m"}, {"match": "a.*", "model": "m"}]


def test_patterns_are_told_by_their_expression_and_have_a_place():
    other = BASE | {"patterns": [{"match": "b.*", "model": "m"}, {"match": "c", "model": "m"}, BASE["patterns"][0]]}
    added, moved = (
        Change(
            action=Action.ADDED, section="patterns", name="c", at=1,
            edits=(Edit(action=Action.ADDED, path=("match",), new="c"), Edit(action=Action.ADDED, path=("model",), new="m")),
        ),
        Change(
            action=Action.CHANGED, section="patterns",
            edits=(Edit(action=Action.MOVED, path=(), old=["a.*", "b.*"], new=["b.*", "a.*"]),),
        ),
    )  # fmt: skip
    changes = difference(document_of(BASE), document_of(other))
    assert changes[0].edits == (Edit(action=Action.CHANGED, path=("model",), old="n", new="m"),)
    assert changes[1:] == (added, moved)


def test_a_removed_thing_stands_behind_what_it_stood_behind():
    other = copy.deepcopy(BASE)
    del other["models"]["m"]
    other["models"]["o"] = {"deployments": [{"provider": "a", "model": "o"}]}
    changes = difference(document_of(BASE), document_of(other))
    assert [(each.action, each.path) for each in changes] == [("removed", "models.m"), ("added", "models.o")]
    assert tally(changes) == Tally(1, 0, 1)
    assert changes[1].noun == "model"


def test_the_order_of_names_does_not_count():
    other = copy.deepcopy(BASE) | {"models": dict(reversed(BASE["models"].items()))}
    assert difference(document_of(BASE), document_of(other)) == ()


def test_a_secret_is_shown_by_its_name():
    [edit] = edits(lambda config: config["providers"]["a"].update(api_key="env:NAME"))
    assert edit.new == "env:NAME"


@pytest.mark.parametrize("path", dict(changes_of(Server(), section_of(Server))), ids=".".join)
def test_what_takes_effect_at_the_next_start_is_what_the_gateway_says(path):
    """For each key of the server section, as the running gateway tells it."""
    old, new = Server(), dict(changes_of(Server(), section_of(Server)))[path]
    snapshots = [_snapshot(each) for each in (old, new)]
    changes = difference(Document(version=1, server=old), Document(version=1, server=new))
    assert list(at_the_next_start(changes)) == needs_restart(*(each.server for each in snapshots))


def _snapshot(server):
    from pathlib import PurePath

    from sixnines.config.compile import compile_snapshot
    from sixnines.config.secret import Secret

    secrets = {"env:KEY_3": Secret("k")}
    return compile_snapshot(
        Document(version=1, server=server), CATALOG, secrets=secrets, digest="", directory=PurePath()
    )
