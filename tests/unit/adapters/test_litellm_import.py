"""`sixnines import litellm`: what becomes of LiteLLM's keys, one sentence a test."""

import pytest

from sixnines.adapters.ledger import Fate
from support.adapting import from_litellm, one_model, refused

KEY = "sk-" + "a1b2" * 5


def deployment(result, model="m", index=0):
    return result.models[model].deployments[index]


@pytest.mark.parametrize(
    ("params", "kind", "base_url", "upstream"),
    [
        ("model: openai/gpt-4.1", "openai", None, "gpt-4.1"),
        ("model: gpt-4.1", "openai", None, "gpt-4.1"),
        ("model: claude-sonnet-4-5", "anthropic", None, "claude-sonnet-4-5"),
        ("model: anthropic/claude-x", "anthropic", None, "claude-x"),
        ('model: "ollama/llama3.1:latest"', "ollama", None, "llama3.1:latest"),
        ('model: ollama_chat/x, api_base: "http://gpu:11434"', "ollama", "http://gpu:11434", "x"),
        ('model: hosted_vllm/org/m, api_base: "http://gpu:8001/v1"', "vllm", "http://gpu:8001/v1", "org/m"),
        ('model: openai/x, api_base: "http://h:1/v1"', "openai-compatible", "http://h:1/v1", "x"),
        ('model: Qwen/Q, custom_llm_provider: openai, api_base: "http://h:1/v1"', "openai-compatible", "http://h:1/v1", "Qwen/Q"),
        ("model: groq/llama", "openai-compatible", "https://api.groq.com/openai/v1", "llama"),
        ('model: openai/x, api_base: "https://api.openai.com/v1"', "openai", None, "x"),
        ("model: text-embedding-3-small", "openai", None, "text-embedding-3-small"),
    ],
)  # fmt: skip
def test_a_prefix_says_the_kind_of_the_provider(params, kind, base_url, upstream):
    result = from_litellm(one_model(params))
    provider = result.providers[deployment(result).provider]
    assert (provider.kind, provider.base_url, deployment(result).model) == (kind, base_url, upstream)
    assert result.fate("model_list[0].litellm_params.model") == "translated"


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ("model: azure/x, api_base: https://x.example, api_version: '1'", 'no provider kind for "azure"'),
        ("model: bedrock/anthropic.claude", 'no provider kind for "bedrock"'),
        ("model: gemini/gemini-pro", "no provider kind"),
        ("model: hosted_vllm/x", "api_base is missing"),
        ("model: some/name", "nobody can tell"),
        ('model: ollama/x, api_base: "http://u:p@h:1"', "api_base cannot be used"),
    ],
)
def test_what_no_kind_can_serve_is_left_out_and_told_for_each_of_its_keys(params, reason):
    result = from_litellm(one_model(params, "mode: chat"))
    assert result.models == {}
    assert {each.fate for each in result.entries} == {Fate.DROPPED}
    assert all(reason in each.reason for each in result.entries)


def test_a_model_of_an_unknown_mode_is_left_out():
    result = from_litellm(one_model("model: openai/whisper-1", "mode: audio_transcription"))
    assert result.models == {}
    assert "audio_transcription" in result.told("model_list[0].model_info.mode")[1]


def test_a_key_from_the_environment_becomes_a_reference():
    result = from_litellm(one_model("model: openai/x, api_key: os.environ/MY_KEY"))
    assert result.providers["openai"].api_key == "env:MY_KEY"
    assert result.variables == ("MY_KEY",)


def test_a_key_that_is_written_out_is_not_copied():
    result = from_litellm(one_model(f"model: openai/x, api_key: {KEY}"))
    assert result.providers["openai"].api_key == "env:OPENAI_API_KEY"
    assert result.written == ("OPENAI_API_KEY",)
    assert result.told("model_list[0].litellm_params.api_key") == (
        "approximated", "a key is written out here: it was not copied; put it into OPENAI_API_KEY",
    )  # fmt: skip
    assert KEY not in result.text
    assert KEY not in repr(result.entries)


