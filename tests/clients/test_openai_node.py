"""The `openai` npm package, in front of every kind of engine."""

import json

import pytest

from sixnines.testing.answers import GREETING
from support.front import KINDS, WEATHER, Front, breaking, one_kind
from support.lab import Lab
from support.node_client import NodeClient

PIECES = ["Hello", " from", " the", " stand-in:", " all", " is", " well."]
BOTH = [{"name": "get_weather", "arguments": {"city": city}} for city in ("Paris and Rome", "Oslo")]
COUNTED = {"prompt_tokens": 100, "completion_tokens": 50}


def test_a_chat_is_answered(front: Front, node: NodeClient) -> None:
    front.plays(usage=COUNTED)
    answer = node.call("create", front.url, model=front.model)
    (choice,) = answer["choices"]
    assert (choice["message"]["role"], choice["message"]["content"]) == ("assistant", GREETING)
    assert (choice["finish_reason"], answer["model"], answer["object"]) == ("stop", front.model, "chat.completion")
    if front.kind == "llamacpp-python":  # is streamed, and reports no usage then
        assert "usage" not in answer
    else:
        assert (answer["usage"]["prompt_tokens"], answer["usage"]["total_tokens"]) == (100, 150)


def test_a_chat_is_streamed(front: Front, node: NodeClient) -> None:
    chunks = node.call("stream", front.url, model=front.model)
    pieces = [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]
    assert [piece for piece in pieces if piece] == PIECES
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert {chunk["model"] for chunk in chunks} == {front.model}


@pytest.mark.parametrize("front", [kind for kind in KINDS if kind != "llamacpp-python"], indirect=True)
def test_usage_is_streamed_to_who_asks(front: Front, node: NodeClient) -> None:
    front.plays(usage=COUNTED)
    *_, last = node.call("stream", front.url, model=front.model, stream_options={"include_usage": True})
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 50)


def test_the_accumulator_puts_the_text_together(front: Front, node: NodeClient) -> None:
    seen = node.call("accumulate", front.url, model=front.model)
    assert [piece for piece in seen["pieces"] if piece] == PIECES
    message = seen["final"]["choices"][0]["message"]
    assert (message["role"], message["content"]) == ("assistant", GREETING)


def test_calls_of_tools_are_answered(front: Front, node: NodeClient) -> None:
    front.plays(tool_calls=BOTH)
    answer = node.call("create", front.url, model=front.model, tools=[WEATHER])
    calls = answer["choices"][0]["message"]["tool_calls"]
    assert [json.loads(call["function"]["arguments"]) for call in calls] == [call["arguments"] for call in BOTH]
    assert len({call["id"] for call in calls}) == 2


def test_the_accumulator_puts_calls_of_tools_together(front: Front, node: NodeClient) -> None:
    front.plays(tool_calls=BOTH)
    seen = node.call("accumulate", front.url, model=front.model, tools=[WEATHER])
    (choice,) = seen["final"]["choices"]
    calls = choice["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["get_weather", "get_weather"]
    assert [json.loads(call["function"]["arguments"]) for call in calls] == [call["arguments"] for call in BOTH]
    assert len({call["id"] for call in calls}) == 2
    assert choice["finish_reason"] == "tool_calls"


def test_the_loop_over_tools_comes_to_an_answer(front: Front, node: NodeClient) -> None:
    called = {"nth": 1, "then": {"tool_calls": [BOTH[0]]}}
    front.engine.script({"models": ["up"], "rules": [called], "default": {"echo": True}})
    outcome = node.call("run_tools", front.url, model=front.model, content="It rains.")
    assert outcome == {"content": "It rains.", "given": [{"city": "Paris and Rome"}]}


def test_an_answer_for_a_schema_is_json(front: Front, node: NodeClient) -> None:
    front.plays(json={"name": "Ada"})
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    answer = node.call("create", front.url, model=front.model, response_format=wanted)
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"name": "Ada"}


