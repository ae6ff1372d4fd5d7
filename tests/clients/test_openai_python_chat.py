"""The `openai` Python package: chats that come whole, in front of every kind of engine."""

import base64
import json

import openai
import pytest
from pydantic import BaseModel

from sixnines.testing.answers import GREETING
from support.front import ASKED, WEATHER, Front, exactly

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()

WITH_LOGPROBS = ["openai", "vllm", "llamacpp", "llamacpp-python"]
WITH_CHOICES = ["openai", "vllm", "llamacpp"]
WITH_IMAGES = ["openai", "vllm", "llamacpp", "ollama", "anthropic"]


class Person(BaseModel):
    """What structured answers are asked for."""

    name: str
    age: int
    friends: list[str]


PERSON = {"name": "Ada", "age": 36, "friends": ["Charles"]}


def test_a_chat_is_answered_in_the_very_types_of_the_client(front: Front, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=front.model, messages=ASKED)
    exactly(answer)
    assert answer.choices[0].message.content == GREETING
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == front.model
    assert answer.id.startswith("chatcmpl-")
    assert front.sent()["model"] == "up"


def test_usage_is_what_the_engine_counted(front: Front, client: openai.OpenAI) -> None:
    front.plays(usage={"prompt_tokens": 100, "completion_tokens": 50})
    usage = client.chat.completions.create(model=front.model, messages=ASKED).usage
    if front.kind == "llamacpp-python":  # is streamed, and reports no usage then
        assert usage is None
    else:
        assert usage is not None
        assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (100, 50, 150)


def test_the_fingerprint_of_an_engine_that_has_one_is_passed_on(front: Front, client: openai.OpenAI) -> None:
    first, second = (client.chat.completions.create(model=front.model, messages=ASKED) for _ in range(2))
    assert first.system_fingerprint == second.system_fingerprint
    assert (first.system_fingerprint is not None) == (front.kind in {"openai", "vllm", "llamacpp"})
    assert first.id != second.id


def test_a_limit_on_tokens_cuts_the_answer(front: Front, client: openai.OpenAI) -> None:
    for limit in ({"max_tokens": 2}, {"max_completion_tokens": 2}):
        answer = client.chat.completions.create(model=front.model, messages=ASKED, **limit)
        assert answer.choices[0].message.content == "Hello from"
        assert answer.choices[0].finish_reason == "length"


def test_calls_of_tools_have_ids_names_and_arguments(front: Front, client: openai.OpenAI) -> None:
    front.plays(tool_calls=[{"name": "get_weather", "arguments": {"city": city}} for city in ("Paris", "Oslo")])
    answer = client.chat.completions.create(model=front.model, messages=ASKED, tools=[WEATHER])
    exactly(answer)
    calls = answer.choices[0].message.tool_calls or []
    assert [(call.type, call.function.name) for call in calls] == [("function", "get_weather")] * 2
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "Paris"}, {"city": "Oslo"}]
    assert len({call.id for call in calls}) == 2
    assert all(call.id for call in calls)
    assert answer.choices[0].finish_reason == "tool_calls"


def test_the_result_of_a_tool_goes_back_beside_the_call(front: Front, client: openai.OpenAI) -> None:
    front.plays(tool_calls=[{"name": "get_weather", "arguments": {"city": "Paris"}}])
    called = client.chat.completions.create(model=front.model, messages=ASKED, tools=[WEATHER]).choices[0].message
    (call,) = called.tool_calls or []
    front.plays(text="It rains.")
    answer = client.chat.completions.create(
        model=front.model,
        messages=[*ASKED, called, {"role": "tool", "tool_call_id": call.id, "content": "rain"}],
        tools=[WEATHER],
    )
    assert answer.choices[0].message.content == "It rains."
    assert call.id in json.dumps(front.sent()["messages"])


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp", "llamacpp-python", "anthropic"], indirect=True)
def test_a_call_that_is_insisted_on_is_made(front: Front, client: openai.OpenAI) -> None:
    named = {"type": "function", "function": {"name": "get_weather"}}
    answer = client.chat.completions.create(model=front.model, messages=ASKED, tools=[WEATHER], tool_choice=named)
    assert [call.function.name for call in answer.choices[0].message.tool_calls or []] == ["get_weather"]


class GetWeather(BaseModel):
    """The weather in a city."""

    city: str


def test_the_arguments_of_a_call_are_parsed_into_ones_own_class(front: Front, client: openai.OpenAI) -> None:
    front.plays(tool_calls=[{"name": "GetWeather", "arguments": {"city": "Paris"}}])
    answer = client.chat.completions.parse(
        model=front.model, messages=ASKED, tools=[openai.pydantic_function_tool(GetWeather)]
    )
    (call,) = answer.choices[0].message.tool_calls or []
    assert call.function.parsed_arguments == GetWeather(city="Paris")


