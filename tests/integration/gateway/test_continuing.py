"""`stream_failure: continue`: half an answer of one engine and the rest of another's are one answer to the caller."""

import json

import pytest

from support.lab import Lab, chat, two_engines

KINDS = ["llamacpp", "vllm", "ollama", "anthropic"]
BREAKS = [
    {"kind": "close", "after_chunks": 3},
    {"kind": "reset", "after_chunks": 3},
    {"kind": "hang", "after_chunks": 3},
    {"kind": "error_event", "after_chunks": 3},
]
CONTINUED = "stream_failure: continue\n    timeouts: {connect: 300ms, first_token: 500ms, idle: 300ms}"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, a, b, *, kind="vllm", model=CONTINUED):
    lab.a, lab.b = lab.engine(kind, {"default": a}), lab.engine(kind, {"default": b})
    config = two_engines(lab.a, lab.b, kind=kind, model=model)
    if kind == "anthropic":
        config = config.replace('"}', '", api_key: "env:KEY"}')
    return lab.serve(config, {"KEY": "k"})


def events(answer):
    assert answer.status_code == 200
    *found, done, rest = answer.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    return [json.loads(each.removeprefix("data: ")) for each in found]


def said(chunks):
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", ()))


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(stream=True, **more))


@pytest.mark.parametrize("fault", BREAKS, ids=[each["kind"] for each in BREAKS])
@pytest.mark.parametrize("kind", KINDS)
def test_the_next_one_goes_on_and_the_caller_sees_one_answer(lab, kind, fault):
    client = served(lab, {"count": 9, "tokens_per_s": 100, "fault": fault}, {"text": " and the rest"}, kind=kind)
    chunks = events(ask(client, stream_options={"include_usage": True}))
    assert said(chunks) == "0 1 2 and the rest"
    assert not any("error" in chunk for chunk in chunks)
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert len({chunk["model"] for chunk in chunks}) == 1
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert [choice["finish_reason"] for choice in choices if choice.get("finish_reason")] == ["stop"]
    assert sum("role" in choice["delta"] for choice in choices) <= 1
    (usage,) = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    assert usage["completion_tokens"] >= 3 + 3


def test_the_next_one_is_given_what_was_said(lab):
    client = served(lab, {"count": 9, "fault": BREAKS[0]}, {"text": " 3"})
    ask(client)
    sent = lab.b.requests[-1].json()
    assert sent["messages"][-1] == {"role": "assistant", "content": "0 1 2"}
    assert sent["continue_final_message"] is True


def test_the_trail_tells_of_both(lab):
    client = served(lab, {"count": 9, "fault": BREAKS[0]}, {"text": " 3"})
    request_id = ask(client).headers["x-sixnines-request-id"]
    told = client.get(f"/admin/v1/requests/{request_id}").json()
    assert told["outcome"] == "ok"
    assert [(each["role"], each["kind"]) for each in told["attempts"]] == [
        ("first", "truncated"),
        ("continuation", "ok"),
    ]


def test_tokens_of_both_halves_are_counted(lab):
    client = served(lab, {"count": 9, "fault": BREAKS[0]}, {"text": " 3 4"})
    ask(client)
    counted = [line for line in client.get("/metrics").text.splitlines() if line.startswith("sixnines_tokens_total")]
    completion = {line.split('provider="')[1][0]: float(line.split()[-1]) for line in counted if "completion" in line}
    assert completion == {"a": 3.0, "b": 2.0}


def test_a_third_one_goes_on_where_the_second_breaks(lab):
    a, b, c = (
        lab.engine("vllm", {"default": {"count": 9, "fault": BREAKS[0]}}),
        lab.engine("vllm", {"default": {"text": " b b b b", "fault": {"kind": "close", "after_chunks": 2}}}),
        lab.engine("vllm", {"default": {"text": " c"}}),
    )
    providers = "\n".join(
        f'  {n}: {{kind: vllm, base_url: "{e.base_url}"}}' for n, e in zip("abc", (a, b, c), strict=True)
    )
    deployments = ", ".join(f"{{provider: {name}, model: up}}" for name in "abc")
    client = lab.serve(f"providers:\n{providers}\nmodels:\n  m:\n    deployments: [{deployments}]\n    {CONTINUED}\n")
    assert said(events(ask(client))) == "0 1 2 b b c"


@pytest.mark.parametrize("kind", ["llamacpp", "vllm", "anthropic"])
def test_an_answer_of_which_only_the_terminator_is_missing_is_whole(lab, kind):
    """The engine was killed between its finish reason and the end: there is nothing left to go on with."""
    client = served(lab, {"count": 4, "fault": {"kind": "no_terminator"}}, {"text": "never"}, kind=kind)
    answer = ask(client)
    chunks = events(answer)
    assert said(chunks) == "0 1 2 3"
    assert not any("error" in chunk for chunk in chunks)
    finishes = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert [each for each in finishes if each] == ["stop"]
    assert lab.b.requests == []
    told = client.get(f"/admin/v1/requests/{answer.headers['x-sixnines-request-id']}").json()
    assert (told["outcome"], [each["kind"] for each in told["attempts"]]) == ("ok", ["truncated"])


