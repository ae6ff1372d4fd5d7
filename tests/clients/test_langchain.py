"""LangChain's ChatOpenAI and OpenAIEmbeddings, in front of every kind of engine."""

import base64
from collections.abc import Iterator

import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from sixnines.testing.answers import GREETING
from support.front import BROKEN_OFF, Front, breaking, one_kind
from support.lab import Lab

COUNTED = {"prompt_tokens": 100, "completion_tokens": 50}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
CALLERS = ["openai", "vllm", "llamacpp", "llamacpp-python", "anthropic"]  # Ollama's API has no choice of a tool
EMBEDDERS = ["openai", "vllm", "llamacpp", "ollama"]


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


class Person(BaseModel):
    """A person."""

    name: str
    age: int


ADA = Person(name="Ada", age=36)


def chat_of(front: Front, **clients: object) -> ChatOpenAI:
    """A chat model as a user makes one for a server of the OpenAI format."""
    settings = {"model": front.model, "base_url": front.url, "api_key": "unused", "max_retries": 0}
    return ChatOpenAI(**settings, stream_usage=True, **clients)


@pytest.fixture(scope="module")
def http() -> Iterator[openai.DefaultHttpxClient]:
    """A client that is closed at the end; those that LangChain makes itself it keeps for ever."""
    with openai.DefaultHttpxClient() as http:
        yield http


@pytest.fixture
def model(front: Front, http: openai.DefaultHttpxClient) -> ChatOpenAI:
    """A chat model that the engine in turn serves."""
    return chat_of(front, http_client=http)


def test_a_question_is_answered(front: Front, model: ChatOpenAI) -> None:
    answer = model.invoke("Say hello.")
    assert answer.content == GREETING
    assert answer.response_metadata["model_name"] == front.model
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.id


def test_messages_of_every_role_are_understood(front: Front, model: ChatOpenAI) -> None:
    front.plays(echo=True)
    messages = [SystemMessage("Be brief."), HumanMessage("One."), AIMessage("Two."), HumanMessage("Three.")]
    assert model.invoke(messages).content == "Three."


def test_usage_is_counted(front: Front, model: ChatOpenAI) -> None:
    front.plays(usage=COUNTED)
    usage = model.invoke("Say hello.").usage_metadata
    if front.kind == "llamacpp-python":  # is streamed, and reports no usage then
        assert usage is None
    else:
        assert usage is not None
        assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (100, 50, 150)


def joined(pieces: list[AIMessageChunk]) -> AIMessageChunk:
    """The pieces added up, as LangChain adds them."""
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    return whole


def test_a_stream_adds_up_to_the_answer(front: Front, model: ChatOpenAI) -> None:
    front.plays(usage=COUNTED)
    pieces = list(model.stream("Say hello."))
    whole = joined(pieces)
    assert whole.content == GREETING
    assert len([piece for piece in pieces if piece.content]) == 7
    assert whole.response_metadata["finish_reason"] == "stop"
    assert whole.response_metadata["model_name"] == front.model
    if front.kind != "llamacpp-python":
        assert whole.usage_metadata is not None
        assert (whole.usage_metadata["input_tokens"], whole.usage_metadata["output_tokens"]) == (100, 50)


CALL = {"name": "get_weather", "arguments": {"city": "Paris and Rome"}}


def test_a_tool_is_called_and_its_result_goes_back(front: Front, model: ChatOpenAI) -> None:
    front.plays(tool_calls=[CALL])
    calling = model.bind_tools([get_weather])
    asked = calling.invoke("How is the weather?")
    (call,) = asked.tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris and Rome"})
    result = get_weather.invoke(call)
    assert isinstance(result, ToolMessage)
    front.plays(echo=True)
    answer = calling.invoke([HumanMessage("How is the weather?"), asked, result])
    assert answer.content == "It rains in Paris and Rome."


def test_calls_that_are_streamed_add_up(front: Front, model: ChatOpenAI) -> None:
    front.plays(tool_calls=[CALL, CALL | {"arguments": {"city": "Oslo"}}])
    whole = joined(list(model.bind_tools([get_weather]).stream("How is the weather?")))
    assert isinstance(whole, AIMessage)
    assert [(call["name"], call["args"]["city"]) for call in whole.tool_calls] == [
        ("get_weather", "Paris and Rome"),
        ("get_weather", "Oslo"),
    ]
    assert len({call["id"] for call in whole.tool_calls}) == 2
    assert whole.invalid_tool_calls == []


