"""A saved plan is read as it was written, or refused with a reason."""

import json
import re

import pytest

from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.change_plan import Base, ChangePlan, compare
from sixnines.control.plan_file import LARGEST, read_plan, write_plan
from sixnines.errors import ControlError, UnusablePlan
from sixnines.registry import CATALOG
from support.applying import document_of

OLD = {"version": 1, "providers": {"p": {"kind": "ollama", "max_in_flight": 4, "api_key": "env:KEY"}}}
NEW = {"version": 1, "server": {"listen": "0.0.0.0:4000"}, "providers": {"p": {"kind": "ollama", "base_url": "http://10.0.0.1"}}}  # fmt: skip
SOURCES = (SourceFile("lab.yaml", b"version: 1\n\xc3\xa9"), SourceFile("more/a.yaml", b""))
CONFIG = "/etc/sixnines/lab.yaml"


@pytest.fixture
def plan():
    compared = compare(document_of(OLD), document_of(NEW), CATALOG)
    return ChangePlan(
        config=CONFIG,
        base=Base(revision=7, digest="ab" * 32),
        digest=digest_of(SOURCES),
        sources=SOURCES,
        changes=compared.changes,
        risks=compared.risks,
        next_start=compared.next_start,
        made_unix_s=1_700_000_000.25,
        version="0.1.0",
    )


def altered(content, change):
    value = json.loads(content)
    change(value)
    return json.dumps(value).encode()


def refusal(content, config=None):
    with pytest.raises(UnusablePlan) as refused:
        read_plan(content, name="the.plan", config=config)
    assert isinstance(refused.value, ControlError)
    message = str(refused.value)
    assert message.startswith("the.plan: ")
    return message


def test_what_is_read_is_what_was_written(plan):
    assert plan.next_start == ("server.listen",)
    assert plan.changes
    assert plan.risks
    assert read_plan(write_plan(plan), name="x", config=CONFIG) == plan
    assert read_plan(write_plan(plan), name="x") == plan
    assert write_plan(plan) == write_plan(plan)


def test_how_it_is_laid_out_does_not_matter(plan):
    content = json.dumps(json.loads(write_plan(plan))).encode()
    assert read_plan(content, name="x") == plan


def test_a_plan_without_a_base_is_one_from_nothing(plan):
    import msgspec

    fresh = msgspec.structs.replace(plan, base=None)
    assert read_plan(write_plan(fresh), name="x").base is None


@pytest.mark.parametrize("content", [b"", b"version: 1\n", b"[]", b"{}", b"\xff\xfe", b'{"form": "sixnines plan"}'])
def test_what_is_no_plan_is_told_from_one(content):
    assert re.search(r"not a change plan.*make it again: sixnines plan --out PLAN", refusal(content))


def test_json_of_something_else_is_no_plan(plan):
    assert "not a change plan" in refusal(altered(write_plan(plan), lambda value: value.update(form="terraform")))


def test_another_version_is_refused_by_its_number(plan):
    content = altered(write_plan(plan), lambda value: value.update(form_version=2, plan={"of": "another form"}))
    assert "version 2 of the form of plans, and this sixnines reads version 1" in refusal(content)


def test_any_cut_is_refused(plan):
    content = write_plan(plan)
    for length in range(0, len(content) - 2, 97):
        refusal(content[:length])


def test_any_changed_letter_is_refused_or_changes_nothing(plan):
    content = write_plan(plan)
    refused = 0
    for place in range(0, len(content), 31):
        if content[place : place + 1] in b" \n":
            continue
        damaged = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        try:
            assert read_plan(damaged, name="x") == plan
        except UnusablePlan:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.update(made_unix_s=1.0),
        lambda plan: plan["base"].update(revision=8),
        lambda plan: plan["changes"].pop(),
        lambda plan: plan["risks"].clear(),
        lambda plan: plan["sources"][0].update(content="dmVyc2lvbjogMg=="),
        lambda plan: plan.update(config="/elsewhere.yaml"),
    ],
)
def test_what_was_changed_by_hand_is_refused(plan, change):
    content = altered(write_plan(plan), lambda value: change(value["plan"]))
    assert "changed since it was made (its SHA-256 differs)" in refusal(content)


def test_a_key_that_nobody_knows_is_damage(plan):
    assert "damaged" in refusal(altered(write_plan(plan), lambda value: value.update(more=1)))


def test_sources_that_are_not_those_of_the_plan_are_refused(plan):
    import msgspec

    for other in ((), SOURCES[:1]):
        assert "not the one that it was made for" in refusal(write_plan(msgspec.structs.replace(plan, sources=other)))


def test_a_plan_for_another_config_is_refused(plan):
    assert refusal(write_plan(plan), "/etc/other.yaml") == (
        f"the.plan: made for {CONFIG}, not for /etc/other.yaml; make one for this config"
    )


def test_what_is_too_large_is_not_even_looked_at():
    assert "larger than 64 MiB" in refusal(b" " * (LARGEST + 1))


def test_no_value_of_a_secret_is_in_it_but_its_name(plan):
    assert b"env:KEY" in write_plan(plan)
