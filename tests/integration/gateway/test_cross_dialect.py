"""OpenAI in, another dialect out: Ollama's and Anthropic's own formats behind an OpenAI endpoint."""

import json

import pytest

from support.front import ENVIRONMENT, provider
from support.lab import Lab, chat, one_engine, two_engines

TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
KINDS = ["ollama", "anthropic"]


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def provider_of(kind):
    return ', api_key: "env:KEY"' if kind == "anthropic" else ""


def served(lab, kind, script, model=""):
    lab.a = lab.engine(kind, script)
    return lab.serve(one_engine(lab.a, kind=kind, provider=provider_of(kind), model=model), {"KEY": "sk-ant"})


def sent(lab):
    return lab.a.requests[-1].json()


def events(answer):
    return [json.loads(line[6:]) for line in answer.text.split("\n\n") if line.startswith("data: {")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_answer(lab, kind):
    client = served(lab, kind, {"default": {"text": "Hello, world."}})
    answer = client.post("/v1/chat/completions", json=chat(max_tokens=50, temperature=0.5)).json()
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "Hello, world."} | {
        key: None for key in answer["choices"][0]["message"] if key not in ("role", "content")
    }
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert (answer["object"], answer["model"]) == ("chat.completion", "m")
    assert answer["usage"]["completion_tokens"] > 0
    assert sent(lab)["model"] == "up"


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream(lab, kind):
    client = served(lab, kind, {"default": {"text": "Hello, world."}})
    answer = client.post("/v1/chat/completions", json=chat(stream=True, stream_options={"include_usage": True}))
    assert answer.headers["content-type"].startswith("text/event-stream")
    chunks = events(answer)
    assert (
        "".join(each["choices"][0]["delta"].get("content") or "" for each in chunks if each["choices"])
        == "Hello, world."
    )
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [each["choices"][0]["finish_reason"] for each in chunks if each["choices"]][-1] == "stop"
    assert (
        chunks[-1]["usage"]["total_tokens"]
        == chunks[-1]["usage"]["prompt_tokens"] + chunks[-1]["usage"]["completion_tokens"]
    )
    assert {each["model"] for each in chunks} == {"m"}
    assert len({each["id"] for each in chunks}) == 1
    assert answer.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_call(lab, kind, stream):
    script = {"default": {"tool_calls": [{"name": "weather", "arguments": {"city": "Paris"}}]}}
    client = served(lab, kind, script)
    answer = client.post("/v1/chat/completions", json=chat(stream=stream, tools=[TOOL]))
    if stream:
        pieces = [call for each in events(answer) for call in each["choices"][0]["delta"].get("tool_calls") or []]
        name = "".join(each["function"].get("name") or "" for each in pieces)
        arguments = "".join(each["function"].get("arguments") or "" for each in pieces)
        finish = events(answer)[-1]["choices"][0]["finish_reason"]
    else:
        choice = answer.json()["choices"][0]
        (call,) = choice["message"]["tool_calls"]
        assert call["id"]
        name, arguments, finish = call["function"]["name"], call["function"]["arguments"], choice["finish_reason"]
    assert (name, json.loads(arguments), finish) == ("weather", {"city": "Paris"}, "tool_calls")


def test_ollama_is_told_its_window_and_its_options(lab):
    client = served(lab, "ollama", {}, model="context_window: 8192")
    client.post("/v1/chat/completions", json=chat(max_tokens=7, temperature=0.2, keep_alive="5m", stop=["x"]))
    options = sent(lab)["options"]
    assert (options["num_ctx"], options["num_predict"], options["temperature"], options["stop"]) == (
        8192,
        7,
        0.2,
        ["x"],
    )
    assert sent(lab)["keep_alive"] == "5m"


def test_ollama_embeds_and_completes(lab):
    client = served(lab, "ollama", {"default": {"text": "Yes."}})
    vectors = client.post("/v1/embeddings", json={"model": "m", "input": ["a", "b"]}).json()
    assert len(vectors["data"]) == 2
    assert all(isinstance(number, float) for number in vectors["data"][0]["embedding"])
    encoded = client.post("/v1/embeddings", json={"model": "m", "input": "a", "encoding_format": "base64"}).json()
    assert isinstance(encoded["data"][0]["embedding"], str)
    assert client.post("/v1/completions", json={"model": "m", "prompt": "Q"}).json()["choices"][0]["text"] == "Yes."


def test_what_anthropic_does_not_serve_is_said(lab):
    client = served(lab, "anthropic", {})
    answer = client.post("/v1/embeddings", json={"model": "m", "input": "a"})
    assert answer.status_code == 400
    assert "embedding" in answer.json()["error"]["message"]


def test_what_anthropic_cannot_express_is_said_or_done_by_another(lab):
    client = served(lab, "anthropic", {})
    answer = client.post("/v1/chat/completions", json=chat(n=3))
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "n"
    assert lab.a.requests == []


@pytest.mark.parametrize("stream", [False, True])
def test_ollama_falls_over_to_anthropic_and_the_caller_sees_openai(lab, stream):
    a = lab.engine("ollama", {"default": {"error": {"preset": "overloaded"}}})
    b = lab.engine("anthropic", {"default": {"text": "from b"}})
    config = two_engines(a, b, kind="ollama").replace(
        f'kind: ollama, base_url: "{b.base_url}"', f'kind: anthropic, base_url: "{b.base_url}", api_key: "env:KEY"'
    )
    answer = lab.serve(config, {"KEY": "sk-ant"}).post("/v1/chat/completions", json=chat(stream=stream))
    assert answer.headers["x-sixnines-provider"] == "b"
    assert answer.headers["x-sixnines-fallback"] == "capacity"
    assert "from" in answer.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error_event", "after_chunks": 2},
        {"kind": "close", "after_chunks": 2},
        {"kind": "end", "after_chunks": 2},
    ],
)
def test_a_stream_that_breaks_ends_with_an_error_in_the_callers_dialect(lab, kind, fault):
    client = served(lab, kind, {"default": {"count": 6, "tokens_per_s": 10, "fault": fault}})
    answer = client.post("/v1/chat/completions", json=chat(stream=True))
    *_, last, done, _ = answer.text.split("\n\n")
    assert done == "data: [DONE]"
    assert json.loads(last.removeprefix("data: "))["error"]["type"] == "upstream_error"


def test_a_whole_answer_that_does_not_say_that_it_is_finished_is_given_by_the_next(lab):
    unfinished = lab.engine("anthropic", {"default": {"count": 6, "fault": "done_without_finish"}})
    next_one = lab.engine("openai", {"default": {"count": 6}})
    client = lab.serve(
        f"providers:\n{provider('a', unfinished)}{provider('b', next_one)}"
        "models:\n  m: {deployments: [{provider: a, model: up}, {provider: b, model: up}]}\n",
        ENVIRONMENT,
    )
    answer = client.post("/v1/chat/completions", json=chat())
    assert (answer.status_code, answer.headers["x-sixnines-fallback"]) == (200, "truncated")
    assert answer.json()["choices"][0]["finish_reason"] == "stop"
