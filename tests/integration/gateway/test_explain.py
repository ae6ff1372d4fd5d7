"""`POST /admin/v1/explain`: what the running gateway would do with a request, by what it knows at this moment."""

import pytest

from support.lab import Lab, chat, two_engines

KEYS = {"ADMIN": "sk-admin-1", "CALLER": "sk-caller-1", "UP": "sk-upstream-1"}
LOCKED = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def explain(client, headers=None, **asked):
    return client.post("/admin/v1/explain", json={"model": "m", **asked}, headers=headers)


def told(client, **asked):
    answer = explain(client, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def order(told):
    return [each["deployment"] for each in told["candidates"]]


def test_it_goes_by_the_health_of_the_moment(lab):
    a = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 60}}})
    client = lab.serve(two_engines(a, lab.engine()))
    assert order(told(client)) == ["a/up", "b/up"]
    client.post("/v1/chat/completions", json=chat())
    found = told(client)
    assert order(found) == ["b/up", "a/up"]
    behind = found["candidates"][1]["behind"]
    assert (behind["how"], behind["reason"]) == ("resting", "resting after rate")
    assert 50 < behind["for_s"] <= 60


def test_assumptions_come_on_top_of_it(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    lab.call(_down(lab, "b"))
    assert order(told(client, assume={"a": "down"})) == ["a/up", "b/up"]
    assert order(told(client, assume={"a": ["down"], "b": ["healthy"]})) == ["b/up", "a/up"]


async def _down(lab, name):
    from sixnines.health.state import HealthState

    lab.provider(name).found(HealthState.DOWN, "refused")


def test_it_goes_by_the_load_of_the_moment(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine(), model="strategy: least_busy"))
    lab.places("a").take()
    found = told(client)
    assert order(found) == ["b/up", "a/up"]
    assert [each["in_flight"] for each in found["candidates"]] == [0, 1]


def test_nothing_is_sent_and_nobodys_turn_is_used_up(lab):
    a, b = lab.engine(), lab.engine()
    client = lab.serve(two_engines(a, b, model="strategy: round_robin"))
    first = client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"]
    for _ in range(3):
        assert order(told(client))[0] != f"{first}/up"
    assert len(a.requests) + len(b.requests) == 1
    assert client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"] != first


def test_request_headers_and_assumptions_are_told_as_they_were_read(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    request = {"prompt": "the-prompt-that-nobody-may-see", "max_tokens": 9, "stream": True}
    answer = explain(client, request=request, assume={"a": "busy"})
    found = answer.json()
    assert (found["model"], found["operation"], found["features"]["answer_tokens"]) == ("m", "completion", 9)
    assert found["assumed"] == {"a": ["busy"]}
    assert told(client, headers=None, request=None)["operation"] == "chat"
    asked = client.post("/admin/v1/explain", json={"model": "m", "headers": {"x-sixnines-deny": "a"}}).json()
    assert (asked["wishes"], order(asked)) == ({"deny": ["a"]}, ["b/up"])
    assert "the-prompt" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_request_that_nobody_may_serve_is_no_error_of_whoever_asks(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    answer = client.post("/admin/v1/explain", json={"model": "m", "headers": {"x-sixnines-deny": "a,b"}})
    assert answer.status_code == 200
    assert answer.json()["refusal"]["status"] == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"[]", 400, "invalid_type"),
        (b"{}", 400, "missing_required_parameter"),
        (b'{"model": 1}', 400, "invalid_type"),
        (b'{"model": "m", "modell": "m"}', 400, None),
        (b'{"model": "m", "model": "n"}', 400, "duplicate_parameter"),
        (b'{"model": "n"}', 404, "model_not_found"),
        (b'{"model": "m", "request": {}}', 400, "unknown_operation"),
        (b'{"model": "m", "request": []}', 400, "invalid_type"),
        (b'{"model": "m", "request": {"messages": 1}}', 400, "invalid_type"),
        (b'{"model": "m", "request": {"messages": [{"role": "user"}], "messages": []}}', 400, "duplicate_parameter"),
        (b'{"model": "m", "headers": {"x-sixnines-quality": "best"}}', 400, "invalid_quality"),
        (b'{"model": "m", "headers": {"x-other": "1"}}', 400, "invalid_header"),
        (b'{"model": "m", "headers": ["x"]}', 400, "invalid_type"),
        (b'{"model": "m", "assume": {"c": "down"}}', 400, "invalid_assumption"),
        (b'{"model": "m", "assume": {"a": ["down", "busy"]}}', 400, "invalid_assumption"),
        (b'{"model": "m", "assume": {"a": 1}}', 400, "invalid_type"),
    ],
)
def test_what_cannot_be_explained_is_refused(lab, body, status, code):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    answer = client.post("/admin/v1/explain", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text


def test_it_is_a_post_of_json(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    answer = client.get("/admin/v1/explain")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert client.options("/admin/v1/explain").status_code == 204
    form = client.post("/admin/v1/explain", content=b"{}", headers={"content-type": "text/plain"})
    assert form.status_code == 415


def test_only_this_machines_own_administrators_may_ask(lab):
    client = lab.serve(LOCKED + two_engines(lab.engine(), lab.engine(), provider=', api_key: "env:UP"'), KEYS)
    assert explain(client).status_code == 401
    assert explain(client, {"authorization": "Bearer sk-caller-1"}).status_code == 403
    admin = {"authorization": "Bearer sk-admin-1"}
    assert explain(client, admin | {"host": "evil.example"}).status_code == 403
    assert explain(client, admin | {"origin": "https://evil.example"}).status_code == 403
    assert explain(client, admin | {"sec-fetch-site": "cross-site"}).status_code == 403
    answer = explain(client, admin)
    assert answer.status_code == 200
    for secret in (*KEYS.values(), "127.0.0.1"):
        assert secret not in answer.text
