"""Documents to snapshots: defaults filled in, references followed, headers built to the byte."""

import hashlib
from pathlib import Path

import pytest

from sixnines import __version__
from sixnines.config.load import read_text
from sixnines.config.request_heads import HeadParts, get_head_tail, post_heads
from sixnines.config.secret import Secret
from sixnines.config.snapshot import (
    AttemptLimits,
    BreakerSettings,
    Expose,
    HealthSettings,
    HedgeSettings,
    QueueSettings,
    RetrySettings,
    RouteSpec,
    StreamFailure,
    Timeouts,
)
from sixnines.domain.log_file import LogFile
from sixnines.domain.log_settings import LogFormat, LogLevel, LogSettings, ObservingSettings, TracingSettings
from sixnines.domain.operation import Operation
from sixnines.domain.origin import Origin, TlsSettings
from support.catalog import CATALOG

ENVIRONMENT = {"KEY": "hunter2", "OTHER": "hunter3"}
MODELS = "models: {m: {deployments: [{provider: p, model: x}]}}\n"


def snapshot(text, *, directory=Path("/etc/sixnines")):
    loaded = read_text("version: 1\n" + text, "x.yaml", ENVIRONMENT, CATALOG, directory=directory)
    assert loaded.snapshot is not None, loaded.report()
    return loaded.snapshot


def provider(settings):
    return snapshot(f"providers: {{p: {{{settings}}}}}\n{MODELS}").providers["p"]


def lines(head):
    return head.decode().split("\r\n")


def test_a_post_head_is_complete_but_for_the_length():
    head = provider("kind: openai, base_url: 'https://lab.example:8443/eu/v1/', api_key: 'env:KEY'").post_heads[
        Operation.CHAT
    ]
    assert lines(head) == [
        "POST /eu/v1/chat/completions HTTP/1.1",
        "host: lab.example:8443",
        f"user-agent: sixnines/{__version__}",
        "accept: application/json, text/event-stream, application/x-ndjson",
        "accept-encoding: identity",
        "authorization: Bearer hunter2",
        "content-type: application/json",
        "content-length: ",
    ]


def test_every_operation_of_the_kind_has_a_head():
    heads = provider("kind: openai, api_key: 'env:KEY'").post_heads
    targets = {operation: head.split(b" ")[1] for operation, head in heads.items()}
    assert targets == {
        Operation.CHAT: b"/v1/chat/completions",
        Operation.COMPLETION: b"/v1/completions",
        Operation.EMBEDDING: b"/v1/embeddings",
    }


def test_a_get_tail_ends_the_head_and_has_no_body_headers():
    tail = lines(provider("kind: anthropic, api_key: 'env:KEY'").get_head_tail)
    assert tail[0] == " HTTP/1.1"
    assert tail[1] == "host: api.anthropic.com"
    assert tail[-4:] == ["anthropic-version: 2023-06-01", "x-api-key: hunter2", "", ""]
    assert not any(line.startswith("content-") for line in tail)


def test_without_a_key_no_credential_is_sent():
    spec = provider("kind: ollama")
    assert b"authorization" not in spec.get_head_tail + spec.post_heads[Operation.CHAT]


def test_a_credential_goes_to_its_own_provider_only():
    found = snapshot(
        "providers: {p: {kind: vllm, api_key: 'env:KEY'}, q: {kind: vllm, api_key: 'env:OTHER'}, r: {kind: vllm}}\n"
        "models: {m: {deployments: [{provider: p, model: x}, {provider: q, model: x}, {provider: r, model: x}]}}"
    )
    sent = {name: spec.get_head_tail + b"".join(spec.post_heads.values()) for name, spec in found.providers.items()}
    assert [name for name, head in sent.items() if b"hunter2" in head] == ["p"]
    assert [name for name, head in sent.items() if b"hunter3" in head] == ["q"]


def test_a_head_is_not_built_from_a_value_with_a_line_break():
    parts = HeadParts(CATALOG.kinds["vllm"], "host", "", Secret("a\r\nx-injected: b"))
    with pytest.raises(ValueError, match="line break"):
        post_heads(parts)
    with pytest.raises(ValueError, match="line break"):
        get_head_tail(parts)


def test_no_repr_shows_a_secret():
    found = snapshot(
        f"server: {{api_keys: ['env:KEY']}}\nproviders: {{p: {{kind: vllm, api_key: 'env:KEY'}}}}\n{MODELS}"
    )
    parts = HeadParts(CATALOG.kinds["vllm"], "host", "", Secret("hunter2"))
    assert "hunter2" not in repr(found) + repr(parts)


