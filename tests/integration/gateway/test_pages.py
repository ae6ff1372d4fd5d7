"""Pages and manners: models, health, metrics, keys, CORS, HEAD and OPTIONS."""

import json
import socket

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.lab import Lab, chat, one_engine

ENVIRONMENT = {"CALLER": "sk-caller-1", "ADMIN": "sk-admin-1"}
LOCKED = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def bearer(key):
    return {"authorization": f"Bearer {key}"}


def test_models_and_routes_are_listed_in_config_order(lab):
    client = lab.serve(
        one_engine(lab.engine(), model="context_window: 8192") + "routes:\n  talk: {strategy: ordered, models: [m]}\n"
    )
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["m", "talk"]
    assert {"id", "object", "created", "owned_by"} <= set(listed["data"][0])
    assert listed["data"][0]["context_window"] == 8192
    assert client.get("/v1/models/talk").json()["models"] == ["m"]


def test_a_model_whose_name_holds_a_slash_is_found_written_either_way(lab):
    client = lab.serve(one_engine(lab.engine()).replace("  m:\n", '  "org/m:1":\n'))
    assert client.get("/v1/models/org%2Fm%3A1").json()["id"] == "org/m:1"
    assert client.get("/v1/models/org/m:1").json()["id"] == "org/m:1"


def test_health_says_live_and_ready(lab):
    client = lab.serve(one_engine(lab.engine()))
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def test_while_draining_it_is_live_but_not_ready_and_takes_no_calls(lab):
    client = lab.serve(one_engine(lab.engine()))
    lab.gateway.app.draining = True
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    answer = client.post("/v1/chat/completions", json=chat())
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "draining")
    assert answer.headers["retry-after"]


def test_head_is_get_without_a_body(lab):
    client = lab.serve(one_engine(lab.engine()))
    answer = client.head("/v1/models")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


def test_options_says_what_is_possible(lab):
    client = lab.serve(one_engine(lab.engine()))
    assert client.options("/v1/chat/completions").headers["allow"] == "POST, OPTIONS"
    assert client.options("/v1/models").headers["allow"] == "GET, HEAD, OPTIONS"


def test_browsers_of_other_pages_are_kept_out_unless_config_lets_them_in(lab):
    client = lab.serve(one_engine(lab.engine()))
    asked = {"origin": "https://ui.example", "access-control-request-method": "POST"}
    assert not any(name.startswith("access-control") for name in client.options("/v1/models", headers=asked).headers)