def test_the_headers_say_who_answered(front: Front, node: NodeClient) -> None:
    seen = node.call("headers", front.url, model=front.model)
    assert seen["headers"]["x-sixnines-provider"] == front.kind
    assert seen["request_id"] == seen["headers"]["x-sixnines-request-id"]


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp", "ollama"], indirect=True)
def test_embeddings_are_unpacked_from_the_base64_that_the_package_asks_for(front: Front, node: NodeClient) -> None:
    packed = node.call("embed", front.url, model=front.model, input=["one", "two"])
    plain = node.call("embed", front.url, model=front.model, input=["one", "two"], encoding_format="float")
    assert [each["embedding"] for each in packed["data"]] == [each["embedding"] for each in plain["data"]]
    assert [len(each["embedding"]) for each in packed["data"]] == [8, 8]


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp", "llamacpp-python", "ollama"], indirect=True)
def test_a_completion_is_answered_and_streamed(front: Front, node: NodeClient) -> None:
    assert node.call("complete", front.url, model=front.model, prompt="Once")["choices"][0]["text"] == GREETING
    chunks = node.call("stream_completion", front.url, model=front.model, prompt="Once")
    assert "".join(choice["text"] for chunk in chunks for choice in chunk["choices"]) == GREETING


def test_models_are_listed_and_found(fronts: dict[str, Front], node: NodeClient) -> None:
    url = fronts["vllm"].url
    assert [model["id"] for model in node.call("models", url)] == KINDS
    assert node.call("model", url, model="vllm")["id"] == "vllm"
    assert node.error("model", url, model="nonsuch")["class"] == "NotFoundError"


def test_a_loop_that_is_left_frees_the_engine(front: Front, node: NodeClient) -> None:
    front.plays(count=100_000, tokens_per_s=200)
    assert node.call("leave", front.url, model=front.model) == {"aborted": True}
    front.lab.until(lambda: front.engine.in_flight == 0)
    assert front.engine.cancelled == 1


FAILURES = {
    "rate": ("RateLimitError", 429, "rate_limit_exceeded"),
    "overloaded": ("InternalServerError", 503, "overloaded"),
    "context": ("BadRequestError", 400, "context_length_exceeded"),
    "server_error": ("InternalServerError", 502, "provider_error"),
}


@pytest.mark.parametrize("call", ["create", "stream"])
@pytest.mark.parametrize("preset", FAILURES)
def test_a_failure_of_the_engine_is_the_error_that_users_expect(
    lab: Lab, node: NodeClient, preset: str, call: str
) -> None:
    front = one_kind(lab, "llamacpp", {"default": {"error": {"preset": preset}}})
    error = node.error(call, front.url, model="m")
    assert (error["class"], error["status"], error["code"]) == FAILURES[preset]
    assert error["request_id"]


def test_the_callers_own_mistakes_are_named(fronts: dict[str, Front], node: NodeClient) -> None:
    unknown = node.error("create", fronts["vllm"].url, model="nonsuch")
    assert (unknown["class"], unknown["code"]) == ("NotFoundError", "model_not_found")
    empty = node.error("create", fronts["vllm"].url, model="vllm", messages=[])
    assert (empty["class"], empty["param"]) == ("BadRequestError", "messages")


def test_a_wrong_key_is_an_authentication_error(lab: Lab, node: NodeClient) -> None:
    locked = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER_KEY"]}'
    front = one_kind(lab, "openai", more=locked, secrets={"CALLER_KEY": "sk-right"})
    assert node.error("create", front.url, model="m")["class"] == "AuthenticationError"
    assert node.call("create", front.url, model="m", options={"apiKey": "sk-right"})["model"] == "m"


def test_how_long_to_wait_is_heard(lab: Lab, node: NodeClient) -> None:
    slow_down = {"times": 1, "then": {"error": {"preset": "rate", "retry_after_s": 1}}}
    front = one_kind(lab, "openai", {"rules": [slow_down]})
    assert node.call("create", front.url, model="m", options={"maxRetries": 1})["model"] == "m"
    assert len(front.engine.requests) == 2


@pytest.mark.parametrize("call", ["stream", "accumulate"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_breaks_is_an_error_and_no_short_answer(lab: Lab, node: NodeClient, kind: str, call: str) -> None:
    error = node.error(call, one_kind(lab, kind, breaking()).url, model="m")
    assert error["class"] in {"APIError", "OpenAIError"}
    assert "not the whole answer" in error["message"]


def test_patience_that_runs_out_frees_the_engine(lab: Lab, node: NodeClient) -> None:
    front = one_kind(lab, "vllm", {"default": {"fault": {"kind": "hang_before_head"}}})
    error = node.error("create", front.url, model="m", options={"timeout": 300})
    assert error["class"] == "APIConnectionTimeoutError"
    lab.until(lambda: front.engine.in_flight == 0)
