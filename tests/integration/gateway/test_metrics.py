"""What a scrape of the real gateway tells, and what nobody can make it tell."""

import json
import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families
from prometheus_client.parser import text_string_to_metric_families

from sixnines.dialects.neutral import Usage
from sixnines.domain.price import Price
from sixnines.telemetry.metrics import (
    BREAKER_STATE,
    COST,
    FALLBACKS,
    FIRST_CONTENT,
    MODEL_PROVIDERS,
    REQUESTS,
    TABLE,
    TOKEN_GAP,
    TOKENS,
)
from support.lab import Lab, chat, one_engine, two_engines

OPEN_METRICS = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def samples(client, name):
    """The samples of one name, by their labels' values as the table has them."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        tuple(each.labels.values()): each.value for family in families for each in family.samples if each.name == name
    }


def series(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(each.name, *sorted(each.labels.items())) for family in families for each in family.samples}


def test_who_asks_for_open_metrics_gets_it_with_the_ids_of_requests(lab):
    client = lab.serve(one_engine(lab.engine()))
    answer = client.post("/v1/chat/completions", json=chat())
    page = client.get("/metrics", headers=OPEN_METRICS)
    assert page.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    families = {each.name: each for each in open_metrics_families(page.text)}
    assert families.keys() == {info.name for info in TABLE}
    (exemplar,) = [each.exemplar for each in families["sixnines_request_duration_seconds"].samples if each.exemplar]
    assert exemplar.labels == {"request_id": answer.headers["x-sixnines-request-id"]}
    assert client.get("/metrics").headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_requests_are_counted_by_who_answered_them(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve(two_engines(bad, lab.engine()))
    client.post("/v1/chat/completions", json=chat())
    assert samples(client, "sixnines_requests_total") == {("m", "m", "b", "chat", "ok"): 1}
    assert REQUESTS.labels == ("model", "served", "provider", "operation", "outcome")


def test_a_request_that_nobody_answered_has_nobody_who_did(lab):
    client = lab.serve(one_engine(lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})))
    client.post("/v1/chat/completions", json=chat())
    assert samples(client, "sixnines_requests_total") == {("m", "", "", "chat", "server"): 1}


def test_a_fallback_is_an_edge_with_its_reason(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "rate"}}})
    client = lab.serve(
        f"""
providers:
  a: {{kind: openai-compatible, base_url: "{bad.base_url}"}}
  b: {{kind: openai-compatible, base_url: "{lab.engine().base_url}"}}
models:
  m: {{deployments: [{{provider: a, model: up}}], fallbacks: [n]}}
  n: {{deployments: [{{provider: b, model: up}}]}}
"""
    )
    client.post("/v1/chat/completions", json=chat())
    assert samples(client, "sixnines_fallbacks_total") == {("m", "a", "n", "b", "rate"): 1}
    assert FALLBACKS.labels == ("model", "provider", "to_model", "to_provider", "reason")


def test_the_cost_is_what_the_prices_say_and_not_there_where_none_is_declared(lab):
    engine = lab.engine().base_url
    client = lab.serve(
        f"""
providers:
  a: {{kind: openai-compatible, base_url: "{engine}"}}
models:
  m: {{deployments: [{{provider: a, model: up, price: {{input: 2, output: 8}}}}]}}
  free: {{deployments: [{{provider: a, model: up}}]}}
"""
    )
    client.post("/v1/chat/completions", json=chat())
    client.post("/v1/chat/completions", json=chat(stream=True, stream_options={"include_usage": True}))
    client.post("/v1/chat/completions", json=chat(model="free"))
    tokens = samples(client, "sixnines_tokens_total")
    assert tokens["free", "a", "prompt"] > 0
    expected = tokens["m", "a", "prompt"] * 2e-6 + tokens["m", "a", "completion"] * 8e-6
    costs = samples(client, "sixnines_cost_dollars_total")
    assert costs == {("m", "a", ""): pytest.approx(expected), ("free", "a", ""): 0}
    assert (COST.unit, TOKENS.unit) == ("dollars", "tokens")


def test_a_stream_tells_its_gaps_its_longest_pause_and_its_pace(lab):
    engine = lab.engine("openai", {"default": {"text": "one two three four five six", "tokens_per_s": 50}})
    client = lab.serve(one_engine(engine))
    client.post("/v1/chat/completions", json=chat(stream=True, stream_options={"include_usage": True}))
    lab.until(lambda: samples(client, "sixnines_token_gap_seconds_count"))
    assert samples(client, "sixnines_first_content_seconds_count") == {("m", "a"): 1}
    assert samples(client, "sixnines_token_gap_seconds_count") == {("m", "a"): 1}
    (whole,) = samples(client, "sixnines_request_duration_seconds_sum").values()
    assert 0.01 < samples(client, "sixnines_token_gap_seconds_sum")["m", "a"] < whole / 3
    assert samples(client, "sixnines_longest_pause_seconds_sum")["a",] >= 0.015
    assert samples(client, "sixnines_tokens_per_second_count") == {("a",): 1}
    assert 1 < samples(client, "sixnines_tokens_per_second_sum")["a",] < 100


def test_what_a_request_took_besides_its_attempts_is_less_than_it_took(lab):
    client = lab.serve(one_engine(lab.engine("openai", {"default": {"text": "Hi.", "first_token_s": 0.2}})))
    client.post("/v1/chat/completions", json=chat())
    (overhead,) = samples(client, "sixnines_overhead_seconds_sum").values()
    (whole,) = samples(client, "sixnines_request_duration_seconds_sum").values()
    assert 0 < overhead < whole - 0.15


def test_states_of_providers_and_breakers_and_what_is_left_for_each_name(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve(
        f"""