def test_an_origin_that_config_names_is_let_in_and_others_are_not(lab):
    client = lab.serve('server: {listen: "127.0.0.1:0", cors: ["https://ui.example"]}\n' + one_engine(lab.engine()))
    asked = {
        "origin": "https://ui.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    told = client.options("/v1/chat/completions", headers=asked)
    assert told.status_code == 204
    assert told.headers["access-control-allow-origin"] == "https://ui.example"
    assert told.headers["access-control-allow-headers"] == "authorization"
    assert "POST" in told.headers["access-control-allow-methods"]
    answer = client.post("/v1/chat/completions", json=chat(), headers={"origin": "https://ui.example"})
    assert answer.headers["access-control-allow-origin"] == "https://ui.example"
    broken = client.post("/v1/chat/completions", json={}, headers={"origin": "https://ui.example"})
    assert broken.headers["access-control-allow-origin"] == "https://ui.example"
    other = client.post("/v1/chat/completions", json=chat(), headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_keys_are_needed_where_config_has_some(lab):
    engine = lab.engine()
    client = lab.serve(LOCKED + one_engine(engine), ENVIRONMENT)
    for headers in ({}, bearer("sk-wrong"), {"authorization": "Basic x"}):
        answer = client.post("/v1/chat/completions", json=chat(), headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"
        assert "sk-" not in answer.text
        assert client.get("/v1/models", headers=headers).status_code == 401
    assert engine.requests == []
    assert client.post("/v1/chat/completions", json=chat(), headers=bearer("sk-caller-1")).status_code == 200
    assert client.get("/health/live").status_code == 200


def test_metrics_need_the_admin_key_where_there_is_one(lab):
    client = lab.serve(LOCKED + one_engine(lab.engine()), ENVIRONMENT)
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=bearer("sk-caller-1")).status_code == 403
    assert client.get("/metrics", headers=bearer("sk-admin-1")).status_code == 200


def samples(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value for each in families for sample in each.samples
    }


def test_metrics_count_what_happened(lab):
    client = lab.serve(one_engine(lab.engine("openai", {"default": {"text": "Hi."}})))
    client.post("/v1/chat/completions", json=chat())
    client.post("/v1/chat/completions", json=chat(stream=True))
    client.post("/v1/chat/completions", json=chat(model="nope"))
    seen = samples(client)
    assert seen["sixnines_requests_total", "a", "chat", "m", "m", "ok"] == 2
    assert seen["sixnines_attempts_total", "a", "ok"] == 2
    assert seen["sixnines_refusals_total", "model_not_found"] == 1
    assert seen["sixnines_first_content_seconds_count", "a", "m"] == 1
    assert seen["sixnines_request_duration_seconds_count", "chat", "m"] == 2
    assert seen["sixnines_tokens_total", "a", "completion", "m"] > 0
    assert seen["sixnines_in_flight_requests",] == 1  # the scrape itself


def test_metrics_count_tasks_as_long_as_there_are_any(lab):
    engine = lab.engine("openai", {"default": {"fault": "hang_before_head"}})
    client = lab.serve(one_engine(engine))
    idle = samples(client)["sixnines_tasks",]
    with socket.create_connection(lab.address) as caller:
        body = json.dumps(chat()).encode()
        caller.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )
        lab.until(lambda: engine.in_flight == 1)
        # One serves the request, here and in the engine, which is in the same event loop.
        assert samples(client)["sixnines_tasks",] == idle + 2
    lab.until(lambda: samples(client)["sixnines_tasks",] == idle)


def test_metrics_count_who_is_served_and_who_waits_at_each_provider(lab):
    engine = lab.engine("openai", {"default": {"fault": "hang_before_head"}})
    client = lab.serve(one_engine(engine, provider=", max_in_flight: 2, queue: {size: 5}"))
    body = json.dumps(chat()).encode()
    request = b"POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    def seen():
        told = samples(client)
        return told.get(("sixnines_provider_in_flight_requests", "a")), told.get(
            ("sixnines_provider_queued_requests", "a")
        )

    callers = [socket.create_connection(lab.address) for _ in range(5)]
    for caller in callers:
        caller.sendall(request)
    lab.until(lambda: seen() == (2, 3))
    for caller in callers:
        caller.close()
    lab.until(lambda: seen() == (0, 0))


def test_minimal_exposure_keeps_provider_names(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve('server: {listen: "127.0.0.1:0", expose: minimal}\n' + one_engine(bad))
    answer = client.post("/v1/chat/completions", json=chat())
    assert "x-sixnines-provider" not in answer.headers
    assert "provider" not in answer.json()["error"]["trail"][0]


def test_a_secret_goes_to_its_own_provider_and_nowhere_else(lab):
    a = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    b = lab.engine()
    client = lab.serve(
        f"""
providers:
  a: {{kind: openai-compatible, base_url: "{a.base_url}", api_key: "env:KEY_A"}}
  b: {{kind: openai-compatible, base_url: "{b.base_url}"}}
models:
  m: {{deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}]}}
""",
        {"KEY_A": "sk-for-a-only"},
    )
    answer = client.post("/v1/chat/completions", json=chat())
    assert "sk-for-a-only" in str(a.requests[-1].request.headers)
    assert "sk-for-a-only" not in str(b.requests[-1].request.headers)
    assert "sk-for-a-only" not in answer.text + str(answer.headers) + client.get("/metrics").text
    assert "sk-for-a-only" not in repr(lab.gateway.cell.current.snapshot)
