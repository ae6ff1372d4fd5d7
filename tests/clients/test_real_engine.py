"""All three clients in front of a real llama.cpp server: what a small real model says is whole, typed and counted."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import openai
import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from sixnines.quickstart.ask import get
from support.front import ASKED, WEATHER, exactly
from support.node_client import NodeClient
from support.real_engine import SLOTS, RealEngine

LIMIT = 16
# Greedy: a model this small now and then says nothing at all where it may choose.
SHORT = {"model": "m", "messages": ASKED, "max_tokens": LIMIT, "temperature": 0}
TOO_LONG = [{"role": "user", "content": "word " * 2000}]
DIMENSIONS = 576  # of SmolLM2-135M


class Verdict(BaseModel):
    """Few enough words that a model of any size comes to an end."""

    mood: Literal["good", "bad"]
    certain: bool


VERDICT = {"model": "m", "messages": ASKED, "response_format": Verdict, "max_tokens": 64}


@pytest.fixture(scope="module")
def client(real_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=real_url, api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(real_url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=real_url, api_key="unused", max_retries=0) as client:
        yield client


def busy_slots(engine: RealEngine) -> int:
    """How many slots the engine is working in."""
    answer = get(engine.port, "/slots")
    assert answer is not None
    return sum(slot["is_processing"] for slot in json.loads(answer.body))


async def idle(engine: RealEngine) -> None:
    """Wait until the engine works for nobody."""
    async with asyncio.timeout(10):
        while await asyncio.to_thread(busy_slots, engine):
            await asyncio.sleep(0.05)


def test_a_chat_is_answered_and_counted(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(**SHORT)
    answer = raw.parse()
    exactly(answer)
    assert raw.headers["x-sixnines-provider"] == "real"
    assert answer.model == "m"
    assert (answer.choices[0].message.content or "").strip()
    assert answer.choices[0].finish_reason in {"stop", "length"}
    assert answer.system_fingerprint
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0
    assert 0 < answer.usage.completion_tokens <= LIMIT
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_chat_is_streamed_and_counted(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(**SHORT, stream=True, stream_options={"include_usage": True}))
    for chunk in chunks:
        exactly(chunk)
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert choices[0].delta.role == "assistant"
    assert "".join(choice.delta.content or "" for choice in choices).strip()
    assert [choice.finish_reason for choice in choices if choice.finish_reason] in (["stop"], ["length"])
    assert {chunk.model for chunk in chunks} == {"m"}
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert 0 < chunks[-1].usage.completion_tokens <= LIMIT


def test_a_stream_that_begins_with_an_emoji_says_who_speaks(client: openai.OpenAI) -> None:
    """Of an emoji the first token is a part, and then llama.cpp never says it."""
    emoji = {"grammar": 'root ::= "\N{PARROT}" [a-z ]+'}
    chunks = list(client.chat.completions.create(**SHORT, stream=True, extra_body=emoji))
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert choices[0].delta.role == "assistant"
    assert choices[0].delta.content == "\N{PARROT}"
    assert not any(choice.delta.role for choice in choices[1:])


def test_a_real_model_obeys_a_schema(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(**VERDICT)
    assert isinstance(answer.choices[0].message.parsed, Verdict)


def test_the_accumulator_puts_together_what_a_real_model_says(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(**VERDICT) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
        final = stream.get_final_completion()
    assert final.choices[0].message.content == text
    assert isinstance(final.choices[0].message.parsed, Verdict)


def test_a_model_without_tools_takes_a_request_that_offers_some(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**SHORT, tools=[WEATHER])
    exactly(answer)
    assert (answer.choices[0].message.content or "").strip()


def test_log_probabilities_are_numbers_below_zero(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**SHORT, logprobs=True, top_logprobs=3)
    exactly(answer)
    assert answer.choices[0].logprobs is not None
    entries = answer.choices[0].logprobs.content or []
    assert "".join(entry.token for entry in entries).strip() == (answer.choices[0].message.content or "").strip()
    assert all(entry.logprob <= 0 and len(entry.top_logprobs) == 3 for entry in entries)


def test_a_completion_is_answered_and_streamed(client: openai.OpenAI) -> None:
    asked = {"model": "m", "prompt": "One, two, three,", "max_tokens": 8}
    answer = client.completions.create(**asked)
    exactly(answer)
    assert answer.choices[0].text
    chunks = list(client.completions.create(**asked, stream=True))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert chunks[-1].choices[-1].finish_reason in {"stop", "length"}


def likeness(one: list[float], other: list[float]) -> float:
    """The cosine of two unit vectors."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_embeddings_are_the_same_numbers_packed_and_plain(client: openai.OpenAI) -> None:
    texts = ["The cat sits.", "Interest rates rose.", "The cat sits."]
    packed = client.embeddings.create(model="m", input=texts)
    plain = client.embeddings.create(model="m", input=texts, encoding_format="float")
    exactly(packed)
    exactly(plain)
    assert [len(each.embedding) for each in packed.data] == [DIMENSIONS] * 3
    for one, other in zip(packed.data, plain.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-3)
    cat, rates, again = (each.embedding for each in plain.data)
    assert likeness(cat, again) == pytest.approx(1, abs=1e-3)
    assert likeness(cat, rates) < 0.95


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_prompt_that_does_not_fit_is_a_bad_request_with_its_code(client: openai.OpenAI, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="m", messages=TOO_LONG, stream=stream)
    assert caught.value.code == "context_length_exceeded"


