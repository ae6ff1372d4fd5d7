"""A second candidate is asked when the first is silent; one answer, and nothing left running."""

import pytest

from support.lab import Lab, chat, two_engines

WELL = {"default": {"text": "from b"}}
SILENT = {"default": {"fault": {"kind": "hang_before_head"}}}
HEDGED = "hedge: {after: 100ms, max_ratio: 1}"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, a, b=WELL, *, model=HEDGED, kind="vllm"):
    lab.a, lab.b = lab.engine(kind, a), lab.engine(kind, b)
    return lab.serve(two_engines(lab.a, lab.b, kind=kind, model=model))


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_first_content_wins_and_the_other_call_is_cancelled(lab, stream):
    client = served(lab, SILENT)
    answer = ask(client, stream=stream)
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.headers["x-sixnines-attempts"] == "2"
    assert "x-sixnines-fallback" not in answer.headers
    lab.until(lambda: lab.a.in_flight == 0)
    assert lab.a.cancelled == 1
    assert (lab.places("a").in_flight, lab.places("b").in_flight) == (0, 0)


def test_a_quick_answer_is_not_hedged(lab):
    client = served(lab, {"default": {"text": "from a"}})
    answer = ask(client)
    assert (answer.headers["x-sixnines-provider"], answer.headers["x-sixnines-attempts"]) == ("a", "1")
    assert lab.b.requests == []


def test_a_slow_answer_may_still_be_the_first(lab):
    client = served(lab, {"default": {"text": "from a", "head_s": 0.4}}, SILENT)
    assert ask(client).headers["x-sixnines-provider"] == "a"
    lab.until(lambda: lab.b.in_flight == 0)


def test_no_more_is_hedged_than_allowed(lab):
    client = served(lab, {"default": {"text": "from a", "head_s": 0.15}}, model="hedge: {after: 30ms, max_ratio: 0.25}")
    for _ in range(8):
        ask(client)
    assert lab.b.total == 2


def test_when_both_fail_the_third_is_asked(lab):
    bad = {"default": {"error": {"preset": "server_error"}, "head_s": 0.3}}
    client = served(lab, bad, bad, model=HEDGED)
    answer = ask(client)
    assert answer.status_code == 502
    kinds = [each["kind"] for each in answer.json()["error"]["trail"]]
    assert kinds[:2] == ["server", "server"]
    assert lab.places("a").in_flight == lab.places("b").in_flight == 0


def test_a_caller_who_leaves_takes_both_calls_with_him(lab):
    import httpx

    client = served(lab, SILENT, SILENT)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/chat/completions", json=chat(), timeout=0.5)
    lab.until(lambda: lab.a.in_flight == lab.b.in_flight == 0)
    lab.until(lambda: lab.places("a").in_flight == lab.places("b").in_flight == 0)


def test_two_that_begin_to_answer_at_the_same_moment_leave_nothing_behind(lab):
    """Both engines' first content is due at the same time; which of the two wins, and how closely, is left to luck."""
    slow = {"default": {"count": 40, "tokens_per_s": 400}}
    a = {"default": {**slow["default"], "first_token_s": 0.06}}
    b = {"default": {**slow["default"], "first_token_s": 0.03}}
    client = served(lab, a, b, model="hedge: {after: 30ms, max_ratio: 1}")
    for _ in range(20):
        answer = ask(client, stream=True)
        assert answer.text.endswith("data: [DONE]\n\n")
        assert "error" not in answer.text
    lab.until(lambda: lab.a.in_flight == lab.b.in_flight == 0)
    lab.until(lambda: lab.places("a").in_flight == lab.places("b").in_flight == 0)
    assert lab.provider("a").streams == lab.provider("b").streams == 0
    assert lab.a.cancelled + lab.b.cancelled > 0


def test_after_p95_hedges_once_enough_is_known(lab):
    client = served(lab, {"default": {"text": "from a"}}, model="hedge: {after: p95, max_ratio: 1}")
    for _ in range(25):
        assert ask(client).headers["x-sixnines-provider"] == "a"
    lab.loop.call_soon_threadsafe(lab.a.script, {"models": ["up"], **SILENT})
    assert ask(client).headers["x-sixnines-provider"] == "b"
