"""What requests cost, through the real gateway: whole answers and streams, what broke, what nobody got, after a restart."""

import sqlite3
from datetime import UTC, datetime

import pytest

from support.lab import Lab, chat

PRICE = "{input: 2, cached_input: 0.5, output: 8}"
USED = {"prompt_tokens": 100, "completion_tokens": 10, "cached_tokens": 60}
COST = 40 * 2 + 60 * 0.5 + 10 * 8  # micro-dollars
OK = {"default": {"text": "well", "usage": USED}}
CUT = {"default": {"count": 20, "tokens_per_s": 200, "fault": {"kind": "close", "after_chunks": 4}}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.db"


def config(engine, other=None, *, model="", more=""):
    """A priced model `m`, a free one, one whose price nobody knows, and a route to `m`."""
    other = engine if other is None else other
    a, b = (each.kind.replace("openai", "openai-compatible") for each in (engine, other))
    return f"""
{more}
defaults: {{breaker: {{failures: 1000000}}}}
providers:
  a: {{kind: {a}, base_url: "{engine.base_url}"}}
  b: {{kind: {b}, base_url: "{other.base_url}"}}
  far: {{kind: {a}, base_url: "{engine.base_url}", local: false}}
models:
  m: {{deployments: [{{provider: a, model: up, price: {PRICE}}}, {{provider: b, model: up, price: {PRICE}}}], {model}}}
  free: {{deployments: [{{provider: a, model: up}}]}}
  unknown: {{deployments: [{{provider: far, model: up}}]}}
routes:
  r: {{models: [m]}}
"""


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more))


def told(client, query=""):
    answer = client.get(f"/admin/v1/spend{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(rows, name):
    return next(each for each in rows if each["name"] == name)


def latest(client):
    return client.get("/admin/v1/requests?limit=1").json()["requests"][0]


def test_whole_answers_and_streams_cost_what_their_tokens_do(lab, ledger):
    client = lab.serve(config(lab.engine("openai", OK)), ledger=ledger)
    for stream in (False, True):
        assert ask(client, stream=stream).status_code == 200
        lab.until(lambda: latest(client)["cost_micros"] == COST)
    found = told(client)
    assert found["total"] == {
        "cost_micros": 2 * COST, "answers": 2, "prompt_tokens": 200, "cached_tokens": 120, "completion_tokens": 20,
        "unpriced_tokens": 0, "uncounted_answers": 0,
    }  # fmt: skip
    assert (found["currency"], found["ledger"]["state"], found["budget"]) == ("USD", "ok", None)
    assert [each["name"] for each in found["providers"]] == ["a"]


def test_it_is_told_by_model_route_provider_and_day(lab, ledger):
    client = lab.serve(config(lab.engine("openai", OK)), ledger=ledger)
    for name in ("m", "r", "r", "free", "unknown"):
        ask(client, model=name)
    found = told(client, "?window=today&days=2")
    costs = {
        kind: {each["name"]: each["cost_micros"] for each in found[kind]} for kind in ("models", "routes", "providers")
    }
    assert costs == {
        "models": {"m": 3 * COST, "free": 0, "unknown": None},
        "routes": {"r": 2 * COST},
        "providers": {"a": 3 * COST, "far": None},
    }
    assert named(found["models"], "unknown")["unpriced_tokens"] == 110
    assert found["total"]["cost_micros"] == 3 * COST
    assert found["days"][-1]["day"] == datetime.now(UTC).date().isoformat()
    assert sum(each["cost_micros"] for each in found["days"]) == 3 * COST


def test_it_survives_the_gateway(lab, ledger):
    engine = lab.engine("openai", OK)
    client = lab.serve(config(engine), ledger=ledger)
    ask(client)
    lab.call(lab.gateway.stop())
    with Lab() as another:
        client = another.serve(config(engine), ledger=ledger)
        ask(client)
        assert told(client)["total"]["cost_micros"] == 2 * COST


def test_a_fallback_costs_what_both_took(lab, ledger):
    """The engine has dropped the beginning of the prompt, says so by its count, and is paid all the same."""
    short = lab.engine(
        "ollama", {"default": {"text": "well", "usage": {"prompt_tokens": 600, "completion_tokens": 10}}}
    )
    client = lab.serve(config(short, lab.engine("openai", OK)), ledger=ledger)
    answer = ask(client, messages=[{"role": "user", "content": "word " * 4000}])
    assert answer.headers["x-sixnines-fallback"] == "context"
    assert latest(client)["cost_micros"] == COST + 600 * 2 + 10 * 8
    found = told(client)
    assert named(found["providers"], "a")["cost_micros"] == 600 * 2 + 10 * 8
    assert named(found["providers"], "b")["cost_micros"] == COST
    assert found["total"]["uncounted_answers"] == 0


def test_a_refused_attempt_costs_nothing(lab, ledger):
    bad = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 0}}})
    client = lab.serve(config(bad, lab.engine("openai", OK)), ledger=ledger)
    ask(client)
    assert latest(client)["cost_micros"] == COST
    assert [each["name"] for each in told(client)["providers"]] == ["b"]


