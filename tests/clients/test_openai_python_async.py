"""The `openai` Python package's asynchronous client: the same answers, many at once, and callers who leave."""

import asyncio
import json
from collections.abc import AsyncIterator

import openai
import pytest
from pydantic import BaseModel

from sixnines.testing.answers import GREETING
from support.front import ASKED, KINDS, WEATHER, Front, breaking, exactly, one_kind
from support.lab import Lab

MANY = 50


@pytest.fixture
async def client(fronts: dict[str, Front]) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client for the shared gateway, on the test's own loop."""
    url = next(iter(fronts.values())).url
    async with openai.AsyncOpenAI(base_url=url, api_key="unused", max_retries=0) as client:
        yield client


async def gone(front: Front) -> None:
    """Wait until the engine has nothing to do."""
    await asyncio.to_thread(front.lab.until, lambda: front.engine.in_flight == 0)


async def test_a_chat_is_answered(front: Front, client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model=front.model, messages=ASKED)
    exactly(answer)
    assert answer.choices[0].message.content == GREETING
    assert answer.model == front.model


async def test_a_chat_is_streamed(front: Front, client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(model=front.model, messages=ASKED, stream=True)
    chunks = [chunk async for chunk in stream]
    for chunk in chunks:
        exactly(chunk)
    assert "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices) == GREETING
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_the_accumulator_puts_text_and_calls_together(front: Front, client: openai.AsyncOpenAI) -> None:
    front.plays(tool_calls=[{"name": "get_weather", "arguments": {"city": "Paris and Rome"}}])
    async with client.chat.completions.stream(model=front.model, messages=ASKED, tools=[WEATHER]) as stream:
        final = await stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris and Rome"})
    assert final.choices[0].finish_reason == "tool_calls"


class Answer(BaseModel):
    """What a structured answer is asked for."""

    answer: str


async def test_an_answer_for_a_schema_is_parsed(front: Front, client: openai.AsyncOpenAI) -> None:
    parsed = await client.chat.completions.parse(model=front.model, messages=ASKED, response_format=Answer)
    assert parsed.choices[0].message.parsed == Answer(answer="text")


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp", "ollama"], indirect=True)
async def test_texts_are_embedded(front: Front, client: openai.AsyncOpenAI) -> None:
    answer = await client.embeddings.create(model=front.model, input=["one", "two"])
    assert [len(each.embedding) for each in answer.data] == [8, 8]


async def test_models_are_listed(fronts: dict[str, Front], client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == KINDS


async def test_the_raw_answer_says_who_gave_it(front: Front, client: openai.AsyncOpenAI) -> None:
    raw = await client.chat.completions.with_raw_response.create(model=front.model, messages=ASKED)
    assert raw.headers["x-sixnines-provider"] == front.kind
    assert raw.parse().choices[0].message.content == GREETING


async def test_many_streams_at_once_are_not_mixed_up(front: Front, client: openai.AsyncOpenAI) -> None:
    front.plays(echo=True, tokens_per_s=500)

    async def ask(number: int) -> str:
        words = " ".join(f"{number}-{word}" for word in range(10))
        messages = [{"role": "user", "content": words}]
        stream = await client.chat.completions.create(model=front.model, messages=messages, stream=True)
        read = [choice.delta.content or "" async for chunk in stream for choice in chunk.choices]
        assert "".join(read) == words
        return words

    assert len(set(await asyncio.gather(*map(ask, range(MANY))))) == MANY


async def test_a_stream_that_is_closed_frees_the_engine(front: Front, client: openai.AsyncOpenAI) -> None:
    front.plays(count=100_000, tokens_per_s=200)
    async with await client.chat.completions.create(model=front.model, messages=ASKED, stream=True) as stream:
        await anext(stream)
        assert front.engine.in_flight == 1
    await gone(front)
    assert front.engine.cancelled == 1


async def test_a_task_that_is_cancelled_frees_the_engine(front: Front, client: openai.AsyncOpenAI) -> None:
    front.plays(count=100_000, tokens_per_s=200)
    asking = asyncio.create_task(client.chat.completions.create(model=front.model, messages=ASKED))
    await asyncio.to_thread(front.lab.until, lambda: front.engine.in_flight == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await gone(front)
    assert front.engine.cancelled == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_failures_are_the_same_exceptions(lab: Lab, client: openai.AsyncOpenAI, kind: str) -> None:
    front = one_kind(lab, kind, {"default": {"error": {"preset": "rate", "retry_after_s": 7}}})
    with pytest.raises(openai.RateLimitError) as caught:
        await client.with_options(base_url=front.url).chat.completions.create(model="m", messages=ASKED)
    assert caught.value.code == "rate_limit_exceeded"


async def test_a_stream_that_breaks_is_an_api_error(lab: Lab, client: openai.AsyncOpenAI) -> None:
    front = one_kind(lab, "anthropic", breaking())
    asking = client.with_options(base_url=front.url).chat.completions
    stream = await asking.create(model="m", messages=ASKED, stream=True)
    with pytest.raises(openai.APIError, match="not the whole answer"):
        assert [chunk async for chunk in stream]


async def test_patience_that_runs_out_is_a_timeout(lab: Lab, client: openai.AsyncOpenAI) -> None:
    front = one_kind(lab, "vllm", {"default": {"fault": {"kind": "hang_before_head"}}})
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(base_url=front.url, timeout=0.3).chat.completions.create(model="m", messages=ASKED)
    await gone(front)