defaults: {{attempts: 1, breaker: {{failures: 1}}}}
domains: {{lab: {{}}, gpu: {{within: lab}}}}
providers:
  a: {{kind: openai-compatible, base_url: "{bad.base_url}", domain: gpu}}
  b: {{kind: openai-compatible, base_url: "{lab.engine().base_url}", domain: lab, optional: true}}
models:
  m: {{deployments: [{{provider: a, model: up}}], fallbacks: [n]}}
  n: {{deployments: [{{provider: b, model: up}}]}}
routes:
  r: {{strategy: ordered, models: [m]}}
"""
    )
    client.post("/v1/chat/completions", json=chat())
    assert samples(client, "sixnines_breaker_state")["a/up", "a"] == 2
    assert BREAKER_STATE.greatest
    assert samples(client, "sixnines_provider_info") == {
        ("a", "openai-compatible", "gpu", "false"): 1, ("b", "openai-compatible", "lab", "true"): 1,
    }  # fmt: skip
    left = samples(client, "sixnines_model_providers")
    assert {key: value for key, value in left.items() if key[0] == "r"} == {
        ("r", "", "usable"): 2, ("r", "", "out"): 0, ("r", "lab", "usable"): 2, ("r", "lab", "out"): 0,
        ("r", "gpu", "usable"): 1, ("r", "gpu", "out"): 0,
    }  # fmt: skip
    from sixnines.health.state import HealthState

    lab.provider("a").found(HealthState.DOWN, "refused")
    states = samples(client, "sixnines_provider_state")
    assert (states["a", "down"], states["a", "healthy"]) == (1, 0)
    left = samples(client, "sixnines_model_providers")
    assert (left["r", "gpu", "usable"], left["r", "gpu", "out"], left["n", "", "usable"]) == (0, 1, 1)


def test_nobody_makes_series_by_inventing_names(lab):
    client = lab.serve(one_engine(lab.engine()) + 'patterns: [{match: "alias-.*", model: m}]\n', {})
    for name in ("m", "alias-0", "nope-0"):
        client.post("/v1/chat/completions", json=chat(model=name))
    client.get("/nowhere/0")
    before = series(client)
    for number in range(1, 30):
        client.post("/v1/chat/completions", json=chat(model=f"nope-{number}"))
        client.post("/v1/chat/completions", json=chat(model=f"alias-{number}", user=f"user-{number}"))
        client.get(f"/nowhere/{number}", headers={"x-sixnines-session": f"s-{number}"})
    assert {each for each in series(client) - before if not each[0].endswith("_bucket")} == set()
    assert not any("nope" in str(each) or "alias" in str(each) for each in series(client))


def test_the_page_of_300_models_and_10_providers_takes_less_than_100_ms(lab, capsys):
    engine = lab.engine().base_url
    document = {
        "providers": {f"p{number}": {"kind": "openai-compatible", "base_url": engine} for number in range(10)},
        "models": {
            f"m{model}": {"deployments": [{"provider": f"p{number}", "model": f"up{model}"} for number in range(10)]}
            for model in range(300)
        },
    }
    client = lab.serve("\n".join(f"{key}: {json.dumps(value)}" for key, value in document.items()))
    metrics = lab.gateway.services.metrics
    snapshot = lab.gateway.cell.current.snapshot
    for model in snapshot.models.values():
        for spec in model.deployments:
            pair = (model.name, spec.provider.name)
            lab.gateway.services.board.deployment(spec)
            metrics.count(REQUESTS, (model.name, *pair, "chat", "ok"))
            used = Usage(prompt_tokens=10, completion_tokens=10)
            lab.gateway.services.spending.note(
                lab.gateway.services.spending.line(("", *pair)), Price(10**6, 10**6), used
            )
            metrics.count(FALLBACKS, (*pair, model.name, "p0", "rate"))
            metrics.observe_of(FIRST_CONTENT, pair, 0.1, "0" * 24)
            metrics.observe(TOKEN_GAP, pair, 0.01)

    async def processor_s():
        return time.thread_time()

    took = []
    for _ in range(5):
        before = lab.call(processor_s())
        page = client.get("/metrics", headers=OPEN_METRICS)
        took.append(lab.call(processor_s()) - before)
    with capsys.disabled():
        lines = page.text.count("\n")
        print(f"\n/metrics, 300 models x 10 providers: {lines} lines, {min(took) * 1000:.0f} ms of the processor")
    assert page.text.count(f"{MODEL_PROVIDERS.name}{{") == 600
    assert min(took) < 0.1
