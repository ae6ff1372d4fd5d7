"""OpenAI's own client against every stand-in that speaks its format."""

import json
from collections.abc import AsyncIterator

import openai
import pytest
from pydantic import BaseModel

from sixnines.testing import MockEngine

KINDS = ["openai", "ollama", "llamacpp", "llamacpp-python", "vllm"]
GREETING = "Hello from the stand-in: all is well."
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
ASKED = [{"role": "user", "content": "Say hello."}]


def client_of(engine: MockEngine, **options: object) -> openai.AsyncOpenAI:
    quick = openai.DefaultAsyncHttpxClient(verify=False)  # no certificates to load
    options = {"api_key": "sk-test", "max_retries": 0, "http_client": quick, **options}
    return openai.AsyncOpenAI(base_url=f"{engine.base_url}/v1", **options)


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[MockEngine]:
    async with MockEngine(request.param) as running:
        yield running


@pytest.fixture
async def client(engine: MockEngine) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_of(engine) as opened:
        yield opened


async def test_a_chat_is_answered_with_usage(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="mock", messages=ASKED)
    assert answer.choices[0].message.content == GREETING
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "mock"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 7
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 7


async def test_a_stream_carries_the_answer_token_by_token(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(model="mock", messages=ASKED, stream=True)
    chunks = [chunk async for chunk in stream]
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert "".join(pieces) == GREETING
    assert len(pieces) == 7
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)


