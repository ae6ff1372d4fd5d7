"""Ollama's own client against the stand-in's native API."""

import json
from collections.abc import AsyncIterator

import ollama
import pytest

from sixnines.testing import MockEngine
from support.mock_wire import exchange, get, post

GREETING = "Hello from the stand-in: all is well."
ASKED = [{"role": "user", "content": "Say hello."}]
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.fixture
async def engine() -> AsyncIterator[MockEngine]:
    async with MockEngine("ollama") as running:
        yield running


@pytest.fixture
async def client(engine: MockEngine) -> AsyncIterator[ollama.AsyncClient]:
    opened = ollama.AsyncClient(host=engine.base_url, verify=False)  # no certificates to load: it is quicker
    yield opened
    await opened._client.aclose()


async def test_a_chat_is_answered_with_counts_and_durations(client: ollama.AsyncClient) -> None:
    answer = await client.chat("mock", ASKED)
    assert answer.message.content == GREETING
    assert (answer.done, answer.done_reason, answer.model) == (True, "stop", "mock")
    assert answer.eval_count == 7
    assert answer.prompt_eval_count is not None
    assert answer.total_duration is not None
    assert answer.total_duration > (answer.eval_duration or 0) > 0


async def test_a_chat_streams_by_default_and_the_last_line_says_it_is_done(engine: MockEngine) -> None:
    answer = await exchange(engine.port, post("/api/chat", json.dumps({"model": "mock", "messages": ASKED}).encode()))
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert len(answer.chunks) == len(lines) == 8
    assert [line["done"] for line in lines] == [False] * 7 + [True]
    assert "".join(line["message"]["content"] for line in lines) == GREETING
    assert lines[-1]["done_reason"] == "stop"
    assert lines[-1]["eval_count"] == 7


async def test_the_client_reads_the_stream(client: ollama.AsyncClient) -> None:
    parts = [part async for part in await client.chat("mock", ASKED, stream=True)]
    assert "".join(part.message.content or "" for part in parts) == GREETING
    assert parts[-1].done