def test_two_keys_of_one_vendor_become_two_providers():
    text = f"""model_list:
  - {{model_name: m, litellm_params: {{model: openai/x, api_key: {KEY}1}}}}
  - {{model_name: m, litellm_params: {{model: openai/x, api_key: {KEY}2}}}}
  - {{model_name: m, litellm_params: {{model: openai/x, api_key: {KEY}1}}}}
  - {{model_name: n, litellm_params: {{model: openai/x, api_key: os.environ/OPENAI_API_KEY}}}}
"""
    result = from_litellm(text)
    assert [each.api_key for each in result.providers.values()] == [
        "env:OPENAI_API_KEY_2", "env:OPENAI_API_KEY_3", "env:OPENAI_API_KEY",
    ]  # fmt: skip
    assert [each.provider for each in result.models["m"].deployments] == ["openai", "openai-2"]


def test_an_engine_without_a_key_is_not_sent_somebody_elses():
    result = from_litellm(one_model('model: openai/x, api_base: "http://127.0.0.1:8000/v1"'))
    assert result.providers["openai-compatible"].api_key is None


@pytest.mark.parametrize("word", ["not-needed", "EMPTY", "none", "sk-no-key-required", '""'])
def test_a_placeholder_is_no_key(word):
    result = from_litellm(one_model(f'model: openai/x, api_base: "http://h:1/v1", api_key: {word}'))
    assert result.providers["openai-compatible"].api_key is None
    assert result.variables == ()


def test_an_address_from_the_environment_has_to_be_written_by_hand():
    result = from_litellm(one_model("model: ollama/x, api_base: os.environ/OLLAMA_HOST"))
    assert result.providers["ollama"].base_url == "http://ollama-host.invalid"
    assert "OLLAMA_HOST" in result.told("model_list[0].litellm_params.api_base")[1]
    assert "# an address cannot come from the environment: write the value of OLLAMA_HOST here" in result.text


def test_providers_of_one_kind_are_named_by_where_they_are():
    text = """model_list:
  - {model_name: a, litellm_params: {model: ollama/x, api_base: "http://127.0.0.1:11434"}}
  - {model_name: b, litellm_params: {model: ollama/x, api_base: "http://127.0.0.1:11435"}}
  - {model_name: c, litellm_params: {model: ollama/x, api_base: "https://ollama.com"}}
  - {model_name: d, litellm_params: {model: openai/x}}
"""
    assert [*from_litellm(text).providers] == ["ollama-11434", "ollama-11435", "ollama-ollama.com", "openai"]


def test_two_ways_of_writing_an_address_are_one_provider():
    text = """model_list:
  - {model_name: a, litellm_params: {model: openai/x, api_base: "http://h:1"}}
  - {model_name: b, litellm_params: {model: openai/y, api_base: "http://h:1/v1/"}}
"""
    assert len(from_litellm(text).providers) == 1


GROUP = """model_list:
  - {model_name: m, litellm_params: {model: openai/x, api_base: "http://a:1/v1"%s}}
  - {model_name: m, litellm_params: {model: openai/x, api_base: "http://b:1/v1"%s}}
"""


@pytest.mark.parametrize(
    ("first", "second", "weights"),
    [
        (", weight: 0.7", ", weight: 0.3", [7, 3]),
        (", rpm: 900", ", rpm: 300", [3, 1]),
        (", tpm: 100, rpm: 1", ", tpm: 50, rpm: 2", [1, 2]),
        (", weight: 2", "", [1, 0]),
        ("", ", weight: 2", [0, 1]),
        (", weight: 0, rpm: 1", ", rpm: 2", [1, 2]),
        ("", "", [None, None]),
    ],
)
def test_a_group_is_weighed_as_simple_shuffle_does(first, second, weights):
    result = from_litellm(GROUP % (first, second))
    assert result.models["m"].strategy == "weighted"
    assert [each.weight for each in result.models["m"].deployments] == weights


def test_a_limit_that_was_a_share_is_told():
    result = from_litellm(GROUP % (", rpm: 900", ", rpm: 300"))
    fate, reason = result.told("model_list[0].litellm_params.rpm")
    assert fate == "approximated"
    assert "no limits" in reason


