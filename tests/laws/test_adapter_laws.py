"""Laws of translations: nothing is lost without a word, what comes out is a config, and there and back keeps the meaning."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.adapters.ledger import leaves
from sixnines.adapters.litellm.importing import import_litellm
from sixnines.config.chains import flatten
from sixnines.config.diagnostics import spell
from sixnines.config.load import read_text
from sixnines.config.yaml_tree import parse_yaml
from sixnines.registry import CATALOG
from support.adapting import Result, from_litellm, to_litellm
from support.yaml_text import configs, damaged, nearly_yaml

NAMES = st.sampled_from(["a", "b", "gpt-4o", "x/y", "llama3.1:latest", "A name", "g*", "*", "模", "code"])
LITERAL = "sk-" + "q9z8" * 4
KEYS = st.sampled_from(["os.environ/K", "os.environ/2bad", LITERAL, "none", "", 5, None, LITERAL + "x"])
BASES = st.sampled_from(
    ["http://127.0.0.1:8000", "http://127.0.0.1:4000/v1", "https://a.example/v1", "https://a.example/x", "os.environ/BASE",
     "nonsense", "http://u:p@h/v1", "", None]
)  # fmt: skip
MODELS = st.sampled_from(
    ["openai/x", "gpt-4.1", "ollama/l:8b", "ollama_chat/x", "anthropic/c", "hosted_vllm/q", "azure/z", "unknown/x", "groq/l",
     "x", "openai/*", "*", "claude-1", "openai/" + "y" * 250]
)  # fmt: skip
NUMBERS = st.sampled_from([0, 1, 2, 0.5, -1, 7, 1000, 3_000_000, "4", "many", None, 1e-7, 99999, [], {"a": 1}])
JUNK = st.recursive(
    st.sampled_from([None, True, 1, 0.5, "text", LITERAL, "os.environ/X", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["k", "api_key", "model"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def some(**choices):
    """A mapping with some of these keys."""
    return st.fixed_dictionaries({}, optional=choices)


@st.composite
def entries(draw):
    params = draw(
        some(
            api_base=BASES, api_key=KEYS, weight=NUMBERS, rpm=NUMBERS, tpm=NUMBERS, order=NUMBERS, timeout=NUMBERS,
            stream_timeout=NUMBERS, num_retries=NUMBERS, max_retries=NUMBERS, max_parallel_requests=NUMBERS,
            input_cost_per_token=NUMBERS, output_cost_per_token=NUMBERS, cache_read_input_token_cost=NUMBERS, temperature=NUMBERS, made_up=JUNK,
            custom_llm_provider=st.sampled_from(["openai", "ollama", "azure"]), litellm_credential_name=st.just("c"),
        )
    )  # fmt: skip
    entry = {"model_name": draw(NAMES), "litellm_params": {"model": draw(MODELS), **params}}
    info = draw(
        some(
            max_tokens=NUMBERS, max_input_tokens=NUMBERS, context_length=NUMBERS, supports_vision=st.sampled_from([True, False, 3]),
            supports_function_calling=st.booleans(), mode=st.sampled_from(["chat", "embedding", "rerank"]), id=st.just("i"),
            input_cost_per_token=NUMBERS, made_up=JUNK,
        )
    )  # fmt: skip
    return entry | ({"model_info": info} if info else {})


CHAINS = st.lists(
    st.dictionaries(NAMES, st.lists(NAMES | st.just({"model": "a", "x": 1}), max_size=3), max_size=2), max_size=4
)
SECTION = some(
    fallbacks=CHAINS, context_window_fallbacks=CHAINS, content_policy_fallbacks=CHAINS, default_fallbacks=st.lists(NAMES, max_size=3),
    model_group_alias=st.dictionaries(NAMES | st.just("alias"), NAMES | st.lists(NAMES, max_size=2) | some(model=NAMES, hidden=st.booleans()), max_size=3),
    routing_strategy=st.sampled_from(["simple-shuffle", "least-busy", "latency-based-routing", "cost-based-routing", "own", "usage-based-routing"]),
    num_retries=NUMBERS, timeout=NUMBERS, stream_timeout=NUMBERS, request_timeout=NUMBERS, allowed_fails=NUMBERS,
    cooldown_time=NUMBERS, retry_after=NUMBERS, redis_host=JUNK, made_up=JUNK,
)  # fmt: skip
LITELLM = st.fixed_dictionaries(
    {"model_list": st.lists(entries(), max_size=6)},
    optional={
        "router_settings": SECTION,
        "litellm_settings": SECTION,
        "general_settings": some(master_key=KEYS, max_request_size_mb=NUMBERS, alerting=JUNK, made_up=JUNK),
        "environment_variables": JUNK,
        "credential_list": st.just(
            [{"credential_name": "c", "credential_values": {"api_key": LITERAL, "api_base": "http://c:1/v1"}}]
        ),
        "made_up": JUNK,
    },
)


@pytest.mark.slow
@settings(max_examples=200)
@given(LITELLM)
def test_every_litellm_config_becomes_a_config_and_every_leaf_is_told_once(config):
    text = json.dumps(config, indent=1)
    result = from_litellm(text)
    expected = [spell(path) for path, _ in leaves(parse_yaml(text, "x").root)]
    assert [each.path for each in result.entries] == expected
    lines = text.splitlines()
    assert all(1 <= each.line <= len(lines) for each in result.entries)
    assert LITERAL not in result.text
    assert LITERAL not in repr(result.entries)


@pytest.mark.slow
@settings(max_examples=200)
@given(damaged(LITELLM.map(lambda config: json.dumps(config, indent=1))) | nearly_yaml)
def test_no_text_is_too_broken_to_be_told(text):
    imported = import_litellm(text, "x", CATALOG)
    assert (imported.text is None) == bool(imported.problems)
    if imported.text is not None:
        Result(imported)


def meaning(document):
    """Of a config what there and back keeps: see the law below."""
    kept = {}
    for name, model in document.models.items():
        weights = [each.weight for each in model.deployments]
        plain = {None: 1} if any(each is not None for each in weights) else {}
        kept[name] = {
            "deployments": [
                (place(document, each), each.model, plain.get(each.weight, each.weight)) for each in model.deployments
            ],
            "fallbacks": [*model.fallbacks],
            "aliases": sorted(model.aliases),
            "windows": [each.context_window or model.context_window for each in model.deployments],
            "capabilities": [
                None
                if (found := model.capabilities if each.capabilities is None else each.capabilities) is None
                else {*found}
                for each in model.deployments
            ],
            "prices": [each.price or model.price for each in model.deployments],
            "strategy": model.strategy if len(model.deployments) > 1 else "ordered",
        }
    return kept


def place(document, deployment):
    """Where a deployment's provider is, and by which key; its name and some kinds change."""
    provider = document.providers[deployment.provider]
    base = provider.base_url or CATALOG.kinds[provider.kind].default_base_url
    openai = {"llamacpp", "llamacpp-python"}
    kind = "openai-compatible" if provider.kind in openai else provider.kind
    kind = "openai-compatible" if provider.kind == "openai" and provider.base_url else kind
    return kind, base.rstrip("/").removesuffix("/v1").replace("localhost", "127.0.0.1"), provider.api_key