def test_an_image_for_a_model_without_eyes_is_the_callers_mistake(client: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": [image]}])


async def test_more_callers_than_slots_are_all_answered(async_client: openai.AsyncOpenAI) -> None:
    answers = await asyncio.gather(*(async_client.chat.completions.create(**SHORT) for _ in range(3 * SLOTS)))
    assert all((answer.choices[0].message.content or "").strip() for answer in answers)


LONG = {"model": "m", "messages": [{"role": "user", "content": "Tell a very long story."}], "logit_bias": {"2": -100}}


async def test_a_stream_that_is_closed_frees_the_slot(engine: RealEngine, async_client: openai.AsyncOpenAI) -> None:
    async with await async_client.chat.completions.create(**LONG, stream=True) as stream:
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        assert await asyncio.to_thread(busy_slots, engine) == 1
    await idle(engine)


async def test_a_caller_of_a_whole_answer_who_leaves_frees_the_slot(
    engine: RealEngine, async_client: openai.AsyncOpenAI
) -> None:
    with pytest.raises(openai.APITimeoutError):
        await async_client.with_options(timeout=0.5).chat.completions.create(**LONG)
    await idle(engine)


async def test_langchain_asks_streams_and_parses(real_url: str) -> None:
    with openai.DefaultHttpxClient() as http:
        async with openai.DefaultAsyncHttpxClient() as async_http:
            settings = {"base_url": real_url, "api_key": "unused", "http_client": http, "http_async_client": async_http}
            model = ChatOpenAI(model="m", max_tokens=LIMIT, stream_usage=True, **settings)
            assert str(model.invoke("Say hello.").content).strip()
            pieces = [piece async for piece in model.astream("Say hello.")]
            assert isinstance(
                ChatOpenAI(model="m", max_tokens=64, **settings).with_structured_output(Verdict).invoke("How are you?"),
                Verdict,
            )
    assert "".join(str(piece.content) for piece in pieces).strip()
    assert any(piece.usage_metadata for piece in pieces)


def test_langchain_embeds(real_url: str) -> None:
    with openai.DefaultHttpxClient() as http:
        settings = {"base_url": real_url, "api_key": "unused", "http_client": http}
        embeddings = OpenAIEmbeddings(model="m", check_embedding_ctx_length=False, **settings)
        assert [len(vector) for vector in embeddings.embed_documents(["one", "two"])] == [DIMENSIONS] * 2


def test_the_npm_package_asks_streams_and_embeds(real_url: str, node: NodeClient) -> None:
    answer = node.call("create", real_url, model="m", max_tokens=LIMIT)
    assert answer["choices"][0]["message"]["content"].strip()
    chunks = node.call("stream", real_url, model="m", max_tokens=LIMIT)
    assert len([chunk for chunk in chunks if chunk["choices"][0]["delta"].get("content")]) > 1
    vectors = node.call("embed", real_url, model="m", input=["one", "two"])
    assert [len(each["embedding"]) for each in vectors["data"]] == [DIMENSIONS] * 2
    assert node.error("create", real_url, model="m", messages=TOO_LONG)["code"] == "context_length_exceeded"
