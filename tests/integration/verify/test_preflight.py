"""Preflight: what is found out about providers before anything is served by a change. Nobody is asked for a token."""

import pytest

from sixnines.bootstrap import looking_up
from sixnines.clock import SystemClock
from sixnines.control.events import CheckStatus
from sixnines.control.preflight import ProviderPreflight, changed
from support.lab import Lab
from support.verifying import loaded

KEY = {"UPSTREAM_KEY": "sk-upstream", "OTHER_KEY": "sk-other"}
PASSED, FAILED, WARNING, SKIPPED = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.WARNING, CheckStatus.SKIPPED


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def config(url, *, kind="openai-compatible", model="up", window=None, more=""):
    declared = "" if window is None else f", context_window: {window}"
    return loaded(
        f"""
providers:
  p: {{kind: {kind}, base_url: "{url}"{more}}}
models:
  m: {{deployments: [{{provider: p, model: "{model}"{declared}}}]}}
""",
        KEY,
    )


async def preflight(new, old=None):
    async with looking_up() as lookup:
        return [each async for each in ProviderPreflight(lookup, SystemClock())(old, new)]


def told(results):
    return {each.name: (each.status, each.message) for each in results}


async def test_a_provider_that_is_as_declared_passes_and_is_asked_for_no_token(lab):
    engine = lab.engine("vllm")
    found = told(await preflight(config(engine.base_url, kind="vllm", window=8192)))
    assert found == {
        "it answers its probe": (PASSED, "is ready"),
        "it has up": (PASSED, "listed"),
        "what up holds": (PASSED, "8,192 declared, 8,192 held"),
    }
    assert {each.path for each in engine.requests} == {"/health", "/v1/models"}


@pytest.mark.parametrize("kind", ["openai-compatible", "llamacpp", "ollama", "vllm"])
async def test_one_that_is_down_fails_and_nothing_more_is_asked(kind):
    found = told(await preflight(config("http://127.0.0.1:1", kind=kind, window=100)))
    assert found["it answers its probe"][0] is FAILED
    assert found["it has up"] == found["what up holds"] == (SKIPPED, "it is down")


async def test_an_optional_one_that_is_down_is_a_warning():
    found = told(await preflight(config("http://127.0.0.1:1", more=", optional: true")))
    assert found["it answers its probe"][0] is WARNING
    assert FAILED not in {status for status, _ in found.values()}


@pytest.mark.parametrize("kind", ["openai", "openai-compatible", "anthropic", "vllm"])
async def test_a_key_that_is_refused_fails(lab, kind):
    engine = lab.engine("openai" if kind == "openai-compatible" else kind, {"api_keys": ["sk-right"], "models": ["up"]})
    found = told(await preflight(config(engine.base_url, kind=kind, more=', api_key: "env:UPSTREAM_KEY"')))
    assert found["its key is accepted"] == (FAILED, "refuses the credential (401)")


async def test_a_key_that_is_accepted_passes(lab):
    engine = lab.engine("openai", {"api_keys": ["sk-upstream"], "models": ["up"]})
    found = told(await preflight(config(engine.base_url, kind="openai", more=', api_key: "env:UPSTREAM_KEY"')))
    assert found["its key is accepted"] == (PASSED, "lists its models")


@pytest.mark.parametrize("kind", ["openai", "ollama", "vllm", "anthropic"])
async def test_a_model_that_is_not_there_fails_and_says_which_are(lab, kind):
    engine = lab.engine(kind, {"models": ["another"]})
    key = ', api_key: "env:UPSTREAM_KEY"' if kind in ("openai", "anthropic") else ""
    found = told(await preflight(config(engine.base_url, kind=kind, more=key)))
    status, message = found["it has up"]
    assert status is FAILED
    assert "another" in message


async def test_ollama_adds_a_tag_to_a_name_without_one(lab):
    engine = lab.engine("ollama", {"models": ["up:latest"]})
    assert told(await preflight(config(engine.base_url, kind="ollama")))["it has up"] == (PASSED, "listed")


@pytest.mark.parametrize("kind", ["llamacpp", "llamacpp-python"])
async def test_who_answers_to_any_name_says_what_is_loaded(lab, kind):
    engine = lab.engine(kind, {"models": ["another"]})
    status, message = told(await preflight(config(engine.base_url, kind=kind)))["it has up"]
    assert status is PASSED
    assert message == "answers to any name with what it has loaded (another)"


@pytest.mark.parametrize("kind", ["llamacpp", "vllm", "ollama"])
@pytest.mark.parametrize(("window", "status"), [(4096, PASSED), (4097, FAILED)])
async def test_a_window_that_is_larger_than_what_the_engine_holds_fails(lab, kind, window, status):
    engine = lab.engine(kind, {"models": ["up"], "context_window": 4096})
    found = told(await preflight(config(engine.base_url, kind=kind, window=window)))
    assert found["what up holds"][0] is status
    assert "4,096" in found["what up holds"][1]


async def test_who_does_not_tell_its_window_is_skipped(lab):
    engine = lab.engine("openai")
    found = told(await preflight(config(engine.base_url, window=4096)))
    assert found["what up holds"] == (SKIPPED, "the engine does not tell")


async def test_one_that_is_loading_is_a_warning(lab):
    engine = lab.engine("llamacpp", {"rules": [{"when": {"path": "/health"}, "then": {"error": "loading"}}]})
    assert told(await preflight(config(engine.base_url, kind="llamacpp")))["it answers its probe"][0] is WARNING


async def test_a_server_of_another_kind_fails(lab):
    engine = lab.engine("openai")
    assert told(await preflight(config(engine.base_url, kind="llamacpp")))["it answers its probe"][0] is FAILED


async def test_only_what_has_changed_is_asked(lab):
    engine = lab.engine("openai")
    same = config(engine.base_url)
    assert await preflight(same, same) == []
    assert await preflight(config(engine.base_url, model="other"), same) != []
    seen = engine.total
    assert await preflight(same, config(engine.base_url, model="other")) != []
    assert engine.total > seen


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ({}, {}, False),
        ({}, {"model": "other"}, True),
        ({}, {"window": 100}, True),
        ({"window": 100}, {"window": 200}, True),
        ({}, {"more": ", max_in_flight: 3"}, True),
        ({"more": ', api_key: "env:UPSTREAM_KEY"'}, {"more": ', api_key: "env:OTHER_KEY"'}, True),
        ({}, {"kind": "vllm"}, True),
    ],
)
def test_what_counts_as_changed(before, after, asked):
    old, new = config("http://127.0.0.1:1", **before), config("http://127.0.0.1:1", **after)
    assert ([spec.name for spec, _ in changed(old.snapshot, new.snapshot)] == ["p"]) is asked


def test_without_a_config_before_all_are_asked():
    assert [spec.name for spec, _ in changed(None, config("http://127.0.0.1:1").snapshot)] == ["p"]
