"""The `openai` Python package: streamed chats, chunk by chunk and through its own accumulator."""

import json
from collections.abc import Iterable

import openai
import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

from sixnines.testing.answers import GREETING
from support.front import ASKED, WEATHER, Front, exactly

PIECES = ["Hello", " from", " the", " stand-in:", " all", " is", " well."]
WITH_USAGE = ["openai", "vllm", "llamacpp", "ollama", "anthropic"]
BOTH = [{"name": "get_weather", "arguments": {"city": city}} for city in ("Paris and Rome", "Oslo")]


class Person(BaseModel):
    """What structured answers are asked for."""

    name: str
    age: int


class GetWeather(BaseModel):
    """The weather in a city."""

    city: str


def contents(chunks: Iterable[ChatCompletionChunk]) -> list[str]:
    """The pieces of the answer's text."""
    return [piece for chunk in chunks for choice in chunk.choices if (piece := choice.delta.content)]


def test_every_chunk_is_of_the_very_types_of_the_client(front: Front, client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model=front.model, messages=ASKED, stream=True))
    for chunk in chunks:
        exactly(chunk)
    assert contents(chunks) == PIECES
    assert {chunk.model for chunk in chunks} == {front.model}
    assert len({(chunk.id, chunk.created) for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert [each for each in finishes if each is not None] == ["stop"]
    assert finishes[-1] == "stop"


def test_usage_that_was_not_asked_for_is_not_sent(front: Front, client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model=front.model, messages=ASKED, stream=True))
    assert {chunk.usage for chunk in chunks} == {None}
    assert all(chunk.choices for chunk in chunks)


@pytest.mark.parametrize("front", WITH_USAGE, indirect=True)
def test_usage_that_was_asked_for_comes_last_and_alone(front: Front, client: openai.OpenAI) -> None:
    front.plays(usage={"prompt_tokens": 100, "completion_tokens": 50})
    options = {"include_usage": True}
    *earlier, last = client.chat.completions.create(
        model=front.model, messages=ASKED, stream=True, stream_options=options
    )
    exactly(last)
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens) == (100, 50, 150)
    assert {chunk.usage for chunk in earlier} == {None}


def test_calls_of_tools_come_in_pieces_that_name_themselves_once(front: Front, client: openai.OpenAI) -> None:
    front.plays(tool_calls=BOTH)
    chunks = list(client.chat.completions.create(model=front.model, messages=ASKED, tools=[WEATHER], stream=True))
    pieces = [piece for chunk in chunks for choice in chunk.choices for piece in choice.delta.tool_calls or []]
    for chunk in chunks:
        exactly(chunk)
    for index, call in enumerate(BOTH):
        own = [piece for piece in pieces if piece.index == index]
        assert [piece.id for piece in own if piece.id] == [own[0].id]
        assert [piece.function.name for piece in own if piece.function and piece.function.name] == ["get_weather"]
        assert own[0].type == "function"
        text = "".join(piece.function.arguments or "" for piece in own if piece.function)
        assert json.loads(text) == call["arguments"]
    assert len({piece.id for piece in pieces if piece.id}) == 2
    assert chunks[-1].choices[-1].finish_reason == "tool_calls"


def test_the_accumulator_sees_the_text_grow(front: Front, client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model=front.model, messages=ASKED) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    deltas = [event for event in events if event.type == "content.delta" and event.delta]
    assert [event.delta for event in deltas] == PIECES
    assert deltas[-1].snapshot == GREETING
    assert [event.content for event in events if event.type == "content.done"] == [GREETING]
    assert final.choices[0].message.content == GREETING
    assert final.choices[0].message.role == "assistant"
    assert final.choices[0].finish_reason == "stop"
    exactly(final)