async def test_usage_is_streamed_when_asked_for_and_the_kind_can(
    engine: MockEngine, client: openai.AsyncOpenAI
) -> None:
    stream = await client.chat.completions.create(
        model="mock", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    reported = [chunk.usage for chunk in [chunk async for chunk in stream] if chunk.usage is not None]
    if engine.kind == "llamacpp-python":
        assert reported == []
    else:
        (usage,) = reported
        assert usage.completion_tokens == 7


async def test_the_callers_token_limit_cuts_the_answer(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="mock", messages=ASKED, max_tokens=2)
    assert answer.choices[0].message.content == "Hello from"
    assert answer.choices[0].finish_reason == "length"


async def test_a_scripted_call_arrives_whole_and_in_pieces(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    engine.script({"default": {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris and Rome"}}]}})
    answer = await client.chat.completions.create(model="mock", messages=ASKED, tools=[WEATHER])
    (call,) = answer.choices[0].message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris and Rome"})
    assert answer.choices[0].finish_reason == "tool_calls"

    stream = await client.chat.completions.create(model="mock", messages=ASKED, tools=[WEATHER], stream=True)
    arguments, names, ids, finish = "", set(), set(), None
    async for chunk in stream:
        for piece in chunk.choices[0].delta.tool_calls or []:
            names |= {piece.function.name} - {None}
            ids |= {piece.id} - {None}
            arguments += piece.function.arguments or ""
        finish = chunk.choices[0].finish_reason or finish
    assert (names, json.loads(arguments), finish) == ({"get_weather"}, {"city": "Paris and Rome"}, "tool_calls")
    assert len(ids) == 1


async def test_a_call_that_the_caller_insists_on_is_made_up(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    named = {"type": "function", "function": {"name": "get_weather"}}
    answer = await client.chat.completions.create(model="mock", messages=ASKED, tools=[WEATHER], tool_choice=named)
    assert [call.function.name for call in answer.choices[0].message.tool_calls or []] == ["get_weather"]


async def test_json_mode_answers_json(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="mock", messages=ASKED, response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content or "") == {"answer": "all is well"}


class Person(BaseModel):
    """What the schema test asks for."""

    name: str
    age: int
    friends: list[str]


async def test_a_schema_is_answered_with_a_value_that_fits(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    if engine.kind == "llamacpp-python":
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.parse(model="mock", messages=ASKED, response_format=Person)
        return
    answer = await client.chat.completions.parse(model="mock", messages=ASKED, response_format=Person)
    assert answer.choices[0].message.parsed == Person(name="text", age=0, friends=["text"])


async def test_a_completion_is_answered_and_streamed(client: openai.AsyncOpenAI) -> None:
    answer = await client.completions.create(model="mock", prompt="Once")
    assert answer.choices[0].text == GREETING
    stream = await client.completions.create(model="mock", prompt="Once", stream=True)
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == GREETING
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


async def test_embeddings_depend_on_the_text_alone(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    answer = await client.embeddings.create(model="mock", input=["one", "two", "one"], encoding_format="float")
    one, two, again = (each.embedding for each in answer.data)
    assert one == again != two
    if engine.kind == "llamacpp-python":  # one vector per token
        assert [len(row) for row in one] == [8]
    else:
        assert len(one) == 8
        assert sum(number * number for number in one) == pytest.approx(1.0)
    assert answer.usage.prompt_tokens == 3


@pytest.mark.parametrize("kind", ["openai", "ollama", "llamacpp", "vllm"])  # the Python server knows no base64
async def test_embeddings_as_base64_are_the_same_numbers(kind: str) -> None:
    async with MockEngine(kind) as engine, client_of(engine) as client:
        plain = await client.embeddings.create(model="mock", input="one", encoding_format="float")
        packed = await client.embeddings.create(model="mock", input="one")  # the client asks for base64 and unpacks it
        assert engine.requests[-1].json()["encoding_format"] == "base64"
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding)


async def test_models_are_listed(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    names = [model.id async for model in await client.models.list()]
    assert names == (["mock:latest"] if engine.kind == "ollama" else ["mock"])


STATUS_ERRORS = {
    "rate": openai.RateLimitError,
    "unauthorized": openai.AuthenticationError,
    "server_error": openai.InternalServerError,
    "overloaded": openai.InternalServerError,
    "loading": openai.InternalServerError,
    "context": openai.BadRequestError,
    "policy": openai.BadRequestError,
    "missing": openai.NotFoundError,
}


@pytest.mark.parametrize("preset", STATUS_ERRORS)
async def test_a_scripted_error_is_the_clients_exception(
    engine: MockEngine, client: openai.AsyncOpenAI, preset: str
) -> None:
    engine.script({"default": {"error": {"preset": preset, "retry_after_s": 7}}})
    with pytest.raises(STATUS_ERRORS[preset]) as caught:
        await client.chat.completions.create(model="mock", messages=ASKED)
    if preset != "unauthorized":
        assert caught.value.response.headers["retry-after"] == "7"


async def test_an_error_may_have_words_of_the_scripts_choice(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    engine.script({"default": {"error": {"preset": "server_error", "message": "the roof is on fire"}}})
    with pytest.raises(openai.InternalServerError, match="the roof is on fire"):
        await client.chat.completions.create(model="mock", messages=ASKED)


async def test_an_unknown_model_is_an_error_where_the_kind_minds(
    engine: MockEngine, client: openai.AsyncOpenAI
) -> None:
    if engine.kind.startswith("llamacpp"):
        answer = await client.chat.completions.create(model="nonsuch", messages=ASKED)
        assert answer.model == ("mock" if engine.kind == "llamacpp" else "nonsuch")
    else:
        with pytest.raises(openai.NotFoundError):
            await client.chat.completions.create(model="nonsuch", messages=ASKED)


async def test_a_key_is_asked_for_when_the_script_has_some(engine: MockEngine) -> None:
    engine.script({"api_keys": ["sk-good"]})
    async with client_of(engine, api_key="sk-bad") as stranger, client_of(engine, api_key="sk-good") as friend:
        with pytest.raises(openai.AuthenticationError):
            await stranger.chat.completions.create(model="mock", messages=ASKED)
        await friend.chat.completions.create(model="mock", messages=ASKED)


async def test_a_prompt_that_is_too_long_is_handled_as_the_kind_does(
    engine: MockEngine, client: openai.AsyncOpenAI
) -> None:
    engine.script({"context_window": 10})
    long = [{"role": "user", "content": "word " * 100}]
    if engine.kind == "ollama":  # cut without a word
        answer = await client.chat.completions.create(model="mock", messages=long)
        assert answer.usage is not None
        assert answer.usage.prompt_tokens == 10
        return
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="mock", messages=long)
    if engine.kind == "llamacpp-python":  # nothing but an empty stream
        stream = await client.chat.completions.create(model="mock", messages=long, stream=True)
        assert [chunk async for chunk in stream] == []
    else:
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model="mock", messages=long, stream=True)


async def test_thinking_comes_apart_from_the_answer(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    engine.script({"default": {"reasoning": "Let me see.", "text": "Yes."}})
    field = {"ollama": "reasoning", "vllm": "reasoning"}.get(engine.kind, "reasoning_content")
    answer = await client.chat.completions.create(model="mock", messages=ASKED)
    stream = await client.chat.completions.create(model="mock", messages=ASKED, stream=True)
    deltas = [chunk.choices[0].delta async for chunk in stream]
    streamed = "".join(getattr(delta, field, None) or "" for delta in deltas)
    expected = "" if engine.kind == "llamacpp-python" else "Let me see."
    assert (getattr(answer.choices[0].message, field, None) or "") == expected
    assert streamed == expected
    assert answer.choices[0].message.content == "Yes."
    assert "".join(delta.content or "" for delta in deltas) == "Yes."


async def test_usage_is_what_the_script_says(engine: MockEngine, client: openai.AsyncOpenAI) -> None:
    engine.script({"default": {"usage": {"prompt_tokens": 100, "completion_tokens": 50}}})
    answer = await client.chat.completions.create(model="mock", messages=ASKED)
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (100, 50, 150)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["openai", "llamacpp", "vllm"])
async def test_log_probabilities_cover_every_token(kind: str, stream: bool) -> None:
    async with MockEngine(kind) as engine, client_of(engine) as client:
        options = {"model": "mock", "messages": ASKED, "logprobs": True, "top_logprobs": 2}
        if stream:
            chunks = [chunk async for chunk in await client.chat.completions.create(**options, stream=True)]
            logprobs = [chunk.choices[0].logprobs for chunk in chunks if chunk.choices]
            entries = [entry for each in logprobs if each is not None for entry in each.content or []]
        else:
            answer = await client.chat.completions.create(**options)
            assert answer.choices[0].logprobs is not None
            entries = answer.choices[0].logprobs.content or []
    assert "".join(entry.token for entry in entries) == GREETING
    assert all(len(entry.top_logprobs) == 2 for entry in entries)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["openai", "llamacpp", "vllm"])
async def test_several_choices_are_all_answered(kind: str, stream: bool) -> None:
    async with MockEngine(kind) as engine, client_of(engine) as client:
        texts = {0: "", 1: ""}
        if stream:
            answer = await client.chat.completions.create(model="mock", messages=ASKED, n=2, stream=True)
            async for chunk in answer:
                for choice in chunk.choices:
                    texts[choice.index] += choice.delta.content or ""
        else:
            whole = await client.chat.completions.create(model="mock", messages=ASKED, n=2)
            texts = {choice.index: choice.message.content or "" for choice in whole.choices}
    assert texts == {0: GREETING, 1: GREETING}