def test_the_order_of_a_group_is_kept():
    result = from_litellm(GROUP % (", order: 2, weight: 1", ", order: 1, weight: 5"))
    assert result.models["m"].strategy == "ordered"
    assert [each.provider for each in result.models["m"].deployments] == [
        "openai-compatible-b-1",
        "openai-compatible-a-1",
    ]
    assert result.told("model_list[0].litellm_params.weight") == ("dropped", "the order decides")


@pytest.mark.parametrize(
    ("theirs", "ours", "fate"),
    [
        ("simple-shuffle", "weighted", "translated"),
        ("least-busy", "least_busy", "translated"),
        ("latency-based-routing", "least_latency", "translated"),
        ("usage-based-routing-v2", "least_busy", "approximated"),
        ("my_own.Strategy", "weighted", "approximated"),
    ],
)
def test_the_strategy_is_that_of_every_group(theirs, ours, fate):
    result = from_litellm(GROUP % ("", "") + f"router_settings: {{routing_strategy: {theirs}}}\n")
    assert result.models["m"].strategy == ours
    assert result.fate("router_settings.routing_strategy") == fate


def test_by_cost_needs_prices():
    plain = GROUP + "router_settings: {routing_strategy: cost-based-routing}\n"
    price = ", input_cost_per_token: 0.000001, output_cost_per_token: 2e-06"
    assert from_litellm(plain % ("", "")).models["m"].strategy == "weighted"
    priced = from_litellm(plain % (price, ", input_cost_per_token: 0.5"))
    assert priced.models["m"].strategy == "least_cost"
    assert deployment(priced).price.input == 1
    assert deployment(priced).price.output == 2
    assert priced.fate("model_list[1].litellm_params.input_cost_per_token") == "dropped"


def test_what_is_cached_has_its_own_price():
    prices = "input_cost_per_token: 0.000002, output_cost_per_token: 0.000008, cache_read_input_token_cost: 2e-07"
    result = from_litellm(one_model("model: openai/x", prices))
    assert result.models["m"].price.cached_input == 0.2
    assert result.fate("model_list[0].model_info.cache_read_input_token_cost") == "translated"
    alone = from_litellm(one_model("model: openai/x", "cache_read_input_token_cost: 2e-07"))
    assert alone.models["m"].price is None
    assert alone.fate("model_list[0].model_info.cache_read_input_token_cost") == "dropped"


def test_one_price_without_the_other_is_told():
    result = from_litellm(one_model("model: openai/x", "input_cost_per_token: 0.00000002"))
    assert result.models["m"].price.input == 0.02
    assert result.fate("model_list[0].model_info.input_cost_per_token") == "approximated"


@pytest.mark.parametrize(
    ("info", "window"),
    [
        ("max_input_tokens: 8192, max_tokens: 100", 8192),
        ("max_tokens: 4096", 4096),
        ("context_length: 10", 10),
        ("mode: chat", None),
    ],
)
def test_the_window_is_what_model_info_says(info, window):
    assert from_litellm(one_model("model: openai/x", info)).models["m"].context_window == window


def test_capabilities_are_all_that_is_not_denied():
    result = from_litellm(one_model("model: openai/x", "supports_vision: false, supports_function_calling: true"))
    assert [*result.models["m"].capabilities] == ["tools", "json_schema"]
    assert result.fate("model_list[0].model_info.supports_vision") == "approximated"


def test_what_is_added_to_a_request_is_told_as_dropped():
    result = from_litellm(one_model("model: openai/x, temperature: 0.1, extra_body: {a: {b: 1}}, made_up: 1"))
    assert result.fate("model_list[0].litellm_params.temperature") == "dropped"
    assert "adds nothing" in result.told("model_list[0].litellm_params.extra_body.a.b")[1]
    assert result.told("model_list[0].litellm_params.made_up") == ("dropped", "this key is not known here")


