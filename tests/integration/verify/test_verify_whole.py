"""Verification of a gateway in which nothing is wrong: everything is asked, everything passes, everybody is named."""

import pytest

from sixnines.control.events import CheckStatus
from support.lab import Lab
from support.verifying import loaded, verify

TOOL = {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris"}}]}
# A model that can do everything: what a request asks for decides.
ABLE = {
    "models": ["up"],
    "rules": [
        {"when": {"prompt": "Use the tool"}, "then": TOOL},
        {"when": {"prompt": "in JSON"}, "then": {"json": {"city": "Paris", "inhabited": True}}},
        {"when": {"prompt": "Count from"}, "then": {"lorem": 50}},
    ],
    "default": {"lorem": 20, "tokens_per_s": 400},
}
CONFIG = """
providers:
  a: {{kind: openai-compatible, base_url: "{a}"}}
  b: {{kind: llamacpp, base_url: "{b}"}}
models:
  m:
    deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}]
    capabilities: [tools, json_schema, embeddings]
    context_window: 4096
    aliases: [gpt-4o]
    fallbacks: [other]
  other: {{deployments: [{{provider: b, model: spare}}]}}
  vectors: {{deployments: [{{provider: a, model: up}}], capabilities: [embeddings]}}
routes:
  chat: {{models: [m, other]}}
patterns:
  - {{match: ".*\\\\.gguf$", model: other}}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, more="", script=ABLE):
    lab.a, lab.b = lab.engine("openai", script), lab.engine("llamacpp", script)
    config = CONFIG.format(a=lab.a.base_url, b=lab.b.base_url) + more
    lab.serve(config)
    return loaded(config)


async def test_where_nothing_is_wrong_nothing_fails_and_whatever_was_answered_says_by_whom(lab):
    found = await verify(lab, served(lab))
    assert found.of(CheckStatus.FAILED) == set(), found.table()
    asked = [
        each for each in found.results if each.group in ("models", "chains", "streaming", "tools", "json", "latency")
    ]
    assert asked != []
    assert all(each.served_by in ("a", "b") for each in asked if each.status is CheckStatus.PASSED)
    assert len(found.of(CheckStatus.PASSED)) >= 31, found.table()


async def test_each_deployment_and_each_step_is_answered_by_the_one_that_was_asked(lab):
    found = await verify(lab, served(lab), "models", "chains")
    by = {(each.group, each.subject, each.name.split(" ")[0]): each.served_by for each in found.results}
    assert by == {
        ("models", "m", "a/up"): "a",
        ("models", "m", "b/up"): "b",
        ("models", "other", "b/spare"): "b",
        ("models", "vectors", "a/up"): "a",
        ("chains", "m -> other", "the"): "b",
    }


async def test_names_are_answered_by_what_they_stand_for(lab):
    found = await verify(lab, served(lab, more="default_model: other\n"), "names", "gateway")
    names = {each.subject: (each.status, each.served_by) for each in found.results if each.group == "names"}
    assert names == {
        "chat": (CheckStatus.PASSED, "a"),
        "gpt-4o": (CheckStatus.PASSED, "a"),
        "patterns[0]": (CheckStatus.PASSED, "b"),
        "default_model": (CheckStatus.PASSED, "b"),
    }
    unknown = found.one("gateway", "an unknown model is a 404 that names the nearest")
    assert unknown.status is CheckStatus.SKIPPED


async def test_what_is_measured_are_all_of_the_samples_of_each_provider(lab):
    found = await verify(lab, served(lab), "latency", "metrics")
    measured = {each.subject: each.measured for each in found.results if each.group == "latency"}
    assert measured.keys() == {"a", "b"}
    for each in measured.values():
        assert each["samples"] == 2
        assert 0 < each["ttfb_p50_s"] <= each["ttfb_p95_s"] < 5
        assert 0 < each["tokens_per_s_p95"] <= each["tokens_per_s_p50"] < 2000
    calls = found.one("metrics", "its calls are counted", "a").measured
    assert (calls["calls_good"], calls["calls_bad"]) == (2, 0)


async def test_no_two_measured_prompts_begin_alike(lab):
    config = served(lab)
    await verify(lab, config, "latency")
    prompts = [each.json()["messages"][0]["content"] for each in lab.a.requests if each.path == "/v1/chat/completions"]
    assert len({each[:10] for each in prompts}) == len(prompts) == 2
