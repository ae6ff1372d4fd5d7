"""What happened: the last requests as the admin paths tell it, and who may read that."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from support.lab import Lab, chat, one_engine, two_engines
from support.raw_http import RawClient

PROMPT = "the-prompt-that-nobody-may-see"
KEYS = {"CALLER": "sk-caller-1", "ADMIN": "sk-admin-1", "UP": "sk-upstream-1"}
LOCKED = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
BOOM = {"default": {"error": {"preset": "server_error"}}}
FAST = "timeouts: {connect: 300ms, first_token: 300ms, idle: 300ms}"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def asking(stream=False, **more):
    return chat(stream, messages=[{"role": "user", "content": PROMPT}], **more)


def recent(client, query="", **headers):
    answer = client.get(f"/admin/v1/requests{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["requests"]


def latest(client):
    return recent(client)[0]


def bearer(key):
    return {"authorization": f"Bearer {key}"}


def test_a_request_is_told_with_every_attempt(lab):
    a = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 7}}})
    b = lab.engine("openai", {"default": {"text": "Hi.", "usage": {"prompt_tokens": 11, "completion_tokens": 3}}})
    client = lab.serve(two_engines(a, b))
    began = datetime.now(UTC)
    answer = client.post("/v1/chat/completions", json=asking())
    told = latest(client)
    arrived = datetime.fromisoformat(told.pop("arrived_at"))
    assert timedelta(seconds=-0.1) < arrived - began < timedelta(seconds=1)
    assert told.pop("total_ms") > 0
    first, second = told.pop("attempts")
    assert told == {
        "id": answer.headers["x-sixnines-request-id"],
        "revision": None,
        "operation": "chat",
        "asked_model": "m",
        "model": "m",
        "streamed": False,
        "outcome": "ok",
        "kind": None,
        "status": 200,
        "error": None,
        "first_content_ms": None,
        "usage": {"prompt_tokens": 11, "completion_tokens": 3},
        "cost_micros": 0,  # it is local
        "skipped": [],
    }
    assert first.pop("ms") > 0
    assert first.pop("message")
    assert 0 <= first.pop("started_ms") < second["started_ms"]
    assert (first.pop("role"), second["role"]) == ("first", "fallback")
    assert {key: first[key] for key in ("deployment", "provider", "kind", "status", "retry_after_s")} == {
        "deployment": "a/up", "provider": "a", "kind": "rate", "status": 429, "retry_after_s": 7.0,
    }  # fmt: skip
    assert (second["provider"], second["kind"], second["message"]) == ("b", "ok", None)


def test_one_is_found_by_the_id_that_its_caller_was_told(lab):
    client = lab.serve(one_engine(lab.engine()))
    answers = [client.post("/v1/chat/completions", json=asking()) for _ in range(3)]
    request_id = answers[1].headers["x-sixnines-request-id"]
    found = client.get(f"/admin/v1/requests/{request_id}")
    assert found.json()["id"] == request_id
    assert found.headers["cache-control"] == "no-store"
    assert found.json() == recent(client)[1]


def test_an_id_that_is_not_there_says_why(lab):
    client = lab.serve(one_engine(lab.engine()))
    for odd in ("0" * 24, "%00", "a/b", "x" * 5000):
        answer = client.get(f"/admin/v1/requests/{odd}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "request_not_found")
        assert len(answer.text) < 600


def test_a_stream_tells_when_its_first_content_came(lab):
    client = lab.serve(one_engine(lab.engine("openai", {"default": {"count": 4, "first_token_s": 0.05}})))
    asked = asking(stream=True, stream_options={"include_usage": True})
    assert client.post("/v1/chat/completions", json=asked).status_code == 200
    told = latest(client)
    assert told["streamed"]
    assert 50 <= told["first_content_ms"] <= told["total_ms"]
    assert told["usage"]["completion_tokens"] == 4
    assert (told["outcome"], told["status"]) == ("ok", 200)


def test_a_stream_that_broke_says_so(lab):
    fault = {"kind": "close", "after_chunks": 2}
    client = lab.serve(one_engine(lab.engine("openai", {"default": {"count": 5, "tokens_per_s": 50, "fault": fault}})))
    client.post("/v1/chat/completions", json=asking(stream=True))
    told = latest(client)
    assert (told["outcome"], told["kind"], told["status"]) == ("broken", "truncated", 200)
    assert [each["broke"] for each in told["attempts"]] == [True]


def test_when_every_attempt_failed_it_says_what_the_caller_was_told(lab):
    client = lab.serve(two_engines(lab.engine("openai", BOOM), lab.engine("openai", BOOM), model="attempts: 2"))
    answer = client.post("/v1/chat/completions", json=asking())
    told = latest(client)
    assert (told["outcome"], told["kind"], told["status"]) == ("failed", "server", answer.status_code)
    assert told["error"] == answer.json()["error"]["code"]
    assert [(each["kind"], each["role"]) for each in told["attempts"]] == [("server", "first"), ("server", "fallback")]
    assert told["model"] is None


def test_an_attempt_that_was_not_needed_any_more_is_told_as_cancelled(lab):
    slow, quick = lab.engine("openai", {"default": {"first_token_s": 5}}), lab.engine("openai")
    client = lab.serve(two_engines(slow, quick, model="hedge: {after: 50ms, max_ratio: 1}"))
    assert client.post("/v1/chat/completions", json=asking(stream=True)).status_code == 200
    told = {each["provider"]: (each["kind"], each["role"]) for each in latest(client)["attempts"]}
    assert told == {"a": ("cancelled", "first"), "b": ("ok", "hedge")}


def test_candidates_that_were_passed_over_are_told_with_the_reason(lab):
    client = lab.serve(one_engine(lab.engine(), model="context_window: 512"))
    assert client.post("/v1/chat/completions", json=asking(max_tokens=4000)).status_code == 400
    told = latest(client)
    (passed_over,) = told["skipped"]
    assert passed_over["deployment"] == "a/up"
    assert "context window" in passed_over["reason"]
    assert (told["attempts"], told["kind"], told["status"]) == ([], "context", 400)


def test_a_caller_who_left_is_told_as_gone(lab):
    engine = lab.engine("openai", {"default": {"fault": {"kind": "hang_after_head"}}})
    client = lab.serve(one_engine(engine))
    body = json.dumps(asking(stream=True)).encode()
    with RawClient(lab.address) as raw:
        raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        lab.until(lambda: engine.requests)
    lab.until(lambda: recent(client))
    told = latest(client)
    assert (told["outcome"], told["status"], told["kind"]) == ("client_gone", None, None)


REFUSED = [
    ("/v1/chat/completions", b"{}", "missing_required_parameter", 400, None, "chat"),
    ("/v1/chat/completions", b'{"model"', "invalid_json", 400, None, "chat"),
    ("/v1/chat/completions", json.dumps(asking(model="nope")).encode(), "model_not_found", 404, "nope", "chat"),
    ("/v1/embeddings", b'{"model":"m","input":""}', "empty_input", 400, None, "embedding"),
]


@pytest.mark.parametrize(("path", "body", "code", "status", "asked", "operation"), REFUSED)
def test_a_request_that_was_refused_is_there_with_the_code(lab, path, body, code, status, asked, operation):
    client = lab.serve(one_engine(lab.engine()))
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    told = latest(client)
    assert told["id"] == answer.headers["x-sixnines-request-id"]
    assert (told["outcome"], told["error"], told["status"], told["operation"]) == ("refused", code, status, operation)
    assert told["asked_model"] == asked
    assert told["attempts"] == []


def test_a_model_name_without_end_is_cut(lab):
    client = lab.serve(one_engine(lab.engine()))
    client.post("/v1/chat/completions", json=asking(model="x" * 100_000))
    assert latest(client)["asked_model"] == "x" * 200


def test_a_wrong_key_and_a_gateway_that_stops_are_there(lab):
    client = lab.serve(LOCKED + one_engine(lab.engine()), KEYS)
    client.post("/v1/chat/completions", json=asking(), headers=bearer("sk-wrong"))
    lab.gateway.app.draining = True
    client.post("/v1/chat/completions", json=asking(), headers=bearer("sk-caller-1"))
    told = recent(client, **bearer("sk-admin-1"))
    assert [(each["error"], each["status"]) for each in told] == [("draining", 503), ("invalid_api_key", 401)]


def test_what_is_no_call_is_not_there(lab):
    client = lab.serve(one_engine(lab.engine()))
    for path in ("/health/live", "/health/ready", "/metrics", "/v1/models", "/v1/models/m", "/nothing", "/v1/models/x"):
        client.get(path)
    client.get("/v1/chat/completions")
    client.post("/v1/nothing", json={})
    client.options("/v1/chat/completions")
    assert recent(client) == []


def test_nothing_of_a_prompt_a_key_or_an_address_is_there(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "unauthorized"}}})
    gone = lab.engine("openai")
    config = LOCKED + two_engines(bad, gone, provider=', api_key: "env:UP"')
    client = lab.serve(config, KEYS)
    lab.call(gone.__aexit__(None, None, None))
    client.post("/v1/chat/completions", json=asking(), headers=bearer("sk-caller-1"))
    client.post("/v1/chat/completions", json=chat(messages=PROMPT), headers=bearer("sk-caller-1"))
    text = client.get("/admin/v1/requests", headers=bearer("sk-admin-1")).text
    assert len(json.loads(text)["requests"]) == 2
    for secret in (PROMPT, *KEYS.values(), "127.0.0.1", "http://", str(gone.base_url)[-5:]):
        assert secret not in text


def test_the_limit_is_kept_and_the_default_is_fifty(lab):
    client = lab.serve(one_engine(lab.engine()))
    for _ in range(53):
        client.post("/v1/chat/completions", content=b"{}")
    assert len(recent(client)) == 50
    assert len(recent(client, "?limit=3")) == 3
    assert len(recent(client, "?limit=1200")) == 53


@pytest.mark.parametrize("limit", ["0", "-1", "1201", "x", "", "1.5", "٣", "1e3", "9" * 5000])
def test_a_bad_limit_says_what_is_allowed(lab, limit):
    client = lab.serve(one_engine(lab.engine()))
    answer = client.get("/admin/v1/requests", params={"limit": limit})
    told = answer.json()["error"]
    assert (answer.status_code, told["param"]) == (400, "limit")
    assert "1 to 1200" in told["message"]


@pytest.mark.parametrize(
    "query",
    [
        "limits=3", "limit=3&limit=4", "outcome=good", "kind=odd", "outcome=", "limit=%ff", "outcome=ok;limit=3",
        "&".join(f"x{number}=1" for number in range(500)),
    ],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused_and_not_ignored(lab, query):
    client = lab.serve(one_engine(lab.engine()))
    answer = client.get(f"/admin/v1/requests?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_query")
    assert "`" in answer.json()["error"]["message"]


def test_filters_find_what_an_operator_looks_for(lab):
    a = lab.engine("openai", {"rules": [{"times": 1, "then": {"error": {"preset": "rate"}}}]})
    b = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve(f"""