def test_a_name_that_ours_cannot_have_is_changed_and_told():
    result = from_litellm("model_list: [{model_name: 'GPT 4 (fast)', litellm_params: {model: openai/x}}]")
    assert [*result.models] == ["GPT-4--fast-"]
    assert result.fate("model_list[0].model_name") == "approximated"


CHAIN = """model_list:
  - {model_name: a, litellm_params: {model: openai/a}}
  - {model_name: b, litellm_params: {model: openai/b}}
  - {model_name: c, litellm_params: {model: openai/c}}
"""


def chains(result):
    return {name: [*model.fallbacks] for name, model in result.models.items()}


def test_fallbacks_are_kept_in_order():
    result = from_litellm(CHAIN + "router_settings: {fallbacks: [{a: [c, b]}, {b: [c]}]}\n")
    assert chains(result) == {"a": ["c", "b"], "b": ["c"], "c": []}
    assert result.fate("router_settings.fallbacks[0].a[1]") == "translated"


def test_a_fallback_that_does_not_exist_is_told():
    result = from_litellm(
        CHAIN + "router_settings: {fallbacks: [{a: [nobody, b]}, {nobody: [a]}, {a: [{model: c, x: 1}]}]}\n"
    )
    assert chains(result)["a"] == ["b", "c"]
    assert result.told("router_settings.fallbacks[0].a[0]") == ("dropped", "there is no such model")
    assert result.fate("router_settings.fallbacks[1].nobody[0]") == "dropped"
    assert result.fate("router_settings.fallbacks[2].a[0].x") == "dropped"


def test_fallbacks_that_go_round_are_written_out():
    result = from_litellm(CHAIN + "router_settings: {fallbacks: [{a: [b]}, {b: [a, c]}, {c: [c]}]}\n")
    assert chains(result) == {"a": ["b.alone", "c"], "b": ["a.alone", "c"], "c": [], "a.alone": [], "b.alone": []}
    assert [each.upstream_model for each in result.snapshot.models["a.alone"].deployments] == ["a"]
    assert result.fate("router_settings.fallbacks[0].a[0]") == "approximated"
    assert result.told("router_settings.fallbacks[2].c[0]") == ("dropped", "a model cannot fall back to itself")


def test_what_leads_into_a_round_keeps_its_way():
    result = from_litellm(CHAIN + "router_settings: {fallbacks: [{a: [b]}, {b: [c]}, {c: [b]}]}\n")
    assert chains(result)["a"] == ["b"]
    assert chains(result)["b"] == ["c.alone"]


def test_context_window_fallbacks_come_after_the_others():
    result = from_litellm(CHAIN + "router_settings: {context_window_fallbacks: [{a: [c]}], fallbacks: [{a: [b]}]}\n")
    assert chains(result)["a"] == ["b", "c"]
    assert result.fate("router_settings.context_window_fallbacks[0].a[0]") == "approximated"


def test_content_policy_fallbacks_are_dropped():
    result = from_litellm(CHAIN + "litellm_settings: {content_policy_fallbacks: [{a: [c]}]}\n")
    assert chains(result)["a"] == []
    assert result.fate("litellm_settings.content_policy_fallbacks[0].a[0]") == "dropped"


def test_default_fallbacks_are_those_of_every_model_without_its_own():
    result = from_litellm(
        CHAIN + "litellm_settings: {default_fallbacks: [c]}\nrouter_settings: {fallbacks: [{a: [b]}]}\n"
    )
    assert chains(result) == {"a": ["b"], "b": ["c"], "c": []}
    assert result.document.default_model == "c"


def test_several_default_fallbacks_answer_unknown_names_in_their_order():
    result = from_litellm(CHAIN + "router_settings: {fallbacks: [{'*': [c, b]}]}\n")
    assert chains(result)["a"] == ["c", "b"]
    assert [*result.document.routes[result.document.default_model].models] == ["c", "b"]
    assert result.fate('router_settings.fallbacks[0]."*"[0]') == "translated"