@pytest.mark.slow
@settings(max_examples=200)
@given(configs())
def test_there_and_back_keeps_deployments_fallbacks_aliases_windows_and_weights(config):
    """Not kept: providers' names, the kinds of llama.cpp, routes (they become models), patterns and the default model (names
    with a star), tiers, domains, contracts, time-outs, and weights that are all the same.
    """
    config["routes"], config["patterns"], config["default_model"] = {}, [], None
    for number, provider in enumerate(config["providers"].values()):
        if number or provider["kind"] not in {"openai", "anthropic"}:
            provider["base_url"] = f"http://127.0.0.1:{9000 + number}/v1"
    text = json.dumps(config)
    loaded = read_text(text, "x", None, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    back = from_litellm(to_litellm(text).text)
    before, after = meaning(loaded.document), meaning(back.document)
    assert {*after} == {*before}
    for name in before:
        assert after[name] == comparable(before[name]), name


def comparable(model):
    """What comes back where several ways of saying it mean the same: weights of one proportion."""
    weights = [each[2] for each in model["deployments"]]
    if weights[0] is not None:
        unit = math.gcd(*weights)
        weights = [each // unit for each in weights]
    alike = len({*weights}) == 1
    model["deployments"] = [
        (where, upstream, None if alike else weight)
        for (where, upstream, _), weight in zip(model["deployments"], weights, strict=True)
    ]
    return model


@pytest.mark.slow
@settings(max_examples=200)
@given(configs())
def test_every_leaf_of_a_config_is_told_once_when_it_is_exported(config):
    text = json.dumps(config, indent=1)
    if read_text(text, "x", None, CATALOG).snapshot is None:
        return
    found = [each.path for each in to_litellm(text).entries]
    assert found == [spell(path) for path, _ in leaves(parse_yaml(text, "x").root)]


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4, unique=True), min_size=1)
)
def test_fallbacks_that_go_round_end_and_ask_the_same_in_the_same_order(graph):
    names = sorted({*graph, *(each for targets in graph.values() for each in targets)})
    text = json.dumps(
        {
            "model_list": [{"model_name": name, "litellm_params": {"model": f"openai/{name}"}} for name in names],
            "router_settings": {"fallbacks": [{name: targets} for name, targets in graph.items()]},
        }
    )
    result = from_litellm(text)
    for name in names:
        asked = [
            result.snapshot.models[each].deployments[0].upstream_model for each in result.snapshot.models[name].chain
        ]
        assert [*dict.fromkeys(each for each in asked if each != name)] == [
            *flatten(name, {n: graph.get(n, []) for n in names})
        ]
