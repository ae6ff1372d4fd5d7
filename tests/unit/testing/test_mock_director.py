"""Rules: which requests they are for, in which order and how often they apply."""

import pytest

from sixnines.testing.director import Cue, Director
from sixnines.testing.script import Asked, make_script

HEADERS = {b"authorization": b"Bearer sk-one", b"x-tier": b"gold"}
CHAT = {
    "operation": Asked.CHAT,
    "method": "POST",
    "path": "/v1/chat/completions",
    "header": HEADERS.get,
    "model": "llama3.1:latest",
    "stream": True,
    "prompt": "Tell me about otters.",
}
HEALTH = Cue(Asked.INFO, "GET", "/health", HEADERS.get)


def cue(**changed: object) -> Cue:
    return Cue(**{**CHAT, **changed})


def director(*rules: dict[str, object], seed: int = 1) -> Director:
    numbered = [{**rule, "then": {"text": str(number)}} for number, rule in enumerate(rules)]
    return Director(make_script({"seed": seed, "default": {"text": "default"}, "rules": numbered}))


def chosen(rules: Director, *cues: Cue) -> list[str | None]:
    return [rules.choose(each).text for each in cues]


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ({}, True),
        ({"operation": "chat"}, True),
        ({"operation": "any"}, True),
        ({"operation": "completion"}, False),
        ({"operation": "info"}, False),
        ({"method": "POST"}, True),
        ({"method": "GET"}, False),
        ({"path": "/v1/chat/completions"}, True),
        ({"path": "/v1/*"}, True),
        ({"path": "/v1"}, False),
        ({"model": "llama3.1:latest"}, True),
        ({"model": "llama*"}, True),
        ({"model": "llama3.1"}, False),
        ({"stream": True}, True),
        ({"stream": False}, False),
        ({"prompt": "otters"}, True),
        ({"prompt": "Otters"}, False),
        ({"header": {"Authorization": "sk-one"}}, True),
        ({"header": {"authorization": "sk-two"}}, False),
        ({"header": {"x-tier": "gold", "x-other": ""}}, False),
        ({"header": {"x-tier": "gold", "authorization": "Bearer"}}, True),
        ({"model": "llama*", "stream": True, "prompt": "otters", "path": "/v1/*"}, True),
        ({"model": "llama*", "stream": True, "prompt": "seals", "path": "/v1/*"}, False),
    ],
)
def test_all_that_a_rule_names_must_hold(when: dict[str, object], applies: bool) -> None:
    assert chosen(director({"when": when}), cue()) == ["0" if applies else "default"]


def test_the_first_rule_that_applies_decides() -> None:
    rules = director({"when": {"prompt": "seals"}}, {"when": {"stream": True}}, {})
    assert chosen(rules, cue(), cue(stream=False), cue(prompt="seals")) == ["1", "2", "0"]


@pytest.mark.parametrize(("when", "applies"), [({}, False), ({"path": "/health"}, True), ({"operation": "any"}, True)])
def test_information_is_only_met_by_rules_that_name_it(when: dict[str, object], applies: bool) -> None:
    assert chosen(director({"when": when}), HEALTH) == ["0" if applies else None]


def test_the_default_is_for_generation_only() -> None:
    rules = director()
    assert chosen(rules, cue(), cue(operation=Asked.EMBEDDING), HEALTH) == ["default", "default", None]


def test_times_counts_applications_and_nth_counts_meetings() -> None:
    assert chosen(director({"times": 2}), *[cue()] * 4) == ["0", "0", "default", "default"]
    assert chosen(director({"nth": [2, 4]}), *[cue()] * 5) == ["default", "0", "default", "0", "default"]
    rules = director({"nth": 2, "when": {"stream": False}})
    assert chosen(rules, cue(stream=False), cue(), cue(stream=False)) == ["default", "default", "0"]


def test_a_rule_that_is_used_up_leaves_room_for_the_next() -> None:
    assert chosen(director({"times": 1}, {"times": 1}), *[cue()] * 3) == ["0", "1", "default"]


def test_chance_is_met_as_often_as_it_says_and_repeats_for_the_same_seed() -> None:
    first = chosen(director({"chance": 0.2}), *[cue()] * 1000)
    assert 150 < first.count("0") < 250
    assert chosen(director({"chance": 0.2}), *[cue()] * 1000) == first
    assert chosen(director({"chance": 0.2}, seed=2), *[cue()] * 1000) != first
