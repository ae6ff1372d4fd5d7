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


CHAIN = """
{server}
providers:
  first: {{kind: openai-compatible, base_url: "{first}"}}
  last: {{kind: openai-compatible, base_url: "{last}"}}
models:
  m:
    deployments: [{{provider: first, model: up}}, {{provider: first, model: twin}}]
    fallbacks: [other]
  other: {{deployments: [{{provider: last, model: up}}]}}
"""


def chained(lab, *, first=None, server="", environment=None):
    lab.first, lab.last = lab.engine("openai", {"models": ["up", "twin"], **(first or {})}), lab.engine("openai")
    config = CHAIN.format(server=server, first=lab.first.base_url, last=lab.last.base_url)
    return lab.serve(config, environment)


def who(answer):
    return answer.headers["x-sixnines-model"], answer.headers["x-sixnines-provider"]


def test_a_candidate_is_asked_alone_also_where_it_is_a_fallback(lab):
    client = chained(lab)
    assert who(ask(client, candidate="first/twin")) == ("m", "first")
    assert lab.first.requests[-1].json()["model"] == "twin"
    assert who(ask(client, candidate="last/up")) == ("other", "last")


def test_a_candidate_that_fails_is_asked_once_and_nobody_instead(lab):
    client = chained(lab, first=DOWN)
    failed = ask(client, candidate="first/up")
    assert (failed.status_code, failed.headers["x-sixnines-attempts"]) == (502, "1")
    assert (lab.first.total, lab.last.total) == (1, 0)


@pytest.mark.parametrize("candidate", ["last/down", "first", "nobody/up", "firsttwin"])
def test_a_candidate_that_the_name_does_not_lead_to_is_a_400_that_says_which_there_are(lab, candidate):
    client = chained(lab)
    answer = ask(client, candidate=candidate)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_candidate")
    assert "`first/up`, `first/twin`, `last/up`" in answer.json()["error"]["message"]
    assert lab.first.total == lab.last.total == 0


def test_a_candidate_of_another_model_is_out_of_reach(lab):
    client = chained(lab)
    body = chat() | {"model": "other"}
    answer = client.post("/v1/chat/completions", json=body, headers={"x-sixnines-candidate": "first/up"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_candidate")


def test_a_candidate_that_may_not_be_asked_says_why(lab):
    client = chained(lab)
    answer = ask(client, candidate="last/up", deny="last")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_candidate")
    assert answer.json()["error"]["message"] == "Nobody may serve this request: the caller does not want it."


def test_where_names_are_kept_from_callers_a_candidate_takes_the_admin_key_and_is_told(lab):
    server = 'server: {listen: "127.0.0.1:0", expose: minimal, api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}'
    client = chained(lab, server=server, environment={"CALLER": "sk-caller", "ADMIN": "sk-admin"})
    refused = ask_as(client, "sk-caller")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert "last" not in refused.text
    assert lab.first.total == lab.last.total == 0
    assert who(ask_as(client, "sk-admin")) == ("other", "last")


def ask_as(client, key):
    headers = {"authorization": f"Bearer {key}", "x-sixnines-candidate": "last/up"}
    return client.post("/v1/chat/completions", json=chat(), headers=headers)


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