@pytest.mark.parametrize(
    ("settings", "origin", "netloc"),
    [
        ("base_url: 'http://[::1]:8080'", Origin("http", "::1", 8080), "[::1]:8080"),
        ("base_url: 'http://lab'", Origin("http", "lab", 80), "lab"),
        ("base_url: 'https://lab'", Origin("https", "lab", 443, TlsSettings()), "lab"),
        ("base_url: 'https://lab', tls: {insecure_skip_verify: true}",
         Origin("https", "lab", 443, TlsSettings(None, insecure_skip_verify=True)), "lab"),
    ],
)  # fmt: skip
def test_the_origin_and_the_host_header_follow_from_the_base_url(settings, origin, netloc):
    spec = provider(f"kind: vllm, {settings}")
    assert (spec.origin, spec.origin.netloc, spec.base_path) == (origin, netloc, "")


def test_a_ca_file_is_relative_to_the_config(tmp_path):
    (tmp_path / "roots.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    text = f"providers: {{p: {{kind: vllm, base_url: 'https://lab', tls: {{ca_file: roots.pem}}}}}}\n{MODELS}"
    tls = snapshot(text, directory=tmp_path).providers["p"].origin.tls
    assert tls == TlsSettings(str(tmp_path / "roots.pem"))


def test_a_provider_lies_in_its_domain_and_all_around_it():
    found = snapshot(
        "domains: {gpu: {within: host}, host: {within: room}, room: {}}\n"
        "providers: {p: {kind: vllm, domain: gpu}, q: {kind: ollama}}\n"
        "models: {m: {deployments: [{provider: p, model: x}, {provider: q, model: x}]}}"
    )
    assert found.providers["p"].domains == ("gpu", "host", "room")
    assert found.providers["q"].domains == ()


def test_the_smallest_config_has_the_documented_defaults():
    server = snapshot("").server
    assert (server.host, server.port, server.key_digests, server.admin_key_digest) == (
        "127.0.0.1",
        4000,
        frozenset(),
        None,
    )
    assert (server.max_body, server.drain_s, server.expose, server.cors_origins) == (
        33554432,
        30.0,
        Expose.TRAIL,
        frozenset(),
    )
    assert snapshot("").breaker == BreakerSettings(5, 30.0, 30.0, 300.0)


def test_keys_are_kept_as_digests():
    server = snapshot("server: {api_keys: ['env:KEY'], admin_key: 'env:OTHER'}").server
    assert server.key_digests == {hashlib.sha256(b"hunter2").digest()}
    assert server.admin_key_digest == hashlib.sha256(b"hunter3").digest()


def test_the_digest_is_that_of_the_source():
    text = f"providers: {{p: {{kind: vllm}}}}\n{MODELS}"
    assert snapshot(text).digest == hashlib.sha256(b"version: 1\n" + text.encode()).hexdigest()


def test_a_model_is_compiled_with_what_it_leaves_out():
    model = snapshot(f"providers: {{p: {{kind: vllm}}}}\n{MODELS}").models["m"]
    assert (model.strategy, model.chain, model.stream_failure, model.limits) == (
        "ordered",
        (),
        StreamFailure.ERROR,
        AttemptLimits(attempts=4, loading_s=120.0, backoff_s=0.1, max_backoff_s=2.0),
    )
    assert (model.hedge, model.min_tokens_per_s) == (None, None)
    assert (model.context_window, model.tier) == (None, None)
    assert model.timeouts == Timeouts(2.0, 30.0, 30.0, 300.0, 120.0)
    (deployment,) = model.deployments
    assert (deployment.id, deployment.upstream_model, deployment.weight, deployment.context_window) == (
        "p/x",
        "x",
        1,
        None,
    )


def test_what_limits_retries_probes_queues_and_hedges_is_compiled():
    found = snapshot(
        "defaults: {attempts: 3, retries: {ratio: 0.25, backoff: 50ms, max_backoff: 1s},"
        " health: {active: false, interval: 20s, unhealthy_interval: 1s, hung: 40s}, timeouts: {loading: 60s}}\n"
        "providers: {p: {kind: vllm, max_in_flight: 2, queue: {size: 7, wait: 3s}}, q: {kind: ollama}}\n"
        "models:\n"
        "  m: {deployments: [{provider: p, model: x}, {provider: q, model: x}], hedge: {after: 800ms, max_ratio: 0.1}}\n"
        "  n: {deployments: [{provider: p, model: x}], hedge: {after: p95}, min_tokens_per_s: 1.5, timeouts: {loading: 5s}}\n"
    )
    assert found.retries == RetrySettings(0.25)
    assert found.health == HealthSettings(
        active=False, interval_s=20.0, unhealthy_interval_s=1.0, load_interval_s=2.0, hung_s=40.0
    )
    assert [found.providers[name].queue for name in "pq"] == [QueueSettings(7, 3.0), QueueSettings(0, 0.0)]
    assert found.models["m"].limits == AttemptLimits(3, 60.0, 0.05, 1.0)
    assert found.models["m"].hedge == HedgeSettings(0.8, 0.1)
    assert (found.models["n"].hedge, found.models["n"].min_tokens_per_s) == (HedgeSettings(None, 0.05), 1.5)
    assert found.models["n"].deployments[0].provider.timeouts.loading_s == 5.0


def test_a_deployment_takes_its_own_window_before_the_models():
    model = snapshot(
        "providers: {p: {kind: vllm}}\n"
        "models: {m: {context_window: 8192, deployments: [{provider: p, model: a}, {provider: p, model: b, context_window: 4096}]}}"
    ).models["m"]
    assert [each.context_window for each in model.deployments] == [8192, 4096]


def test_the_models_time_outs_win_over_the_providers_and_those_over_the_defaults():
    found = snapshot(
        "defaults: {timeouts: {connect: 1s, first_token: 10s, idle: 11s, total: 100s}}\n"
        "providers: {p: {kind: vllm, timeouts: {first_token: 20s, idle: 21s}}}\n"
        "models:\n"
        "  plain: {deployments: [{provider: p, model: x}]}\n"
        "  slow: {deployments: [{provider: p, model: y}], timeouts: {idle: 31s, total: 200s}}\n"
    )
    plain, slow = found.models["plain"], found.models["slow"]
    assert plain.deployments[0].provider is found.providers["p"]
    assert found.providers["p"].timeouts == Timeouts(1.0, 20.0, 21.0, 100.0, 120.0)
    assert slow.deployments[0].provider.timeouts == Timeouts(1.0, 20.0, 31.0, 100.0, 120.0)
    assert slow.deployments[0].provider.name == "p"
    assert (plain.timeouts.total_s, slow.timeouts.total_s) == (100.0, 200.0)


def test_a_route_has_a_weight_for_each_model():
    found = snapshot(
        "providers: {p: {kind: vllm}}\n"
        "models: {a: {deployments: [{provider: p, model: x}]}, b: {deployments: [{provider: p, model: y}]}}\n"
        "routes: {r: {strategy: weighted, models: [a, {model: b, weight: 3}]}}"
    )
    assert found.routes["r"] == RouteSpec("r", "weighted", ("a", "b"), (1, 3))


def test_names_resolve_as_model_route_pattern_default():
    found = snapshot(
        "providers: {p: {kind: vllm}}\n"
        "models: {a: {deployments: [{provider: p, model: x}]}, b: {deployments: [{provider: p, model: y}]}}\n"
        "routes: {r: {models: [b]}}\n"
        "patterns: [{match: 'a.*', model: r}, {match: 'ab', model: a}]\n"
        "default_model: b"
    )
    asked = {name: found.resolve(name).name for name in ("a", "r", "ab", "xa", "a" * 200, "a" * 201)}
    assert asked == {"a": "a", "r": "r", "ab": "r", "xa": "b", "a" * 200: "r", "a" * 201: "b"}


def test_the_tables_cannot_be_changed():
    found = snapshot(f"providers: {{p: {{kind: vllm}}}}\n{MODELS}")
    for table in (found.providers, found.models, found.routes, found.providers["p"].post_heads):
        with pytest.raises(TypeError):
            table["new"] = None


def test_the_log_of_decisions_is_relative_to_the_config(tmp_path):
    rest = "providers: {p: {kind: ollama}}\n" + MODELS

    def log(keys):
        return snapshot(f"server: {{decision_log: {{{keys}}}}}\n{rest}", directory=tmp_path).server.decision_log

    assert snapshot(rest).server.decision_log is None
    assert log("path: logs/d.jsonl") == LogFile(f"{tmp_path}/logs/d.jsonl", 64 * 1024**2, 5)
    assert log("path: /var/log/d, max_size: 1KiB, keep: 0") == LogFile("/var/log/d", 1024, 0)


def test_what_is_told_of_requests_has_its_defaults_and_its_secrets():
    rest = 'providers: {p: {kind: ollama, api_key: "env:KEY"}}\n' + MODELS

    def observing(keys):
        return snapshot(f"server: {{{keys}}}\n{rest}").server.observing

    assert observing("") == ObservingSettings(secrets=(ENVIRONMENT["KEY"],))
    asked = 'tracing: {endpoint: "https://[::1]:443/otel/", headers: {authorization: "env:OTHER"}, sample: 0.1}'
    found = observing(f"log: {{format: json, level: error, requests: true}}, {asked}")
    assert found.log == LogSettings(LogFormat.JSON, LogLevel.ERROR, requests=True)
    headers = (("authorization", ENVIRONMENT["OTHER"]),)
    assert found.tracing == TracingSettings("https://[::1]/otel/v1/traces", headers, 0.1, "sixnines")
    assert found.secrets == (ENVIRONMENT["KEY"], ENVIRONMENT["OTHER"])
    assert ENVIRONMENT["OTHER"] not in repr(found)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/traces", "/v1/traces/"])
def test_the_collectors_address_may_be_written_out(path):
    keys = f'tracing: {{endpoint: "http://collector:4318{path}"}}'
    found = snapshot(f"server: {{{keys}}}\nproviders: {{p: {{kind: ollama}}}}\n{MODELS}")
    assert found.server.observing.tracing.url == "http://collector:4318/v1/traces"