providers:
  a: {{kind: openai-compatible, base_url: "{a.base_url}"}}
  b: {{kind: openai-compatible, base_url: "{b.base_url}"}}
models:
  ab: {{deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}], attempts: 2}}
  a: {{deployments: [{{provider: a, model: up}}]}}
routes:
  talk: {{strategy: ordered, models: [a]}}
""")
    for model in ("ab", "a", "talk", "nope"):
        client.post("/v1/chat/completions", json=asking(model=model))

    def asked(query):
        return [each["asked_model"] for each in recent(client, query)]

    assert asked("") == ["nope", "talk", "a", "ab"]
    assert asked("?outcome=ok") == ["talk", "a"]
    assert asked("?outcome=failed") == ["ab"]
    assert asked("?outcome=refused") == ["nope"]
    assert asked("?kind=rate") == ["ab"]
    assert asked("?kind=server") == ["ab"]
    assert asked("?kind=truncated") == []
    assert asked("?model=a") == ["talk", "a"]
    assert asked("?model=talk") == ["talk"]
    assert asked("?provider=b") == ["ab"]
    assert asked("?provider=a&outcome=ok&limit=1") == ["talk"]
    assert asked("?provider=nobody") == []
    part = recent(client)[1]["id"][5:15]
    assert asked(f"?id={part}") == ["talk"]
    assert asked(f"?id={part}&outcome=failed") == []


def test_a_provider_that_was_passed_over_is_found_too(lab):
    client = lab.serve(one_engine(lab.engine(), model="context_window: 512"))
    client.post("/v1/chat/completions", json=asking(max_tokens=4000))
    assert len(recent(client, "?provider=a")) == 1


def test_the_admin_key_is_needed_where_there_is_one(lab):
    client = lab.serve(LOCKED + one_engine(lab.engine()), KEYS)
    for path in ("/admin/v1/requests", "/admin/v1/requests/x", "/admin/v1/nothing", "/admin/"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer("sk-caller-1")).status_code == 403
        assert client.post(path, headers=bearer("sk-caller-1")).status_code == 403
    assert recent(client, **bearer("sk-admin-1")) == []
    assert client.get("/admin/v1/nothing", headers=bearer("sk-admin-1")).status_code == 404


ATTACKS = {
    "dns rebinding": {"host": "evil.example:4000"},
    "a form or script of another page": {"origin": "https://evil.example"},
    "a sandboxed page": {"origin": "null"},
    "a picture in another page": {"sec-fetch-site": "cross-site"},
    "a page at another port": {"sec-fetch-site": "same-site"},
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_other_peoples_pages_are_kept_out_on_loopback(lab, attack, method):
    client = lab.serve('server: {listen: "127.0.0.1:0", cors: ["*"]}\n' + one_engine(lab.engine()))
    for path in ("/admin/v1/requests", "/admin/v1/nothing"):
        answer = client.request(method, path, headers=ATTACKS[attack])
        assert answer.status_code == 403
        assert not any(name.startswith("access-control") for name in answer.headers)
        if method != "HEAD":
            assert re.search("foreign_host|cross_site", answer.text)


def test_model_calls_go_on_whatever_their_host(lab):
    client = lab.serve(one_engine(lab.engine()))
    for attack in ATTACKS.values():
        assert client.post("/v1/chat/completions", json=asking(), headers=attack).status_code == 200


def test_paths_of_admin_take_get_only(lab):
    client = lab.serve(one_engine(lab.engine()))
    assert client.head("/admin/v1/requests").status_code == 200
    assert client.post("/admin/v1/requests").status_code == 405
    assert client.options("/admin/v1/requests").headers["allow"] == "GET, HEAD, OPTIONS"


def test_minimal_exposure_hides_names_and_words_of_providers_from_callers_and_not_from_operators(lab):
    said = {"default": {"respond": {"status": 500, "body": {"error": {"message": "gpu seven is on fire"}}}}}
    minimal = 'server: {listen: "127.0.0.1:0", expose: minimal}\n'
    client = lab.serve(
        minimal + two_engines(lab.engine("openai", said), lab.engine("openai", said), model="attempts: 2")
    )
    answer = client.post("/v1/chat/completions", json=asking())
    trail = answer.json()["error"]["trail"]
    assert [set(row) for row in trail] == [{"kind", "status", "ms"}] * 2
    assert "fire" not in answer.text
    assert "x-sixnines-provider" not in answer.headers
    told = latest(client)
    assert [(each["provider"], each["message"]) for each in told["attempts"]] == [
        ("a", "gpu seven is on fire"), ("b", "gpu seven is on fire"),
    ]  # fmt: skip


def test_the_trail_in_an_error_says_role_and_start_but_no_words(lab):
    said = {"default": {"respond": {"status": 500, "body": {"error": {"message": "gpu seven is on fire"}}}}}
    client = lab.serve(one_engine(lab.engine("openai", said), model="attempts: 1"))
    (row,) = client.post("/v1/chat/completions", json=asking()).json()["error"]["trail"]
    assert set(row) == {"provider", "deployment", "kind", "status", "role", "started_ms", "ms"}
    assert row["role"] == "first"
    assert row["started_ms"] >= 0
