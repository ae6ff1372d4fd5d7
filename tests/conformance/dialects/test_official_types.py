"""What the dialects write is what the vendors' own SDKs read: their types are the judge, not ours."""

import functools
import json
from collections.abc import Iterable, Mapping

import anthropic.types
import msgspec
import ollama
import openai.types
import openai.types.chat
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ollama._types import ChatRequest, EmbedRequest, GenerateRequest
from pydantic import BaseModel, TypeAdapter

from sixnines.dialects import anthropic as anthropic_dialect
from sixnines.dialects import ollama as ollama_dialect
from sixnines.dialects import openai as openai_dialect
from sixnines.dialects.interface import AnswerHead, AnyFormat
from sixnines.dialects.neutral import Delta, Finish
from sixnines.domain.operation import Dialect, Operation
from sixnines.errors import MalformedRequest
from support import neutral_values

LAW = settings(max_examples=50, deadline=None)
HEAD = AnswerHead("id", "model", 1_700_000_000, include_usage=True)
DIALECTS: Mapping[Dialect, Mapping[Operation, AnyFormat]] = {
    Dialect.OPENAI: openai_dialect.FORMATS,
    Dialect.OLLAMA: ollama_dialect.FORMATS,
    Dialect.ANTHROPIC: anthropic_dialect.FORMATS,
}
REQUESTS = {
    (Dialect.OPENAI, Operation.CHAT): openai.types.chat.completion_create_params.CompletionCreateParamsStreaming,
    (Dialect.OPENAI, Operation.COMPLETION): openai.types.completion_create_params.CompletionCreateParamsStreaming,
    (Dialect.OPENAI, Operation.EMBEDDING): openai.types.EmbeddingCreateParams,
    (Dialect.OLLAMA, Operation.CHAT): ChatRequest,
    (Dialect.OLLAMA, Operation.COMPLETION): GenerateRequest,
    (Dialect.OLLAMA, Operation.EMBEDDING): EmbedRequest,
    (Dialect.ANTHROPIC, Operation.CHAT): anthropic.types.message_create_params.MessageCreateParamsStreaming,
}
RESPONSES = {
    (Dialect.OPENAI, Operation.CHAT): openai.types.chat.ChatCompletion,
    (Dialect.OPENAI, Operation.COMPLETION): openai.types.Completion,
    (Dialect.OPENAI, Operation.EMBEDDING): openai.types.CreateEmbeddingResponse,
    (Dialect.OLLAMA, Operation.CHAT): ollama.ChatResponse,
    (Dialect.OLLAMA, Operation.COMPLETION): ollama.GenerateResponse,
    (Dialect.OLLAMA, Operation.EMBEDDING): ollama.EmbedResponse,
    (Dialect.ANTHROPIC, Operation.CHAT): anthropic.types.Message,
}
EVENTS = {
    (Dialect.OPENAI, Operation.CHAT): openai.types.chat.ChatCompletionChunk,
    (Dialect.OPENAI, Operation.COMPLETION): openai.types.Completion,
    (Dialect.OLLAMA, Operation.CHAT): ollama.ChatResponse,
    (Dialect.OLLAMA, Operation.COMPLETION): ollama.GenerateResponse,
    (Dialect.ANTHROPIC, Operation.CHAT): anthropic.types.RawMessageStreamEvent,
}
EVERY = [pytest.param(which, id="-".join(which)) for which in RESPONSES]
STREAMED = [pytest.param(which, id="-".join(which)) for which in EVENTS]


def judged(official: object, value: object) -> None:
    """Fails unless the official type takes the whole value."""
    read_to_the_end(adapter(official).validate_python(value))
    if official is ChatRequest:  # takes any mapping for a message
        for message in value["messages"]:
            # The SDK's type for an image is what a caller hands in; it is written as the plain text that we write.
            images = [{"value": image} for image in message.get("images", ())]
            adapter(ollama.Message).validate_python({**message, "images": images})


@functools.cache  # slow to make, and what it has validated must not outlive it
def adapter(official: object) -> TypeAdapter:
    return TypeAdapter(official)