def test_router_settings_count_before_litellm_settings():
    text = (
        CHAIN
        + "litellm_settings: {fallbacks: [{a: [b]}], num_retries: 7}\nrouter_settings: {fallbacks: [{a: [c]}], num_retries: 1}\n"
    )
    result = from_litellm(text)
    assert chains(result)["a"] == ["c"]
    assert result.document.defaults.attempts == 2
    assert result.told("litellm_settings.fallbacks[0].a[0]") == ("dropped", "router_settings.fallbacks counts")
    assert result.told("litellm_settings.num_retries") == ("dropped", "router_settings.num_retries counts")


def test_aliases_are_other_names():
    result = from_litellm(
        CHAIN + "router_settings: {model_group_alias: {x: a, y: {model: b, hidden: true}, z: nobody, c: a}}\n"
    )
    assert [*result.models["a"].aliases] == ["x"]
    assert [*result.models["b"].aliases] == ["y"]
    assert result.fate("router_settings.model_group_alias.z") == "dropped"
    assert result.fate("router_settings.model_group_alias.c") == "dropped"


def test_an_alias_with_a_list_becomes_the_route_that_was_meant():
    result = from_litellm(CHAIN + "router_settings: {model_group_alias: {code: [b, a]}, fallbacks: [{code: [c]}]}\n")
    assert [*result.document.routes["code"].models] == ["b", "a", "c"]
    assert result.fate("router_settings.model_group_alias.code[0]") == "approximated"


def test_an_alias_with_fallbacks_of_its_own_becomes_a_route():
    result = from_litellm(CHAIN + "router_settings: {model_group_alias: {x: a}, fallbacks: [{x: [b]}, {x: [c]}]}\n")
    assert [*result.document.routes["x"].models] == ["a", "b", "c"]
    assert chains(result)["a"] == []


STAR = "model_list:\n  - {model_name: '%s', litellm_params: {model: '%s'}}\n"


def test_a_star_that_means_one_model_is_a_pattern():
    result = from_litellm(STAR % ("gpt-*", "openai/gpt-4.1"))
    assert [(each.match, each.model) for each in result.document.patterns] == [("gpt\\-.*", "gpt-4.1")]
    assert result.snapshot.resolve("gpt-3.5-turbo").name == "gpt-4.1"


def test_a_star_that_passes_any_name_on_is_told():
    result = from_litellm(STAR % ("openai/*", "openai/*"))
    assert result.models == {}
    assert "add a model for each" in result.told("model_list[0].model_name")[1]


def test_names_under_a_star_that_are_spoken_of_are_models():
    text = STAR % ("*", "openai/*") + "  - {model_name: b, litellm_params: {model: ollama/b}}\n"
    result = from_litellm(text + "router_settings: {fallbacks: [{gpt-4.1: [b]}]}\n")
    assert chains(result) == {"b": [], "gpt-4.1": ["b"]}
    assert deployment(result, "gpt-4.1").model == "gpt-4.1"
    assert "only for gpt-4.1" in result.told("model_list[0].model_name")[1]


def test_the_more_special_star_is_tried_first():
    text = STAR % ("*", "ollama/x") + "  - {model_name: 'gpt-*', litellm_params: {model: openai/y}}\n"
    assert [each.model for each in from_litellm(text).document.patterns] == ["y", "x"]


def test_a_pattern_that_could_keep_the_gateway_busy_is_dropped():
    result = from_litellm(STAR % ("*a*b*c*d*e*", "openai/x"))
    assert result.document.patterns == ()
    assert result.fate("model_list[0].model_name") == "dropped"


def test_timeouts_are_those_of_a_call():
    result = from_litellm(
        one_model(
            "model: openai/x, timeout: 20, stream_timeout: 45", rest="router_settings: {timeout: 200, num_retries: 3}\n"
        )
    )
    assert result.models["m"].timeouts.first_token_s == 45
    assert result.document.defaults.timeouts.first_token_s == 200
    assert result.document.defaults.timeouts.total_s == 800
    assert result.document.defaults.attempts == 4


def test_cool_downs_become_the_breaker():
    result = from_litellm(one_model("model: openai/x", rest="router_settings: {allowed_fails: 3, cooldown_time: 20}\n"))
    breaker = result.document.defaults.breaker
    assert (breaker.failures, breaker.window_s, breaker.open_s) == (4, 60, 20)