def test_the_accumulator_puts_calls_of_tools_together(front: Front, client: openai.OpenAI) -> None:
    front.plays(tool_calls=[{"name": "GetWeather", "arguments": call["arguments"]} for call in BOTH])
    tools = [openai.pydantic_function_tool(GetWeather)]
    with client.chat.completions.stream(model=front.model, messages=ASKED, tools=tools) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion()
    wanted = [GetWeather(**call["arguments"]) for call in BOTH]
    assert [(event.name, event.index, event.parsed_arguments) for event in done] == [
        ("GetWeather", index, city) for index, city in enumerate(wanted)
    ]
    calls = final.choices[0].message.tool_calls or []
    assert [call.function.parsed_arguments for call in calls] == wanted
    assert [call.function.name for call in calls] == ["GetWeather"] * 2
    assert len({call.id for call in calls}) == 2


def test_an_answer_for_a_schema_is_parsed_at_its_end(front: Front, client: openai.OpenAI) -> None:
    front.plays(json={"name": "Ada", "age": 36})
    with client.chat.completions.stream(model=front.model, messages=ASKED, response_format=Person) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == Person(name="Ada", age=36)


@pytest.mark.parametrize("front", WITH_USAGE, indirect=True)
def test_the_accumulator_ends_up_with_the_usage(front: Front, client: openai.OpenAI) -> None:
    front.plays(usage={"prompt_tokens": 100, "completion_tokens": 50})
    options = {"include_usage": True}
    with client.chat.completions.stream(model=front.model, messages=ASKED, stream_options=options) as stream:
        usage = stream.get_final_completion().usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (100, 50)


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp"], indirect=True)
def test_log_probabilities_are_streamed_with_their_tokens(front: Front, client: openai.OpenAI) -> None:
    asked = {"model": front.model, "messages": ASKED, "logprobs": True, "top_logprobs": 2}
    with client.chat.completions.stream(**asked) as stream:
        deltas = [event for event in stream if event.type == "logprobs.content.delta"]
        final = stream.get_final_completion()
    assert [entry.token for event in deltas for entry in event.content] == PIECES
    assert final.choices[0].logprobs is not None
    assert [entry.token for entry in final.choices[0].logprobs.content or []] == PIECES


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp"], indirect=True)
def test_several_choices_are_streamed_side_by_side(front: Front, client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model=front.model, messages=ASKED, n=2) as stream:
        final = stream.get_final_completion()
    assert [choice.message.content for choice in final.choices] == [GREETING, GREETING]
    assert [choice.finish_reason for choice in final.choices] == ["stop", "stop"]


def test_thinking_is_streamed_before_the_answer(front: Front, client: openai.OpenAI) -> None:
    front.plays(reasoning="Let me see.", text="Yes.")
    effort = {"reasoning_effort": "low"} if front.kind == "anthropic" else {}
    chunks = list(client.chat.completions.create(model=front.model, messages=ASKED, stream=True, **effort))
    field = "reasoning" if front.kind == "vllm" else "reasoning_content"
    thoughts = [getattr(choice.delta, field, None) or "" for chunk in chunks for choice in chunk.choices]
    assert "".join(thoughts) == ("" if front.kind == "llamacpp-python" else "Let me see.")
    assert contents(chunks) == ["Yes."]


def test_the_head_of_a_stream_says_who_answers(front: Front, client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model=front.model, messages=ASKED, stream=True)
    assert raw.headers["x-sixnines-provider"] == front.kind
    assert raw.headers["x-sixnines-model"] == front.model
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert contents(raw.parse()) == PIECES


def test_the_bytes_of_a_stream_can_be_read_as_they_come(front: Front, client: openai.OpenAI) -> None:
    streaming = client.chat.completions.with_streaming_response
    with streaming.create(model=front.model, messages=ASKED, stream=True) as response:
        lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"


def test_a_stream_that_the_caller_closes_frees_the_engine(front: Front, client: openai.OpenAI) -> None:
    front.plays(count=100_000, tokens_per_s=200)
    with client.chat.completions.create(model=front.model, messages=ASKED, stream=True) as stream:
        assert contents([next(stream), next(stream)]) != []
        assert front.engine.in_flight == 1
    front.lab.until(lambda: front.engine.in_flight == 0)
    assert front.engine.cancelled == 1