def read_to_the_end(value: object) -> None:
    """Lists are judged only when they are read, and the SDKs' requests are made of lists."""
    if isinstance(value, BaseModel):
        value = vars(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            read_to_the_end(each)


def request(data: st.DataObject, operation: Operation) -> object:
    match operation:
        case Operation.CHAT:
            asked = data.draw(neutral_values.chat_requests([]))
            assume(asked.reasoning_effort != "odd")
        case Operation.COMPLETION:
            asked = data.draw(neutral_values.completion_requests([]))
        case Operation.EMBEDDING:
            return data.draw(neutral_values.embedding_requests([]))
    return msgspec.structs.replace(asked, stream=True)


def response(data: st.DataObject, operation: Operation) -> object:
    """A complete answer, as official types know them: with a finish reason, and usage known in full."""
    usage = data.draw(neutral_values.FULL_USAGES)
    if operation is Operation.EMBEDDING:
        return msgspec.structs.replace(data.draw(neutral_values.EMBEDDING_RESPONSES), usage=usage)
    answer = data.draw(neutral_values.responses(chat=operation is Operation.CHAT))
    choices = tuple(msgspec.structs.replace(each, finish=each.finish or Finish.STOP) for each in answer.choices)
    return msgspec.structs.replace(answer, choices=choices, usage=usage)


@pytest.mark.parametrize("which", EVERY)
@given(data=st.data())
@LAW
def test_requests_are_what_the_sdk_would_send(which, data) -> None:
    try:
        body = DIALECTS[which[0]][which[1]].render_request(request(data, which[1]))
    except MalformedRequest:
        return
    judged(REQUESTS[which], json.loads(body))


@pytest.mark.parametrize("which", EVERY)
@given(data=st.data(), base64=st.booleans())
@LAW
def test_answers_are_what_the_sdk_expects(which, data, base64) -> None:
    head = msgspec.structs.replace(HEAD, base64=base64 and which[1] is not Operation.EMBEDDING)
    judged(RESPONSES[which], json.loads(DIALECTS[which[0]][which[1]].render_response(response(data, which[1]), head)))


@pytest.mark.parametrize("which", STREAMED)
@given(data=st.data())
@LAW
def test_streams_are_what_the_sdk_expects_event_by_event(which, data) -> None:
    steps = data.draw(neutral_values.streams(chat=which[1] is Operation.CHAT, choices=2))
    for event in events(which[0], written(DIALECTS[which[0]][which[1]], steps)):
        judged(EVENTS[which], event)


def written(form: AnyFormat, steps: list[Delta]) -> bytes:
    renderer = form.stream_renderer(HEAD)
    return b"".join([*(renderer.delta(step) for step in steps), renderer.done()])


def events(dialect: Dialect, stream: bytes) -> list[object]:
    if dialect is Dialect.OLLAMA:
        return [json.loads(line) for line in stream.splitlines()]
    payloads = [line.removeprefix(b"data: ") for line in stream.split(b"\n") if line.startswith(b"data: ")]
    found = [json.loads(payload) for payload in payloads if payload != b"[DONE]"]
    for choice in (choice for event in found for choice in event.get("choices", ()) if "text" in choice):
        # The SDK has one type for whole answers and for chunks, and so none for a chunk that is not the last.
        choice["finish_reason"] = choice["finish_reason"] or "stop"
    return found


@pytest.mark.parametrize("which", EVERY)
def test_the_judge_refuses_what_is_wrong(which) -> None:
    with pytest.raises(ValueError):
        judged(RESPONSES[which], {"model": 1, "embeddings": 1, "message": 1})


@pytest.mark.parametrize("messages", [[{"role": 1}], [{"role": "user", "content": [{"type": "image"}]}], [5]])
@pytest.mark.parametrize("which", [which for which in EVERY if which.values[0][1] is Operation.CHAT])
def test_the_judge_looks_into_the_messages(which, messages) -> None:
    with pytest.raises(ValueError):
        judged(REQUESTS[which], {"model": "m", "max_tokens": 1, "stream": True, "messages": messages})
