"""When everybody has failed or is out: who is asked again, when, and how often."""

import time

import pytest

from support.lab import Lab, chat, one_engine, two_engines

WELL = {"text": "hello"}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def at_first(fault, times=1):
    """Trouble, then a good answer."""
    return {"default": WELL, "rules": [{"times": times, "then": fault}]}


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more))


def test_an_accident_of_the_only_engine_is_asked_again(lab):
    a = lab.engine("openai", at_first({"error": {"preset": "server_error"}}))
    answer = ask(lab.serve(one_engine(a)))
    assert answer.status_code == 200
    assert answer.headers["x-sixnines-attempts"] == "2"


def test_a_rate_limit_is_waited_for_as_long_as_it_says(lab):
    a = lab.engine("openai", at_first({"error": {"preset": "rate", "retry_after_s": 1}}))
    client = lab.serve(one_engine(a))
    began = time.monotonic()
    assert ask(client).status_code == 200
    assert time.monotonic() - began >= 1


def test_the_next_request_waits_for_it_too_without_asking(lab):
    a = lab.engine("openai", at_first({"error": {"preset": "rate", "retry_after_s": 1}}))
    client = lab.serve(one_engine(a, model="attempts: 1"))
    assert ask(client).status_code == 429
    answer = ask(client)
    assert (answer.status_code, answer.headers["x-sixnines-attempts"]) == (200, "1")


def test_a_loading_engine_is_waited_for(lab):
    a = lab.engine("llamacpp", at_first({"error": {"preset": "loading"}}, times=3))
    answer = ask(lab.serve(one_engine(a, kind="llamacpp", model="attempts: 1")))
    assert answer.status_code == 200
    assert answer.headers["x-sixnines-attempts"] == "4"


def test_an_attempt_that_the_deadline_cuts_short_says_nothing_about_its_engine(lab):
    silent = lab.engine("vllm", {"default": {"fault": {"kind": "hang_before_head"}}})
    client = lab.serve(one_engine(silent, kind="vllm", model="timeouts: {first_token: 5s, total: 200ms}"))
    for _ in range(6):
        assert ask(client, stream=True).status_code == 504
    (deployment,) = client.get("/admin/v1/providers").json()["providers"][0]["deployments"]
    assert deployment["breaker"] == "closed"


def test_repetitions_stop_where_their_budget_ends(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve("defaults: {retries: {ratio: 0}}" + one_engine(bad))
    assert ask(client).headers["x-sixnines-attempts"] == "1"


def test_retries_do_not_become_the_outage(lab):
    bad = lab.engine("openai", {"default": {"error": {"preset": "server_error"}}})
    client = lab.serve("defaults: {retries: {ratio: 0.1, backoff: 1ms}, breaker: {failures: 1000}}" + one_engine(bad))
    for _ in range(50):
        ask(client)
    assert 50 < bad.total <= 50 + 5 + 1 + 1


def test_engines_whose_breakers_are_open_are_asked_rather_than_nobody(lab):
    bad = {"default": WELL, "rules": [{"times": 6, "then": {"error": {"preset": "server_error"}}}]}
    lab.a, lab.b = lab.engine("openai", bad), lab.engine("openai", bad)
    config = "defaults: {breaker: {failures: 1, open: 1h, max_open: 1h}, retries: {ratio: 0}}"
    client = lab.serve(config + two_engines(lab.a, lab.b))
    statuses = [ask(client).status_code for _ in range(8)]
    assert statuses[:6] == [502] * 6
    assert statuses[6:] == [200] * 2


def test_an_answer_that_grows_too_slowly_is_given_up_for_another(lab):
    slow = {"default": {"count": 400, "tokens_per_s": 10}}
    lab.a, lab.b = lab.engine("llamacpp", slow), lab.engine("llamacpp", {"default": WELL})
    client = lab.serve(two_engines(lab.a, lab.b, kind="llamacpp", model="min_tokens_per_s: 20"))
    began = time.monotonic()
    answer = ask(client, max_tokens=400)
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.headers["x-sixnines-fallback"] == "truncated"
    assert 4.5 < time.monotonic() - began < 9


def test_an_answer_to_a_prompt_that_was_cut_silently_is_none(lab):
    """Ollama without `truncate: false` answers as if nothing had happened; the count of the prompt gives it away."""
    cut = {"default": {**WELL, "usage": {"prompt_tokens": 2048}}}
    lab.a, lab.b = lab.engine("ollama", cut), lab.engine("ollama", {"default": {"text": "b"}, "context_window": 99_999})
    lab.b.script(
        {"models": ["up"], "default": {"text": "b", "usage": {"prompt_tokens": 9000}}, "context_window": 99_999}
    )
    client = lab.serve(two_engines(lab.a, lab.b, kind="ollama"))
    answer = ask(client, messages=[{"role": "user", "content": "word " * 10_000}])
    assert (answer.headers["x-sixnines-provider"], answer.headers["x-sixnines-fallback"]) == ("b", "context")
