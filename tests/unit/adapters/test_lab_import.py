"""`sixnines import lab`: the earlier registry, and how what comes out stands to `examples/lab.yaml`, translated by hand."""

import pytest

from sixnines.adapters.lab.importing import FILES, import_lab
from sixnines.adapters.ledger import leaves
from sixnines.config.checks.interface import route_model
from sixnines.config.diagnostics import spell
from sixnines.config.load import read_config
from sixnines.config.yaml_tree import parse_yaml
from sixnines.registry import CATALOG
from support.adapting import from_lab
from support.checkout import ROOT

FOLDER = ROOT / "tests" / "fixtures" / "lab"
TEXTS = {name: (FOLDER / name).read_text() for name in FILES}


@pytest.fixture(scope="module")
def lab():
    return from_lab(TEXTS)


@pytest.fixture(scope="module")
def by_hand():
    return read_config(ROOT / "examples" / "lab.yaml", None, CATALOG).document


def served(document, name):
    """Who serves a model: the kind, the address and the name there, with weights."""
    return [
        (
            document.providers[each.provider].kind,
            (document.providers[each.provider].base_url or "").removesuffix("/v1"),
            each.model,
            each.weight,
        )
        for each in document.models[name].deployments
    ]


def test_it_has_the_models_that_were_translated_by_hand(lab, by_hand):
    assert {*lab.models} == {*by_hand.models}


def test_each_model_is_served_by_the_same_engines(lab, by_hand):
    assert {name: served(lab.document, name) for name in lab.models} == {
        name: served(by_hand, name) for name in by_hand.models
    }


def test_each_model_falls_back_to_the_same_ones_in_the_same_order(lab, by_hand):
    assert {name: each.fallbacks for name, each in lab.models.items()} == {
        name: each.fallbacks for name, each in by_hand.models.items()
    }


def test_each_model_has_the_same_tier(lab, by_hand):
    assert {name: each.tier for name, each in lab.models.items()} == {
        name: each.tier for name, each in by_hand.models.items()
    }


@pytest.mark.parametrize(
    "name",
    [
        "code",
        "analytical",
        "reasoning",
        "creative",
        "chat",
        "low_latency",
        "large_context",
        "general-chat",
        "code-generation",
        "creative-tasks",
    ],
)
def test_each_capability_chooses_among_the_same_models(lab, by_hand, name):
    def members(document):
        return {route_model(each).model for each in document.routes[name].models}

    assert members(lab.document) == members(by_hand)


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("code", "complexity"),
        ("general-chat", "least_busy"),
        ("low_latency", "least_latency"),
        ("creative-tasks", "quality"),
    ],
)
def test_capabilities_have_the_strategy_that_they_asked_for(lab, by_hand, name, strategy):
    assert lab.document.routes[name].strategy == by_hand.routes[name].strategy == strategy


def test_an_unknown_name_is_answered_by_the_default_chain(lab, by_hand):
    def members(document):
        return [*document.routes[document.default_model].models]

    assert members(lab.document) == members(by_hand)


def test_patterns_mean_a_model_of_the_provider_that_they_named(lab):
    assert lab.snapshot.resolve("Qwen/Qwen2.5-Coder-32B").name == "qwen-coder-vllm"
    assert lab.snapshot.resolve("phi.gguf").name == "llama-cpp-default"
    assert lab.snapshot.resolve("solidrust/dolphin-x-AWQ").name == "llama3.1:latest"


def test_providers_that_were_not_active_are_left_out_and_told(lab):
    assert {*lab.providers} == {"ollama", "llama_cpp_python", "llama_cpp_native", "vllm-qwen", "ollama_cloud"}
    assert lab.told("providers.openai.base_url") == ("dropped", "it is disabled there")


def test_the_cloud_key_is_the_clouds_alone(lab):
    assert {name: each.api_key for name, each in lab.providers.items() if each.api_key} == {
        "ollama_cloud": "env:OLLAMA_API_KEY"
    }


def test_the_gateway_keeps_its_port_and_listens_on_this_machine_alone(lab):
    assert lab.document.server.listen == "127.0.0.1:4000"


def test_everything_local_lies_in_one_failure_domain(lab):
    assert {each.domain for name, each in lab.providers.items() if name != "ollama_cloud"} == {"lab-host"}


def test_every_leaf_of_every_file_is_told_once(lab):
    expected = [
        (f"lab/{name}", spell(path))
        for name in FILES
        for path, _ in leaves(parse_yaml(TEXTS[name], name, merge_keys=True).root)
    ]
    assert [(each.file, each.path) for each in lab.entries] == expected


def test_nothing_of_it_is_a_key_that_nobody_knows(lab):
    assert [each.path for each in lab.entries if each.reason == "this key is not known here"] == []


def test_the_two_files_that_matter_are_enough():
    result = from_lab({name: TEXTS[name] for name in ("providers.yaml", "model-mappings.yaml")})
    assert result.models["llama-cpp-native"].deployments[0].model == "llama-cpp-native"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"providers.yaml": "{}"}, "lab/model-mappings.yaml:1:1: error: is not there; this file is needed"),
        (
            {"providers.yaml": "[a", "model-mappings.yaml": "{}"},
            "lab/providers.yaml:1:1: error: a bracket that is never closed",
        ),
        ({"providers.yaml": "[]", "model-mappings.yaml": "{}"}, "lab/providers.yaml:1:1: error: expected a mapping"),
    ],
)
def test_a_folder_that_cannot_be_read_is_told(texts, message):
    imported = import_lab(texts, "lab", CATALOG)
    assert imported.text is None
    assert any(message in each.render() for each in imported.problems)


ODD = """providers:
  a: {type: vllm, base_url: "http://127.0.0.1:1", status: active, models: [x, {name: y, context_length: many}], configuration: {n_parallel: 3}}
  b: {type: magic, base_url: "http://h:1", status: active}
  c: 7
health_checks: {enabled: no, interval_seconds: 0}
"""
ODD_MAPPINGS = """exact_matches: {m: {provider: a, backend_model: y}, n: {provider: b}, "o o": {provider: a}, p: 3}
fallback_chains: {m: {chain: [m, nobody]}, default: {chain: [nobody]}, q: {}}
capabilities: {m: {preferred_models: [m]}, r: {preferred_models: [zzz]}, s: {provider: a, routing_strategy: odd}}
load_balancing: {t: {providers: [{provider: a, weight: 0}, {provider: b}]}, "u u": {}}
patterns: [{pattern: "(", provider: a}, {pattern: ".*", provider: zzz}, {pattern: "x.*", provider: a}, 4]
"""


def test_odd_values_are_told_and_left_out():
    result = from_lab({"providers.yaml": ODD, "model-mappings.yaml": ODD_MAPPINGS})
    assert {*result.models} == {"m"}
    assert result.document.defaults.health.active is False
    assert result.providers["a"].max_in_flight == 3
    assert result.fate("patterns[0].pattern") == "dropped"
    assert len(result.document.patterns) == 1
    assert {*result.document.routes} == {"s", "t"}