def test_an_answer_for_a_schema_is_parsed_into_ones_own_class(front: Front, client: openai.OpenAI) -> None:
    front.plays(json=PERSON)
    answer = client.chat.completions.parse(model=front.model, messages=ASKED, response_format=Person)
    assert answer.choices[0].message.parsed == Person(**PERSON)


def test_the_schema_reaches_the_engine_which_obeys_it(front: Front, client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(model=front.model, messages=ASKED, response_format=Person)
    assert answer.choices[0].message.parsed == Person(name="text", age=0, friends=["text"])


def test_json_mode_gives_json_or_says_that_it_cannot(front: Front, client: openai.OpenAI) -> None:
    def ask() -> openai.types.chat.ChatCompletion:
        return client.chat.completions.create(
            model=front.model, messages=ASKED, response_format={"type": "json_object"}
        )

    if front.kind == "anthropic":
        with pytest.raises(openai.BadRequestError) as caught:
            ask()
        assert caught.value.param == "response_format"
        return
    assert json.loads(ask().choices[0].message.content or "") == {"answer": "all is well"}


@pytest.mark.parametrize("front", WITH_LOGPROBS, indirect=True)
def test_log_probabilities_cover_every_token(front: Front, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=front.model, messages=ASKED, logprobs=True, top_logprobs=2)
    exactly(answer)
    assert answer.choices[0].logprobs is not None
    entries = answer.choices[0].logprobs.content or []
    assert "".join(entry.token for entry in entries) == GREETING
    assert {len(entry.top_logprobs) for entry in entries} == {2}


@pytest.mark.parametrize("front", WITH_CHOICES, indirect=True)
def test_several_choices_are_all_answered(front: Front, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=front.model, messages=ASKED, n=3)
    exactly(answer)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert {choice.message.content for choice in answer.choices} == {GREETING}


@pytest.mark.parametrize("front", ["ollama", "anthropic"], indirect=True)
def test_several_choices_of_who_gives_one_are_refused_by_name(front: Front, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="'n'") as caught:
        client.chat.completions.create(model=front.model, messages=ASKED, n=3)
    assert caught.value.param == "n"
    assert front.engine.requests == []


@pytest.mark.parametrize("front", WITH_IMAGES, indirect=True)
def test_an_image_reaches_the_engine(front: Front, client: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    parts = [{"type": "text", "text": "What is this?"}, image]
    answer = client.chat.completions.create(model=front.model, messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content == GREETING
    assert PIXEL in json.dumps(front.sent()["messages"])


@pytest.mark.parametrize("front", ["llamacpp-python"], indirect=True)
def test_an_image_for_an_engine_without_eyes_is_the_callers_mistake(front: Front, client: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    with pytest.raises(openai.BadRequestError, match="text only"):
        client.chat.completions.create(model=front.model, messages=[{"role": "user", "content": [image]}])


def test_a_conversation_with_every_role_is_understood(front: Front, client: openai.OpenAI) -> None:
    front.plays(echo=True)
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "One."},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": [{"type": "text", "text": "Three."}]},
    ]
    answer = client.chat.completions.create(model=front.model, messages=messages)
    assert answer.choices[0].message.content == "Three."


def test_parameters_beside_the_clients_own_go_through(front: Front, client: openai.OpenAI) -> None:
    extra = {"keep_alive": "5m", "top_k": 3}
    client.chat.completions.create(model=front.model, messages=ASKED, seed=7, temperature=0.5, extra_body=extra)
    sent = json.dumps(front.sent())
    assert '"top_k": 3' in sent
    assert '"temperature": 0.5' in sent
    assert ("keep_alive" in sent) == (front.kind != "anthropic")


def test_the_raw_answer_says_who_gave_it(front: Front, client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model=front.model, messages=ASKED)
    answer = raw.parse()
    assert answer.choices[0].message.content == GREETING
    assert raw.headers["x-sixnines-model"] == front.model
    assert raw.headers["x-sixnines-provider"] == front.kind
    assert raw.headers["x-sixnines-attempts"] == "1"
    assert "x-sixnines-fallback" not in raw.headers
    assert raw.request_id == answer._request_id == raw.headers["x-sixnines-request-id"]


def test_thinking_comes_beside_the_answer(front: Front, client: openai.OpenAI) -> None:
    front.plays(reasoning="Let me see.", text="Yes.")
    effort = {"reasoning_effort": "low"} if front.kind == "anthropic" else {}
    message = client.chat.completions.create(model=front.model, messages=ASKED, **effort).choices[0].message
    assert message.content == "Yes."
    thought = getattr(message, "reasoning" if front.kind == "vllm" else "reasoning_content", None)
    assert thought == (None if front.kind == "llamacpp-python" else "Let me see.")
