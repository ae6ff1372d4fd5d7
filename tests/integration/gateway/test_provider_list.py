"""`GET /admin/v1/providers`: what is known of each, so that nobody has to guess why one is not asked."""

import pytest

from support.lab import Lab, chat, two_engines

KEYS = {"ADMIN": "sk-admin-1", "CALLER": "sk-caller-1"}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def listed(client, **more):
    answer = client.get("/admin/v1/providers", **more)
    assert answer.status_code == 200
    return {each["name"]: each for each in answer.json()["providers"]}


def test_states_come_from_requests_with_the_time_that_they_last(lab):
    a = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 60}}})
    b = lab.engine("openai", {"default": {"text": "b"}})
    client = lab.serve(two_engines(a, b, provider=", max_in_flight: 3"))
    before = listed(client)
    assert {each["state"] for each in before.values()} == {"unknown"}
    client.post("/v1/chat/completions", json=chat())
    after = listed(client)
    (limited,) = after["a"]["deployments"]
    assert (limited["id"], limited["state"], limited["breaker"]) == ("a/up", "rate_limited", "closed")
    assert 50 < limited["for_s"] <= 60
    assert (after["b"]["state"], after["b"]["deployments"][0]["state"]) == ("healthy", "healthy")
    assert (after["b"]["in_flight"], after["b"]["max_in_flight"], after["b"]["waiting"]) == (0, 3, 0)


def test_a_refused_key_is_the_whole_providers_misconfiguration(lab):
    a = lab.engine("openai", {"default": {"error": {"preset": "unauthorized"}}})
    client = lab.serve(two_engines(a, lab.engine("openai")))
    client.post("/v1/chat/completions", json=chat())
    assert (listed(client)["a"]["state"], listed(client)["a"]["reason"]) == ("misconfigured", "answered credential")


def test_an_open_breaker_is_shown(lab):
    a = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve("defaults: {breaker: {failures: 1}}" + two_engines(a, lab.engine("openai")))
    client.post("/v1/chat/completions", json=chat())
    (deployment,) = listed(client)["a"]["deployments"]
    assert (deployment["state"], deployment["breaker"], deployment["reason"]) == ("down", "open", "breaker open")


def test_what_a_probe_finds_is_shown_in_its_words(lab):
    a = lab.engine("llamacpp", {"rules": [{"when": {"operation": "any"}, "then": {"error": "loading"}}]})
    client = lab.serve(two_engines(a, lab.engine("llamacpp"), kind="llamacpp"), watch=True)
    lab.until(lambda: listed(client)["a"]["state"] == "loading")
    lab.until(lambda: listed(client)["b"]["state"] == "healthy")


def test_only_administrators_see_it(lab):
    locked = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
    client = lab.serve(locked + two_engines(lab.engine(), lab.engine()), KEYS)
    assert client.get("/admin/v1/providers").status_code == 401
    caller = {"authorization": "Bearer sk-caller-1"}
    assert client.get("/admin/v1/providers", headers=caller).status_code == 403
    answer = client.get("/admin/v1/providers", headers={"authorization": "Bearer sk-admin-1"})
    assert answer.status_code == 200
    assert "127.0.0.1" not in answer.text