def test_a_broken_stream_is_told_as_one_whose_cost_is_not_known(lab, ledger):
    client = lab.serve(config(lab.engine("openai", CUT)), ledger=ledger)
    ask(client, stream=True)
    lab.until(lambda: latest(client)["outcome"] == "broken")
    assert latest(client)["cost_micros"] is None
    total = told(client)["total"]
    assert (total["cost_micros"], total["answers"], total["uncounted_answers"]) == (None, 1, 1)


def test_what_is_known_of_a_stream_that_another_one_ends_is_counted_at_both(lab, ledger):
    cut, well = (
        lab.engine("vllm", CUT),
        lab.engine("vllm", {"default": {"text": " and well", "usage": {"prompt_tokens": 100}}}),
    )
    client = lab.serve(config(cut, well, model="stream_failure: continue"), ledger=ledger)
    ask(client, stream=True)
    lab.until(lambda: latest(client)["outcome"] == "ok")
    found = told(client)
    a, b = named(found["providers"], "a"), named(found["providers"], "b")
    assert (a["completion_tokens"], a["uncounted_answers"]) == (4, 1)
    assert (b["prompt_tokens"], b["uncounted_answers"]) == (100, 0)
    assert (
        latest(client)["cost_micros"]
        == a["cost_micros"] + b["cost_micros"]
        == 100 * 2 + (4 + b["completion_tokens"]) * 8
    )


def test_an_answer_that_nobody_counts_is_told_as_such(lab, ledger):
    client = lab.serve(config(lab.engine("openai", {"default": {"text": "x", "report_usage": False}})), ledger=ledger)
    ask(client)
    ask(client, model="free")
    total = told(client)["total"]
    assert (total["answers"], total["uncounted_answers"], total["cost_micros"]) == (2, 1, None)
    assert latest(client)["cost_micros"] == 0  # what is local is free, whoever counts


def test_a_count_that_cannot_be_poisons_no_sum(lab, ledger):
    mad = {"default": {"respond": {"status": 200, "body": {
        "id": "x", "object": "chat.completion", "created": 1, "model": "up",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hm"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10**30, "completion_tokens": -5},
    }}}}  # fmt: skip
    client = lab.serve(config(lab.engine("openai", mad)), ledger=ledger)
    assert ask(client).status_code == 200
    total = told(client)["total"]
    assert (total["prompt_tokens"], total["uncounted_answers"], total["cost_micros"]) == (0, 1, None)


def test_a_budget_says_what_is_spent_and_refuses_nothing(lab, ledger):
    budget = "accounting: {budget: {dollars: 0.01, period: day}}"
    client = lab.serve(config(lab.engine("openai", OK), more=budget), ledger=ledger)
    for _ in range(60):
        assert ask(client).status_code == 200
    found = told(client)["budget"]
    assert (found["period"], found["budget_micros"], found["spent_micros"]) == ("day", 10_000, 60 * COST)
    assert found["spent_ratio"] == pytest.approx(1.14)
    assert found["projected_micros"] >= found["spent_micros"]
    assert ask(client).status_code == 200
    page = client.get("/metrics").text
    assert 'sixnines_spend_budget_dollars{period="day"} 0.01\n' in page
    lab.until(lambda: 'sixnines_spend_in_period_dollars{period="day"} 0.01159\n' in client.get("/metrics").text)


def test_without_a_budget_there_is_nothing_of_one(lab, ledger):
    client = lab.serve(config(lab.engine("openai", OK)), ledger=ledger)
    ask(client)
    assert "sixnines_spend_budget_dollars{" not in client.get("/metrics").text


@pytest.mark.parametrize(
    ("query", "param"), [("?window=2h", "window"), ("?window=", "window"), ("?days=0", "days"), ("?days=401", "days"), ("?days=x", "days"), ("?model=m", None)]
)  # fmt: skip
def test_a_question_that_cannot_be_answered_is_refused_with_what_can_be(lab, ledger, query, param):
    client = lab.serve(config(lab.engine("openai", OK)), ledger=ledger)
    answer = client.get(f"/admin/v1/spend{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("window", ["1h", "24h", "7d", "30d", "today", "month"])
def test_every_window_has_what_has_just_been_spent(lab, ledger, window):
    client = lab.serve(config(lab.engine("openai", OK)), ledger=ledger)
    ask(client)
    assert told(client, f"?window={window}")["total"]["cost_micros"] == COST


def test_a_gateway_that_keeps_nothing_says_so_and_counts_all_the_same(lab):
    client = lab.serve(config(lab.engine("openai", OK)))
    ask(client)
    found = told(client)
    assert (found["ledger"]["state"], "total" in found) == ("none", False)
    assert 'sixnines_cost_dollars_total{model="m",provider="a",route=""} 0.00019\n' in client.get("/metrics").text


def test_what_cannot_be_written_waits_and_is_there_when_it_can_be(lab, ledger):
    client = lab.serve(config(lab.engine("openai", OK)), ledger=ledger)
    ask(client)
    assert told(client)["total"]["cost_micros"] == COST
    blocking = sqlite3.connect(ledger, isolation_level=None)
    blocking.execute("BEGIN EXCLUSIVE")
    ask(client)
    lab.until(lambda: told(client)["ledger"]["state"] == "failing")
    assert told(client)["ledger"]["unwritten_micros"] == COST
    blocking.execute("ROLLBACK")
    blocking.close()
    lab.until(lambda: told(client)["ledger"]["state"] == "ok")
    assert told(client)["total"]["cost_micros"] == 2 * COST
