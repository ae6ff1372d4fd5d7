"""The example configs are right, and say of themselves what `check` says of them."""

import pytest

from sixnines.config.document import secret_references
from sixnines.config.load import read_config
from sixnines.domain.tier import Tier
from sixnines.registry import CATALOG
from support.checkout import ROOT

EXAMPLES = {path.stem: path for path in (ROOT / "examples").glob("*.yaml")}
ENVIRONMENT = dict.fromkeys(
    ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY", "SIXNINES_KEY_WEB", "SIXNINES_ADMIN_KEY"], "k"
)
# What `check` warns about, which each file explains.
CLOUD_MODELS = [
    "deepseek-v3.1:671b-cloud",
    "kimi-k2:1t-cloud",
    "qwen3-coder:480b-cloud",
    "gpt-oss:120b-cloud",
    "gpt-oss:20b-cloud",
    "glm-4.6:cloud",
]
WARNINGS = {
    "cloud": [],
    "lab": ["domains.lab-gpu", *(f'models."{name}".fallbacks' for name in CLOUD_MODELS)],
    "two-llamacpp": ["domains.this-machine"],
}


def load(name):
    return read_config(EXAMPLES[name], ENVIRONMENT, CATALOG)


def test_every_example_is_known_here():
    assert set(EXAMPLES) == set(WARNINGS)


@pytest.mark.parametrize("name", WARNINGS)
def test_an_example_has_no_errors_and_only_the_known_warnings(name):
    loaded = load(name)
    assert loaded.snapshot is not None, loaded.report()
    assert [each.path for each in loaded.diagnostics] == WARNINGS[name]


@pytest.mark.parametrize("name", WARNINGS)
def test_an_example_names_every_variable_it_reads(name):
    explained = EXAMPLES[name].read_text().partition("version: 1")[0]
    read = {reference.removeprefix("env:") for _, reference in secret_references(load(name).document)}
    assert [variable for variable in read if variable not in explained] == []


def test_the_lab_is_all_there():
    snapshot = load("lab").snapshot
    assert len(snapshot.models) == 12
    assert {each.kind.name for each in snapshot.providers.values()} == {"ollama", "vllm", "llamacpp", "llamacpp-python"}
    assert {
        "code", "analytical", "reasoning", "creative", "chat", "high_throughput", "low_latency", "large_context",
    } < {*snapshot.routes}  # fmt: skip
    assert len(snapshot.patterns) == 6
    assert {each.tier for each in snapshot.models.values()} == {*Tier}


def test_the_lab_shows_every_strategy_there_is():
    snapshot = load("lab").snapshot
    used = {each.strategy for section in (snapshot.models, snapshot.routes) for each in section.values()}
    assert used == {*CATALOG.strategies}


def test_the_lab_keeps_the_order_of_its_chains():
    models = load("lab").snapshot.models
    assert models["kimi-k2:1t-cloud"].chain[:2] == ("gpt-oss:120b-cloud", "gpt-oss:20b-cloud")
    assert models["llama3.1:latest"].chain == ("llama-cpp-default", "llama-cpp-native", "gpt-oss:20b-cloud")
    assert [each.weight for each in models["llama3.1:latest"].deployments] == [7, 3]


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("Qwen/Qwen2.5-Coder-32B", "qwen-coder-vllm"),
        ("phi-3.Q4_K_M.gguf", "gguf"),
        ("mistral:7b", "chat"),
        ("code", "code"),
        ("code_generation", "code"),
        ("nobody-knows-it", "universal"),
    ],
)
def test_the_lab_resolves(asked, target):
    assert load("lab").snapshot.resolve(asked).name == target