def test_an_answer_for_a_schema_is_ones_own_class(front: Front, model: ChatOpenAI) -> None:
    front.plays(json={"name": "Ada", "age": 36})
    assert model.with_structured_output(Person).invoke("Who?") == ADA


def test_an_answer_through_a_call_is_ones_own_class(front: Front, model: ChatOpenAI) -> None:
    front.plays(tool_calls=[{"name": "Person", "arguments": {"name": "Ada", "age": 36}}])
    asking = model.with_structured_output(Person, method="function_calling")
    if front.kind in CALLERS:
        assert asking.invoke("Who?") == ADA
        return
    with pytest.raises(openai.BadRequestError) as caught:
        asking.invoke("Who?")
    assert caught.value.param == "tool_choice"


def test_an_answer_in_json_mode_is_ones_own_class(front: Front, model: ChatOpenAI) -> None:
    front.plays(json={"name": "Ada", "age": 36})
    asking = model.with_structured_output(Person, method="json_mode")
    if front.kind != "anthropic":
        assert asking.invoke("Who? Answer in JSON.") == ADA
        return
    with pytest.raises(openai.BadRequestError) as caught:
        asking.invoke("Who? Answer in JSON.")
    assert caught.value.param == "response_format"


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp", "ollama", "anthropic"], indirect=True)
def test_an_image_reaches_the_engine(front: Front, model: ChatOpenAI) -> None:
    image = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}
    model.invoke([HumanMessage([{"type": "text", "text": "What is this?"}, image])])
    assert PIXEL in str(front.sent()["messages"])


def test_several_questions_are_answered_side_by_side(front: Front, model: ChatOpenAI) -> None:
    front.plays(echo=True)
    questions = [f"Question {number}" for number in range(8)]
    assert [answer.content for answer in model.batch(questions)] == questions


async def test_asynchronous_callers_get_the_same(front: Front) -> None:
    async with openai.DefaultAsyncHttpxClient() as http:
        model = chat_of(front, http_async_client=http)
        assert (await model.ainvoke("Say hello.")).content == GREETING
        pieces = [piece async for piece in model.astream("Say hello.")]
        assert joined(pieces).content == GREETING
        front.plays(json={"name": "Ada", "age": 36})
        assert await model.with_structured_output(Person).ainvoke("Who?") == ADA


@pytest.mark.parametrize("front", EMBEDDERS, indirect=True)
def test_texts_are_embedded(front: Front, http: openai.DefaultHttpxClient) -> None:
    settings = {"model": front.model, "base_url": front.url, "api_key": "unused", "http_client": http}
    # Without the check, which counts with OpenAI's own tokenizer and sends token numbers that no other model knows.
    embeddings = OpenAIEmbeddings(**settings, check_embedding_ctx_length=False)
    one, two, again = embeddings.embed_documents(["one", "two", "one"])
    assert one == again != two
    assert embeddings.embed_query("one") == one
    assert front.sent()["model"] == "up"


FAILURES = {
    "rate": openai.RateLimitError,
    "overloaded": openai.InternalServerError,
    "context": openai.BadRequestError,
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("preset", FAILURES)
def test_failures_are_the_exceptions_of_the_client_below(
    lab: Lab, http: openai.DefaultHttpxClient, preset: str, stream: bool
) -> None:
    model = chat_of(one_kind(lab, "vllm", {"default": {"error": {"preset": preset}}}), http_client=http)
    ask = model.stream if stream else model.invoke
    with pytest.raises(FAILURES[preset]):
        list(ask("Say hello."))


def test_a_stream_that_breaks_is_an_error_and_no_short_answer(lab: Lab, http: openai.DefaultHttpxClient) -> None:
    model = chat_of(one_kind(lab, "llamacpp", breaking()), http_client=http)
    read: list[str] = []
    with pytest.raises(openai.APIError, match="not the whole answer"):
        read.extend(str(piece.content) for piece in model.stream("Count."))
    assert "".join(read) == BROKEN_OFF
