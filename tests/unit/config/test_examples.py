"""The example configs are right, and say of themselves what `check` says of them."""

import pytest

from sixnines.config.document import secret_references
from sixnines.config.load import read_config
from sixnines.registry import CATALOG
from support.checkout import ROOT

EXAMPLES = {path.stem: path for path in (ROOT / "examples").glob("*.yaml")}
ENVIRONMENT = dict.fromkeys(
    ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY", "SIXNINES_KEY_WEB", "SIXNINES_ADMIN_KEY"], "k"
)
# What `check` warns about, which each file explains.
WARNINGS = {"cloud": [], "home-lab": ["domains.lab-gpu"], "two-llamacpp": ["domains.this-machine"]}


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


def test_the_home_lab_keeps_the_order_of_its_chains():
    models = load("home-lab").snapshot.models
    assert models["kimi-k2:1t-cloud"].chain[:2] == ("gpt-oss:120b-cloud", "gpt-oss:20b-cloud")
    assert models["llama3.1:latest"].chain == ("llama-cpp-default", "llama-cpp-native", "gpt-oss:20b-cloud")
    assert [each.weight for each in models["llama3.1:latest"].deployments] == [7, 3]


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("Qwen/Qwen2.5-Coder-32B", "qwen-coder-vllm"),
        ("phi-3.Q4_K_M.gguf", "llama-cpp-default"),
        ("code", "code"),
        ("nobody-knows-it", "universal"),
    ],
)
def test_the_home_lab_resolves(asked, target):
    assert load("home-lab").snapshot.resolve(asked).name == target
