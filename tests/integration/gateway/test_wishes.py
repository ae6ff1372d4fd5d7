"""What callers wish by header and what config demands, over the whole way."""

import pytest

from sixnines.health.state import HealthState
from support.lab import Lab, chat

DOWN = {"default": {"error": {"preset": "server_error"}}}
TWO = """
providers:
  here: {{kind: openai-compatible, base_url: "{here}"}}
  there: {{kind: openai-compatible, base_url: "{there}", local: false}}
models:
  m:
    deployments: [{{provider: here, model: up}}, {{provider: there, model: up}}]
    attempts: 2
    {model}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, *, here=None, model=""):
    lab.here, lab.there = lab.engine("openai", here), lab.engine("openai")
    return lab.serve(TWO.format(here=lab.here.base_url, there=lab.there.base_url, model=model))


def ask(client, **headers):
    sent = {f"x-sixnines-{name.replace('_', '-')}": value for name, value in headers.items()}
    return client.post("/v1/chat/completions", json=chat(), headers=sent)


def test_data_stays_on_the_host_also_when_everything_there_is_down(lab):
    client = served(lab, here=DOWN)
    assert ask(client).headers["x-sixnines-provider"] == "there"
    seen = lab.there.total
    answer = ask(client, local_only="true")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "no_local_provider"
    assert "may not leave the host" in answer.json()["error"]["message"]
    assert int(answer.headers["retry-after"]) >= 1
    assert lab.there.total == seen


def test_a_model_that_may_not_leave_the_host_does_not(lab):
    client = served(lab, here=DOWN, model="local_only: true")
    assert ask(client).status_code == 503
    assert lab.there.total == 0


def test_a_request_that_nobody_local_serves_is_a_503_at_once(lab):
    client = served(lab)
    answer = ask(client, local_only="1", deny="here")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_local_provider")


def test_a_pin_asks_one_provider_once_and_nobody_else(lab):
    client = served(lab, here=DOWN)
    assert ask(client, provider="there").headers["x-sixnines-provider"] == "there"
    assert lab.here.total == 0
    failed = ask(client, provider="here")
    assert (failed.status_code, failed.headers["x-sixnines-attempts"]) == (502, "1")
    assert lab.here.total == 1


def test_a_denied_provider_is_passed_over(lab):
    client = served(lab)
    assert ask(client, deny="here").headers["x-sixnines-provider"] == "there"
    nobody = ask(client, deny="here,there")
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (400, "no_candidate")


@pytest.mark.parametrize("header", ["quality", "local_only", "deny", "provider", "priority"])
def test_a_value_without_a_meaning_is_refused_before_anything_is_sent(lab, header):
    client = served(lab)
    answer = ask(client, **{header: "nonsense"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, f"invalid_{header}")
    assert lab.here.total == lab.there.total == 0


def test_an_alias_is_answered_like_the_model(lab):
    client = served(lab, model="aliases: [gpt-4o]")
    answer = client.post("/v1/chat/completions", json=chat(model="gpt-4o"))
    assert answer.headers["x-sixnines-model"] == "m"
    assert client.get("/v1/models/gpt-4o").json()["id"] == "gpt-4o"
    missing = client.post("/v1/chat/completions", json=chat(model="gpt-4"))
    assert "Did you mean `gpt-4o`" in missing.json()["error"]["message"]


def test_models_say_what_they_can_do_and_whether_somebody_can_be_asked(lab):
    client = served(lab, model="capabilities: [tools]\n    context_window: 4096\n    tier: entry\n    aliases: [other]")
    (entry,) = client.get("/v1/models").json()["data"]
    assert entry["owned_by"] == "sixnines"
    assert (entry["capabilities"], entry["context_window"], entry["tier"], entry["aliases"]) == (
        ["tools"],
        4096,
        "entry",
        ["other"],
    )
    assert entry["available"] is True
    for name in ("here", "there"):
        lab.provider(name).found(HealthState.DOWN, "refused")
    assert client.get("/v1/models").json()["data"][0]["available"] is False
