"""Sixty and more requests in the lab of `examples/lab.yaml`: who is asked in which order, and why. A case is a file."""

import shlex

import pytest

from sixnines.registry import STRATEGIES
from support.golden_routing import Case, cases, said

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.stem)
def test_the_order_and_the_reasons_are_those_in_the_file(case: Case) -> None:
    assert said(case) == case.expected


def test_there_are_sixty_and_each_says_what_it_is_there_for() -> None:
    assert len(CASES) >= 60
    for case in CASES:
        sentence, command = case.head.splitlines()[:2]
        assert sentence.endswith(".")
        assert shlex.split(command)[:3] == ["$", "sixnines", "explain"]


def test_no_two_ask_the_same() -> None:
    asked = [(*case.words, case.request) for case in CASES]
    assert len({*asked}) == len(asked)


@pytest.mark.parametrize("strategy", [each.info.name for each in STRATEGIES])
def test_every_strategy_decides_somewhere(strategy: str) -> None:
    assert [case for case in CASES if f", {strategy}: " in case.expected] != []


@pytest.mark.parametrize(
    "said",
    [
        "by its name", "by an alias", "by the pattern", "by default_model", "does not exist",
        "session ", "quality ", "local only", "deny ", "provider ", "priority ",
        "down: assumed", "busy: assumed", "loading: assumed", "saturated: ", "cold", "warm",
        "the data may not leave the host", "is further down than max_tier_drop allows", "context window ",
        "the caller does not want it", "may be asked", "is required", "depends", "does not declare ",
        "request  chat", "request  embedding", "request  completion", "503 no_local_provider", "context_length_exceeded",
        "unsupported_capability", "needs tools", "needs vision", "needs json_schema",
        "complexity simple", "complexity standard", "complexity complex",
    ],
)  # fmt: skip
def test_every_reason_and_every_wish_is_somewhere(said: str) -> None:
    assert [case for case in CASES if said in case.expected] != []