def test_one_that_failed_at_first_goes_on_where_nobody_else_is_left(lab):
    """It was restarted meanwhile, and the one that took its place is killed."""
    a = lab.engine("vllm", {"rules": [{"times": 1, "then": {"fault": "close_before_head"}}], "default": {"text": " a"}})
    b = lab.engine("vllm", {"default": {"count": 9, "fault": BREAKS[0]}})
    client = lab.serve(two_engines(a, b, kind="vllm", model=CONTINUED))
    answer = ask(client)
    assert said(events(answer)) == "0 1 2 a"
    told = client.get(f"/admin/v1/requests/{answer.headers['x-sixnines-request-id']}").json()
    roles = [(each["provider"], each["role"], each["kind"]) for each in told["attempts"]]
    assert roles == [("a", "first", "transport"), ("b", "fallback", "truncated"), ("a", "continuation", "ok")]


def test_the_one_that_broke_off_goes_on_itself_when_the_next_one_has_failed(lab):
    """It is restarted while the next one is asked, which is killed before it says anything."""
    once = {"times": 1, "then": {"count": 9, "fault": BREAKS[0]}}
    a = lab.engine("vllm", {"rules": [once], "default": {"text": " a"}})
    b = lab.engine("vllm", {"default": {"fault": "close_before_head"}})
    client = lab.serve(two_engines(a, b, kind="vllm", model=CONTINUED))
    answer = ask(client)
    assert said(events(answer)) == "0 1 2 a"
    told = client.get(f"/admin/v1/requests/{answer.headers['x-sixnines-request-id']}").json()
    roles = [(each["provider"], each["role"], each["kind"]) for each in told["attempts"]]
    assert roles == [("a", "first", "truncated"), ("b", "continuation", "transport"), ("a", "continuation", "ok")]


def test_one_that_has_refused_the_request_is_not_asked_again(lab):
    a = lab.engine("vllm", {"rules": [{"times": 1, "then": {"error": "missing"}}], "default": {"text": " never"}})
    b = lab.engine("vllm", {"default": {"count": 9, "fault": BREAKS[0]}})
    client = lab.serve(two_engines(a, b, kind="vllm", model=CONTINUED))
    assert "error" in events(ask(client))[-1]
    assert len(a.requests) == 1


ENDS_WITH_AN_ERROR = {
    "nobody else": ({"count": 9, "fault": BREAKS[0]}, {"error": {"preset": "server_error"}}, {}),
    "a tool call": ({"tool_calls": [{"name": "f", "arguments": {"x": 1}}], "fault": {"kind": "close", "after_chunks": 1}}, {}, {}),
    "thinking": ({"reasoning": "so so", "text": "a b c d", "fault": {"kind": "close", "after_chunks": 3}}, {}, {}),
    "a schema": ({"count": 9, "fault": BREAKS[0]}, {}, {"response_format": {"type": "json_object"}}),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS_WITH_AN_ERROR)
def test_what_cannot_be_taken_up_ends_with_an_error(lab, case):
    a, b, more = ENDS_WITH_AN_ERROR[case]
    client = served(lab, a, b or {"text": "never"})
    chunks = events(ask(client, **more))
    assert chunks[-1]["error"]["type"] == "upstream_error"
    assert "never" not in said(chunks)


def test_an_engine_that_would_begin_a_new_answer_is_not_asked(lab):
    lab.a, lab.b = lab.engine("openai", {"default": {"count": 9, "fault": BREAKS[0]}}), lab.engine("openai")
    client = lab.serve(two_engines(lab.a, lab.b, model=CONTINUED))
    assert "error" in events(ask(client))[-1]
    assert lab.b.requests == []


def test_a_completion_goes_on_wherever_there_are_completions(lab):
    a = lab.engine("openai", {"default": {"count": 9, "fault": BREAKS[0]}})
    b = lab.engine("openai", {"default": {"text": " and on"}})
    client = lab.serve(two_engines(a, b, model=CONTINUED))
    answer = client.post("/v1/completions", json={"model": "m", "prompt": "Count:", "stream": True})
    text = "".join(choice["text"] for chunk in events(answer) for choice in chunk["choices"])
    assert text == "0 1 2 and on"
    assert b.requests[-1].json()["prompt"] == "Count:0 1 2"


def test_a_caller_who_leaves_during_the_second_half_frees_both(lab):
    client = served(lab, {"count": 9, "fault": BREAKS[0]}, {"count": 10_000, "tokens_per_s": 50})
    with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)):
        lab.until(lambda: lab.b.in_flight == 1)
    lab.until(lambda: lab.b.in_flight == 0)
    lab.until(lambda: lab.places("a").in_flight == lab.places("b").in_flight == 0)
    assert lab.provider("a").streams == lab.provider("b").streams == 0
