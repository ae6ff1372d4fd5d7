"""Recorded and documented answers, and what each kind must make of them: one file a kind, one entry a case."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sixnines.domain.failure import Failure, FailureKind
from sixnines.providers.interface import BadAnswer
from sixnines.registry import KINDS
from support.recorded_answers import read_recorded_answer, recorded_names

FOLDER = Path(__file__).parent / "classify"
EXPECTED = {"failure", "message", "elsewhere", "param", "code", "retry_after_s", "answered"}
GIVEN = {"source", "status", "headers", "body", "in_stream", "empty_stream", "event"}


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    name: str
    answer: BadAnswer
    expected: Failure


def load_cases() -> list[Case]:
    cases = []
    for path in sorted(FOLDER.glob("*.yaml")):
        table = YAML(typ="safe").load(path)
        assert set(table) <= {"kind", "recorded", "written"}, path
        for name, entry in table.get("recorded", {}).items():
            cases.append(Case(table["kind"], name, recorded(name, entry), expected(entry, recorded(name, entry))))
        for name, entry in table.get("written", {}).items():
            assert entry["source"], f"{path}: {name} does not say where it is from"
            cases.append(Case(table["kind"], name, written(entry), expected(entry, written(entry))))
    return cases


def recorded(name: str, entry: dict) -> BadAnswer:
    assert set(entry) <= EXPECTED | {"event", "empty_stream"}, name
    answer = read_recorded_answer(name)
    if "event" in entry:
        events = re.findall(rb"^data: (.*)$", answer.body, re.MULTILINE)
        (body,) = [event for event in events if entry["event"].encode() in event]
        return BadAnswer(answer.status, answer.headers, body, in_stream=True)
    empty = entry.get("empty_stream", False)
    assert answer.body == b"" or not empty, name
    return BadAnswer(answer.status, answer.headers, answer.body, in_stream=empty, empty_stream=empty)


def written(entry: dict) -> BadAnswer:
    assert set(entry) <= EXPECTED | GIVEN, entry
    headers = [(key.encode(), value.encode()) for key, value in entry.get("headers", {}).items()]
    empty = entry.get("empty_stream", False)
    return BadAnswer(
        entry.get("status", 200),
        headers,
        entry.get("body", "").encode(),
        in_stream=empty or entry.get("in_stream", False),
        empty_stream=empty,
    )


def expected(entry: dict, answer: BadAnswer) -> Failure:
    return Failure(
        FailureKind(entry["failure"]),
        entry["message"],
        status=entry.get("answered", answer.status),
        retry_after_s=entry.get("retry_after_s"),
        param=entry.get("param"),
        code=entry.get("code"),
        elsewhere=entry.get("elsewhere", False),
    )


CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.name}")
def test_an_answer_is_classified_as_its_table_says(case: Case):
    (kind,) = [kind for kind in KINDS if kind.info.name == case.kind]
    assert kind.classify(case.answer) == case.expected


def test_every_recorded_refusal_has_an_expectation():
    tabled = {case.name for case in CASES}
    refusals = [name for name in recorded_names() if read_recorded_answer(name).status // 100 != 2]
    assert len(refusals) > 100
    assert [name for name in refusals if name not in tabled] == []


def test_every_kind_has_a_table():
    assert {case.kind for case in CASES} == {kind.info.name for kind in KINDS}


def test_the_tables_show_every_failure_kind_that_an_answer_can_have():
    # `local` is never the provider's doing.
    assert {case.expected.kind for case in CASES} == set(FailureKind) - {FailureKind.LOCAL}
