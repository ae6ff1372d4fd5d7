"""Anthropic's own client against the stand-in."""

from collections.abc import AsyncIterator

import anthropic
import pytest

from sixnines.testing import MockEngine
from support.mock_wire import exchange, post

GREETING = "Hello from the stand-in: all is well."
ASKED = [{"role": "user", "content": "Say hello."}]
WEATHER = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture
async def engine() -> AsyncIterator[MockEngine]:
    async with MockEngine("anthropic") as running:
        yield running


@pytest.fixture
async def client(engine: MockEngine) -> AsyncIterator[anthropic.AsyncAnthropic]:
    quick = anthropic.DefaultAsyncHttpxClient(verify=False)  # no certificates to load
    async with anthropic.AsyncAnthropic(
        base_url=engine.base_url, api_key="sk-test", max_retries=0, http_client=quick
    ) as opened:
        yield opened


async def test_a_message_is_answered_with_usage(client: anthropic.AsyncAnthropic) -> None:
    answer = await client.messages.create(model="mock", max_tokens=100, messages=ASKED, system="Be brief.")
    assert [block.text for block in answer.content if block.type == "text"] == [GREETING]
    assert (answer.stop_reason, answer.model, answer.role) == ("end_turn", "mock", "assistant")
    assert answer.usage.output_tokens == 7
    assert answer.usage.input_tokens == 5  # both texts


async def test_a_stream_has_every_event_in_its_place(client: anthropic.AsyncAnthropic) -> None:
    stream = await client.messages.create(model="mock", max_tokens=100, messages=ASKED, stream=True)
    events = [event async for event in stream]
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[2:9] == ["content_block_delta"] * 7
    assert kinds[9:] == ["content_block_stop", "message_delta", "message_stop"]
    assert "".join(event.delta.text for event in events if event.type == "content_block_delta") == GREETING
    assert events[-2].usage.output_tokens == 7


async def test_the_clients_helper_puts_the_stream_together(
    engine: MockEngine, client: anthropic.AsyncAnthropic
) -> None:
    engine.script(
        {
            "default": {
                "reasoning": "Let me see.",
                "text": "I will look.",
                "tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris and Rome"}}],
            }
        }
    )
    options = {
        "model": "mock",
        "max_tokens": 2048,
        "messages": ASKED,
        "tools": [WEATHER],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    whole = await client.messages.create(**options)
    async with client.messages.stream(**options) as stream:
        streamed = await stream.get_final_message()
    for answer in (whole, streamed):
        thinking, text, call = answer.content
        assert (thinking.type, thinking.thinking) == ("thinking", "Let me see.")
        assert (text.type, text.text) == ("text", "I will look.")
        assert (call.type, call.name, call.input) == ("tool_use", "get_weather", {"city": "Paris and Rome"})
        assert answer.stop_reason == "tool_use"
    assert whole.content[2].id != ""


async def test_thinking_must_be_asked_for(engine: MockEngine, client: anthropic.AsyncAnthropic) -> None:
    engine.script({"default": {"reasoning": "Let me see."}})
    answer = await client.messages.create(model="mock", max_tokens=100, messages=ASKED)
    assert [block.type for block in answer.content] == ["text"]


async def test_a_call_that_the_caller_insists_on_is_made_up(client: anthropic.AsyncAnthropic) -> None:
    answer = await client.messages.create(
        model="mock", max_tokens=100, messages=ASKED, tools=[WEATHER], tool_choice={"type": "any"}
    )
    assert [block.name for block in answer.content if block.type == "tool_use"] == ["get_weather"]


async def test_the_callers_token_limit_cuts_the_answer(client: anthropic.AsyncAnthropic) -> None:
    answer = await client.messages.create(model="mock", max_tokens=2, messages=ASKED)
    assert (answer.stop_reason, answer.content[0].text) == ("max_tokens", "Hello from")


async def test_tokens_are_counted_and_models_listed(client: anthropic.AsyncAnthropic) -> None:
    counted = await client.messages.count_tokens(model="mock", messages=ASKED)
    answer = await client.messages.create(model="mock", max_tokens=100, messages=ASKED)
    assert counted.input_tokens == answer.usage.input_tokens
    assert [model.id async for model in await client.models.list()] == ["mock"]
    assert (await client.models.retrieve("mock")).id == "mock"


@pytest.mark.parametrize(
    ("preset", "exception", "status", "kind"),
    [
        ("rate", anthropic.RateLimitError, 429, "rate_limit_error"),
        ("quota", anthropic.BadRequestError, 400, "invalid_request_error"),
        ("overloaded", anthropic.InternalServerError, 529, "overloaded_error"),
        ("loading", anthropic.InternalServerError, 503, "api_error"),
        ("context", anthropic.BadRequestError, 400, "invalid_request_error"),
        ("unauthorized", anthropic.AuthenticationError, 401, "authentication_error"),
        ("missing", anthropic.NotFoundError, 404, "not_found_error"),
        ("server_error", anthropic.InternalServerError, 500, "api_error"),
        ("policy", anthropic.BadRequestError, 400, "invalid_request_error"),
    ],
)
async def test_a_scripted_error_is_the_clients_exception(
    engine: MockEngine,
    client: anthropic.AsyncAnthropic,
    preset: str,
    exception: type[anthropic.APIStatusError],
    status: int,
    kind: str,
) -> None:
    engine.script({"default": {"error": preset}})
    with pytest.raises(exception) as caught:
        await client.messages.create(model="mock", max_tokens=100, messages=ASKED)
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["type"] == "error"
    assert caught.value.body["error"]["type"] == kind


async def test_an_error_inside_the_stream_is_an_event(engine: MockEngine, client: anthropic.AsyncAnthropic) -> None:
    engine.script({"default": {"fault": {"kind": "error_event", "error": "overloaded", "after_chunks": 2}}})
    stream = await client.messages.create(model="mock", max_tokens=100, messages=ASKED, stream=True)
    said: list[str] = []

    async def listen() -> None:
        async for event in stream:
            said.extend([event.delta.text] if event.type == "content_block_delta" else [])

    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        await listen()
    assert said == ["Hello", " from"]


async def test_a_wrong_key_is_refused_in_either_header(engine: MockEngine) -> None:
    engine.script({"api_keys": ["sk-good"]})
    body = b'{"model": "mock", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}'
    version = "anthropic-version: 2023-06-01"
    for header, status in [
        ("x-api-key: sk-good", 200),
        ("Authorization: Bearer sk-good", 200),
        ("x-api-key: sk-bad", 401),
        ("x-nothing: here", 401),
    ]:
        assert (await exchange(engine.port, post("/v1/messages", body, version, header))).status == status


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "model: Field required"),
        (b'{"model": "mock", "max_tokens": 5}', "messages: Field required"),
        (b'{"model": "mock", "messages": []}', "max_tokens: Field required"),
        (b'{"model": "mock", "messages": [], "max_tokens": 5}', "at least one message"),
        (b'{"model": "mock", "messages": [{}], "max_tokens": 0}', "greater than or equal to 1"),
        (b"not json", "not valid JSON"),
    ],
)
async def test_mistakes_are_named(engine: MockEngine, body: bytes, message: str) -> None:
    answer = await exchange(engine.port, post("/v1/messages", body, "anthropic-version: 2023-06-01"))
    assert answer.status == 400
    assert message in answer.body.decode()


async def test_the_version_header_is_demanded(engine: MockEngine) -> None:
    answer = await exchange(engine.port, post("/v1/messages", b"{}"))
    assert answer.status == 400
    assert b"anthropic-version" in answer.body