async def test_thinking_is_a_field_of_its_own_and_can_be_refused(
    engine: MockEngine, client: ollama.AsyncClient
) -> None:
    engine.script({"default": {"reasoning": "Let me see.", "text": "Yes."}})
    answer = await client.chat("mock", ASKED, think=True)
    assert (answer.message.thinking, answer.message.content) == ("Let me see.", "Yes.")
    parts = [part async for part in await client.chat("mock", ASKED, think=True, stream=True)]
    assert "".join(part.message.thinking or "" for part in parts) == "Let me see."
    assert (await client.chat("mock", ASKED, think=False)).message.thinking is None


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_carries_an_object(engine: MockEngine, client: ollama.AsyncClient, stream: bool) -> None:
    engine.script({"default": {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris"}}]}})
    if stream:
        parts = [part async for part in await client.chat("mock", ASKED, tools=[WEATHER], stream=True)]
        calls = [call for part in parts for call in part.message.tool_calls or []]
        assert parts[-1].done_reason == "stop"
    else:
        calls = list((await client.chat("mock", ASKED, tools=[WEATHER])).message.tool_calls or [])
    (call,) = calls
    assert (call.function.name, call.function.arguments) == ("get_weather", {"city": "Paris"})


async def test_options_and_format_are_followed(engine: MockEngine, client: ollama.AsyncClient) -> None:
    answer = await client.chat("mock", ASKED, options={"num_predict": 2, "num_ctx": 2048})
    assert (answer.message.content, answer.done_reason) == ("Hello from", "length")
    assert engine.requests[-1].json()["options"] == {"num_predict": 2, "num_ctx": 2048}
    plain = await client.chat("mock", ASKED, format="json")
    assert json.loads(plain.message.content or "") == {"answer": "all is well"}
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "size": {"type": "integer"}}}
    fitting = await client.chat("mock", ASKED, format=schema)
    assert json.loads(fitting.message.content or "") == {"city": "text", "size": 0}


async def test_a_prompt_is_completed_and_streamed(client: ollama.AsyncClient) -> None:
    answer = await client.generate("mock", "Once")
    assert (answer.response, answer.done_reason, answer.eval_count) == (GREETING, "stop", 7)
    parts = [part async for part in await client.generate("mock", "Once", stream=True)]
    assert "".join(part.response for part in parts) == GREETING
    assert parts[-1].done_reason == "stop"


async def test_a_request_without_a_prompt_only_loads_the_model(client: ollama.AsyncClient) -> None:
    assert (await client.generate("mock")).done_reason == "load"
    assert (await client.chat("mock", [])).done_reason == "load"


async def test_texts_are_embedded(client: ollama.AsyncClient) -> None:
    answer = await client.embed("mock", ["one", "two"])
    assert [len(vector) for vector in answer.embeddings] == [8, 8]
    assert answer.prompt_eval_count == 2
    old = await client.embeddings("mock", "one")
    assert list(old.embedding) == list(answer.embeddings[0])


async def test_models_are_listed_shown_and_in_memory_once_used(engine: MockEngine, client: ollama.AsyncClient) -> None:
    engine.script({"models": ["llama3.1", "qwen3:8b"], "context_window": 4096})
    assert [model.model for model in (await client.list()).models] == ["llama3.1:latest", "qwen3:8b"]
    shown = await client.show("llama3.1")
    assert shown.modelinfo == {"general.architecture": "llama", "llama.context_length": 4096}
    assert "vision" in (shown.capabilities or [])
    assert (await client.ps()).models == []
    await client.chat("llama3.1:latest", ASKED)
    assert [model.context_length for model in (await client.ps()).models] == [4096, 4096]
    with pytest.raises(ollama.ResponseError, match="not found"):
        await client.show("nonsuch")


async def test_the_root_and_the_version_answer(engine: MockEngine) -> None:
    root = await exchange(engine.port, get("/"))
    assert (root.status, root.body) == (200, b"Ollama is running")
    version = await exchange(engine.port, get("/api/version"))
    assert set(json.loads(version.body)) == {"version"}


@pytest.mark.parametrize(
    ("preset", "status"),
    [("rate", 429), ("quota", 429), ("overloaded", 503), ("loading", 503), ("server_error", 500), ("missing", 404)],
)
async def test_an_error_is_a_string_with_its_status(
    engine: MockEngine, client: ollama.AsyncClient, preset: str, status: int
) -> None:
    engine.script({"default": {"error": preset}})
    with pytest.raises(ollama.ResponseError) as caught:
        await client.chat("mock", ASKED)
    assert caught.value.status_code == status


async def test_mistakes_are_told_as_ollama_tells_them(engine: MockEngine, client: ollama.AsyncClient) -> None:
    with pytest.raises(ollama.ResponseError, match="model 'nonsuch' not found"):
        await client.chat("nonsuch", ASKED)
    nameless = await exchange(engine.port, post("/api/chat", b"{}"))
    assert (nameless.status, json.loads(nameless.body)) == (400, {"error": "model is required"})
    empty = await exchange(engine.port, post("/api/chat", b""))
    assert (empty.status, json.loads(empty.body)) == (400, {"error": "missing request body"})
    long = {"model": "mock", "input": "word " * 100000, "truncate": False}
    refused = await exchange(engine.port, post("/api/embed", json.dumps(long).encode()))
    assert (refused.status, json.loads(refused.body)) == (
        400,
        {"error": "the input length exceeds the context length"},
    )


async def test_an_error_inside_the_stream_is_a_last_line(engine: MockEngine, client: ollama.AsyncClient) -> None:
    engine.script({"default": {"fault": {"kind": "error_event", "after_chunks": 2}}})
    said: list[str] = []

    async def listen() -> None:
        async for part in await client.chat("mock", ASKED, stream=True):
            said.append(part.message.content or "")

    with pytest.raises(ollama.ResponseError, match="llama runner process has terminated"):
        await listen()
    assert said == ["Hello", " from"]