def test_there_are_as_many_attempts_as_the_longest_chain_needs():
    models = "".join(f"  - {{model_name: m{n}, litellm_params: {{model: openai/{n}}}}}\n" for n in range(7))
    rest = f"router_settings: {{num_retries: 0, fallbacks: [{{m0: [{', '.join(f'm{n}' for n in range(1, 7))}]}}]}}\n"
    assert from_litellm(f"model_list:\n{models}{rest}").document.defaults.attempts == 7


@pytest.mark.parametrize("key", ["os.environ/MASTER", KEY])
def test_the_master_key_is_a_reference(key):
    result = from_litellm(
        one_model("model: openai/x", rest=f"general_settings: {{master_key: {key}, database_url: x}}\n")
    )
    expected = "env:MASTER" if key.startswith("os") else "env:LITELLM_MASTER_KEY"
    assert result.document.server.api_keys == (expected,)
    assert result.document.server.admin_key == expected
    assert KEY not in result.text
    assert result.told("general_settings.database_url") == ("dropped", "there is no database")


def test_values_of_environment_variables_are_not_copied():
    result = from_litellm(one_model("model: openai/x", rest=f"environment_variables: {{A: {KEY}}}\n"))
    assert result.fate("environment_variables.A") == "dropped"
    assert KEY not in result.text + repr(result.entries)


def test_a_stored_credential_is_that_of_who_names_it():
    rest = 'credential_list: [{credential_name: c, credential_values: {api_key: os.environ/K, api_base: "http://h:1/v1"}}]\n'
    two = (
        one_model("model: openai/x, litellm_credential_name: c")
        + "  - {model_name: n, litellm_params: {model: openai/y, litellm_credential_name: c}}\n"
    )
    result = from_litellm(two + rest)
    assert result.providers["openai-compatible"].api_key == "env:K"
    assert len(result.providers) == 1


def test_the_gateway_does_not_listen_where_a_provider_is():
    result = from_litellm(one_model('model: litellm_proxy/x, api_base: "http://127.0.0.1:4000"'))
    assert result.document.server.listen == "127.0.0.1:4001"


def test_merge_keys_and_anchors_are_read_as_litellm_does():
    text = """x: &base {api_base: "http://h:1/v1", timeout: 7}
model_list:
  - model_name: m
    litellm_params: {<<: *base, model: openai/x}
litellm_settings: {drop_params: yes}
"""
    result = from_litellm(text)
    assert result.providers["openai-compatible"].base_url == "http://h:1/v1"
    assert result.models["m"].timeouts.idle_s == 7
    assert "model_list[0].litellm_params.timeout" in {each.path for each in result.entries}


def test_an_empty_model_list_is_a_config_without_models():
    assert from_litellm("model_list: []\n").models == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "config.yaml:1:5: error: expected a value"),
        ("a: [b", "config.yaml:1:4: error: a bracket that is never closed"),
        ("", "config.yaml:1:1: error: the file is empty"),
        ("- a", "expected LiteLLM's config, got a list"),
        ("providers: {}", 'the key "model_list" is missing'),
        ("model_list: {a: 1}", "model_list: expected a list, got a mapping"),
        ("model_list: []\nrouter_settings: 3", "router_settings: expected a mapping, got a number"),
        ("model_list: [{litellm_params: {model: x}}]", 'the key "model_name" is missing'),
        ("model_list: [{model_name: x}]", 'the key "litellm_params.model" is missing'),
        ("model_list: []\nmodel_list: []", "given twice"),
        ("model_list: !!python/object:os.system []", "tags are not used here"),
        ("<<: 3\nmodel_list: []", "a merge key (<<) takes a mapping"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, message):
    assert any(message in each for each in refused(text)), refused(text)


def test_a_bomb_of_anchors_is_refused():
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 7))
    (message, *_) = refused(f"a0: &a0 [x, x]\n{levels}\nmodel_list: []\n")
    assert "more than" in message
