"""`sixnines export litellm`: what our keys become, and what LiteLLM cannot express."""

import pytest
from ruamel.yaml import YAML

from support.adapting import to_litellm

TWO = """version: 1
providers:
  a: {kind: llamacpp, base_url: "http://127.0.0.1:8080"}
  b: {kind: ollama, base_url: "https://ollama.com", api_key: "env:OLLAMA_API_KEY"}
  c: {kind: anthropic, api_key: "file:/run/secrets/claude key"}
  d: {kind: vllm, base_url: "http://gpu:8001/v1", max_in_flight: 3, domain: host}
domains: {host: {}}
models:
  m:
    deployments: [{provider: a, model: x, weight: 7}, {provider: d, model: y, weight: 3}]
    strategy: weighted
    aliases: [also]
    context_window: 8192
    capabilities: [tools]
    fallbacks: [n]
    hedge: {after: 800ms}
  n: {deployments: [{provider: b, model: z}], context_window: 100000, price: {input: 0.25, output: 1}}
  o: {deployments: [{provider: c, model: claude}, {provider: a, model: x}], timeouts: {total: 1m}}
routes:
  r: {models: [o, n]}
  s: {strategy: weighted, models: [{model: m, weight: 3}, {model: n, weight: 1}]}
patterns:
  - {match: "gpt-.*", model: m}
  - {match: "(a|b)", model: m}
default_model: n
"""


def exported(text=TWO):
    return YAML(typ="safe", pure=True).load(to_litellm(text).text)


def entries(name, text=TWO):
    return [each for each in exported(text)["model_list"] if each["model_name"] == name]


def told(path, text=TWO):
    (entry,) = [each for each in to_litellm(text).entries if each.path == path]
    return str(entry.fate), entry.reason


def test_each_kind_has_its_prefix_and_address():
    first, second = entries("m")
    assert first["litellm_params"] == {
        "model": "openai/x", "api_base": "http://127.0.0.1:8080/v1", "api_key": "not-needed", "weight": 7,
    }  # fmt: skip
    assert second["litellm_params"]["model"] == "hosted_vllm/y"
    assert second["litellm_params"]["max_parallel_requests"] == 3
    (cloud,) = entries("n")
    assert cloud["litellm_params"]["model"] == "ollama_chat/z"
    assert cloud["litellm_params"]["api_base"] == "https://ollama.com"
    assert cloud["litellm_params"]["api_key"] == "os.environ/OLLAMA_API_KEY"


def test_an_engine_without_a_key_is_never_sent_openais():
    assert {each["litellm_params"].get("api_key") for each in entries("m")} == {"not-needed"}


def test_a_key_in_a_file_has_to_be_put_into_a_variable():
    (anthropic, _) = entries("o")
    assert anthropic["litellm_params"]["api_key"] == "os.environ/RUN_SECRETS_CLAUDE_KEY"
    assert "RUN_SECRETS_CLAUDE_KEY has to hold what is in /run/secrets/claude key" in to_litellm(TWO).text


def test_deployments_in_order_have_an_order():
    assert [each["litellm_params"]["order"] for each in entries("o")] == [1, 2]


def test_windows_capabilities_and_prices_are_model_info():
    assert entries("m")[0]["model_info"] == {
        "max_input_tokens": 8192,
        "supports_function_calling": True,
        "supports_vision": False,
        "supports_response_schema": False,
    }
    (cloud,) = entries("n")
    assert cloud["litellm_params"]["input_cost_per_token"] == 0.25e-6


def test_fallbacks_aliases_and_larger_windows_are_the_routers():
    router = exported()["router_settings"]
    assert router["fallbacks"] == [{"m": ["n"]}, {"r": ["n"]}]
    assert router["context_window_fallbacks"] == [{"m": ["n"]}]
    assert router["model_group_alias"] == {"also": "m"}
    assert router["enable_pre_call_checks"] is True
    assert router["num_retries"] == 1


def test_a_window_of_the_same_size_is_not_larger():
    assert "context_window_fallbacks" not in exported(TWO.replace("100000", "8192"))["router_settings"]


def test_a_route_that_spreads_is_a_group_of_all_its_deployments():
    assert [each["litellm_params"].get("weight") for each in entries("s")] == [21, 9, 10]


def test_a_route_in_order_is_its_first_model_with_the_others_behind():
    assert [each["litellm_params"]["model"] for each in entries("r")] == ["anthropic/claude", "openai/x"]
    assert told("routes.r.models[0]")[0] == "approximated"


def test_a_pattern_of_stars_is_kept_and_any_other_told():
    assert len(entries("gpt-*")) == 2
    assert told("patterns[1].match") == ("dropped", "LiteLLM knows stars, no regular expressions")


def test_the_default_model_is_a_star():
    assert len(entries("*")) == 1


@pytest.mark.parametrize(
    ("path", "fate"),
    [
        ("models.m.hedge.after", "dropped"),
        ("models.m.strategy", "translated"),
        ("models.m.deployments[0].weight", "translated"),
        ("models.m.context_window", "approximated"),
        ("models.o.timeouts.total", "approximated"),
        ("providers.d.domain", "dropped"),
        ("providers.d.max_in_flight", "approximated"),
        ("domains.host", "dropped"),
        ("version", "translated"),
    ],
)
def test_each_key_is_told(path, fate):
    assert told(path)[0] == fate


def test_callers_keys_become_the_master_key():
    text = TWO + 'server: {api_keys: ["env:A", "env:B"], admin_key: "env:C", listen: "127.0.0.1:4100"}\n'
    assert exported(text)["general_settings"] == {"master_key": "os.environ/A"}
    assert told("server.api_keys[1]", text)[0] == "dropped"
    assert "litellm --config FILE --host 127.0.0.1 --port 4100" in to_litellm(text).text


def test_litellm_gets_the_key_without_which_it_does_not_start():
    assert exported()["general_settings"] == {"master_key": "os.environ/LITELLM_MASTER_KEY"}


def test_every_key_is_told_exactly_once():
    paths = [each.path for each in to_litellm(TWO).entries]
    assert len(paths) == len({*paths})
    assert "models.m.deployments[1].provider" in paths
