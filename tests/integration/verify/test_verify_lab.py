"""The lab of `examples/lab.yaml` with stand-ins for its engines: every promise of a real config is asked for."""

import pytest

from sixnines.control.events import CheckStatus
from support.checkout import ROOT
from support.lab import Lab
from support.verifying import loaded, verify

KEY = {"OLLAMA_API_KEY": "sk-cloud"}
ABLE = {
    "rules": [
        {
            "when": {"prompt": "Use the tool"},
            "then": {"tool_calls": [{"name": "get_weather", "arguments": {"city": "x"}}]},
        },
        {"when": {"prompt": "in JSON"}, "then": {"json": {"city": "Paris", "inhabited": True}}},
    ],
    "default": {"lorem": 20},
}
LOCAL = ["llama3.1:latest", "qwen2.5-coder:7b", "mythomax-l2-13b-q5_k_m"]
CLOUD = ["deepseek-v3.1:671b", "kimi-k2:1t", "qwen3-coder:480b", "gpt-oss:120b", "gpt-oss:20b", "glm-4.6"]
# The optional llama.cpp server is down: nothing listens at port 1.
PORTS = {"11434": "ollama", "8001": "vllm", "8000": "llamacpp-python", "8080": None}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab):
    """The example, with its addresses replaced."""
    models = {"ollama": LOCAL, "vllm": ["Qwen/Qwen2.5-Coder-7B-Instruct-AWQ"], "llamacpp-python": ["local-model"]}
    config = (
        (ROOT / "examples" / "lab.yaml")
        .read_text()
        .replace("127.0.0.1:4000", "127.0.0.1:0")
        .replace("version: 1\n", "")
    )
    for port, kind in PORTS.items():
        url = "http://127.0.0.1:1" if kind is None else lab.engine(kind, {**ABLE, "models": models[kind]}).base_url
        config = config.replace(f"http://127.0.0.1:{port}", url)
    lab.cloud = lab.engine("ollama", {**ABLE, "models": CLOUD, "context_window": 300_000})
    config = config.replace('"https://ollama.com"', f'"{lab.cloud.base_url}", local: false')
    lab.serve(config, KEY)
    return loaded(config, KEY)


def generated(engine):
    return [each for each in engine.requests if each.path == "/api/chat"]


async def test_the_lab_is_asked_all_that_it_promises_without_a_cent(lab):
    found = await verify(lab, served(lab))
    assert found.of(CheckStatus.FAILED) == set(), found.table()
    assert len(found.results) >= 100
    assert len(found.of(CheckStatus.PASSED)) >= 31
    reasoning = found.one("names", "the route is answered", "reasoning")
    assert reasoning.status is CheckStatus.SKIPPED
    assert "tier local is further down than max_tier_drop allows" in reasoning.message
    assert generated(lab.cloud) == []
    assert found.budget.spent_micros == 0


async def test_with_a_dollar_the_cloud_is_asked_as_well(lab):
    found = await verify(lab, served(lab), "models", "chains", "names", max_cost=1.0)
    assert found.of(CheckStatus.FAILED) == set(), found.table()
    skipped = {each.message for each in found.results if each.status is CheckStatus.SKIPPED}
    for each in skipped:
        assert each.startswith("optional: llamacpp-native is down") or each.endswith(
            "is asked as llama3.1:latest already"
        )
    reasoning = found.one("names", "the route is answered", "reasoning")
    assert (reasoning.status, reasoning.served_by) == (CheckStatus.PASSED, "ollama-cloud")
    assert generated(lab.cloud) != []
    assert 0 < found.budget.spent_micros < 1_000_000
