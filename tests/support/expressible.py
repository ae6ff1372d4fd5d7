"""What is left of a neutral value once a dialect has said it, dialect by dialect, written down apart from the code.

Each function gives the value that must come back from `parse(render(value))`, or None where rendering must refuse.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

import msgspec
from msgspec.structs import replace

from sixnines.dialects.neutral import (
    ChatRequest,
    Choice,
    CompletionRequest,
    EmbeddingRequest,
    Finish,
    GenerationResponse,
    ImagePart,
    Message,
    OutputFormat,
    Role,
    Sampling,
    TextPart,
    ToolCall,
    ToolChoice,
    ToolMode,
    Usage,
)
from sixnines.domain.operation import Dialect, Operation
from support.merged import Merged

ANY_OBJECT = {"type": "object", "properties": {}}
NO_TOKENS = Usage(prompt_tokens=0, completion_tokens=0)


def same(value: object) -> object:
    return value


@dataclass(frozen=True)
class Expressible:
    """One operation of one dialect."""

    request: Callable = same
    response: Callable = same
    stream: Callable[[Merged], Merged] = same
    extras: list[str] = field(default_factory=list)
    choices: int = 1


# Shared


def spelled_as_object(arguments: str) -> str | None:
    """The arguments without white space between tokens; None where they are no object."""
    if not arguments.strip():
        return "{}"
    try:
        if not isinstance(json.loads(arguments), dict):
            return None
    except ValueError:
        return None
    return msgspec.json.format(arguments.encode(), indent=-1).decode()


def calls_as_objects(calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...] | None:
    spelled = [(call, spelled_as_object(call.arguments)) for call in calls]
    if any(arguments is None for _, arguments in spelled):
        return None
    return tuple(replace(call, arguments=arguments) for call, arguments in spelled)


def unreadable_calls_as_text(choice: Choice) -> Choice:
    spelled = [(call, spelled_as_object(call.arguments)) for call in choice.tool_calls]
    text = choice.text + (choice.refusal or "") + "".join(call.arguments for call, fine in spelled if fine is None)
    calls = tuple(replace(call, arguments=fine) for call, fine in spelled if fine is not None)
    return replace(choice, text=text, refusal=None, tool_calls=calls)


def known_in_full(usage: Usage | None) -> Usage | None:
    full = usage is not None and usage.prompt_tokens is not None and usage.completion_tokens is not None
    return usage if full else None


# OpenAI


def openai_chat_request(asked: ChatRequest) -> ChatRequest:
    output = asked.output
    if output is not None and output.schema is None:
        output = OutputFormat()
    return replace(asked, output=output)


def openai_response(answer: GenerationResponse) -> GenerationResponse:
    return replace(answer, usage=known_in_full(answer.usage))


def openai_completion_response(answer: GenerationResponse) -> GenerationResponse:
    choices = tuple(
        replace(
            each,
            finish=Finish.STOP if each.finish is Finish.TOOL_CALLS else each.finish,
            logprobs=each.logprobs and {"content": without_bytes(each.logprobs["content"]), "refusal": None},
        )
        for each in answer.choices
    )
    return replace(openai_response(answer), choices=choices)


def without_bytes(content: list[dict]) -> list[dict]:
    return [
        {**entry, "bytes": None, "top_logprobs": [{**other, "bytes": None} for other in entry["top_logprobs"]]}
        for entry in content
    ]


def openai_stream(said: Merged) -> Merged:
    said.usage = known_in_full(said.usage)
    return said


def openai_completion_stream(said: Merged) -> Merged:
    for choice in said.choices.values():
        choice.logprobs = without_bytes(choice.logprobs)
        choice.finish = Finish.STOP if choice.finish is Finish.TOOL_CALLS else choice.finish
    return openai_stream(said)


# Ollama

OLLAMA_THINK = {
    "none": "none",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


def ollama_message(message: Message) -> Message | None:
    texts = [part.text for part in message.parts if isinstance(part, TextPart)]
    pictures = tuple(replace(part, detail=None) for part in message.parts if isinstance(part, ImagePart))
    if any(picture.data is None for picture in pictures):
        return None
    text = "\n".join(texts)
    silent = not text and (pictures or message.role is Role.ASSISTANT)
    calls = calls_as_objects(message.tool_calls)
    if calls is None:
        return None
    parts = pictures if silent else (TextPart(text), *pictures)
    return replace(message, parts=parts, tool_calls=calls, name=None)


def ollama_chat_request(asked: ChatRequest) -> ChatRequest | None:
    messages = [ollama_message(message) for message in asked.messages]
    mode = asked.tool_choice.mode if asked.tool_choice else ToolMode.AUTO
    tools = () if mode is ToolMode.NONE else asked.tools
    forced = bool(tools) and (mode is not ToolMode.AUTO or asked.parallel_tool_calls is False)
    effort = asked.reasoning_effort
    if None in messages or forced or asked.sampling.n == 2 or effort == "odd":
        return None
    return replace(
        asked,
        messages=tuple(messages),
        tools=tuple(replace(tool, strict=None, parameters=tool.parameters or ANY_OBJECT) for tool in tools),
        tool_choice=None,
        parallel_tool_calls=None,
        output=asked.output and OutputFormat(schema=asked.output.schema),
        sampling=replace(asked.sampling, n=None),
        reasoning_effort=effort and OLLAMA_THINK[effort],
        user=None,
        include_usage=asked.stream,
    )


def ollama_completion_request(asked: CompletionRequest) -> CompletionRequest | None:
    if asked.echo or asked.sampling.n == 2:
        return None
    return replace(asked, echo=None, sampling=replace(asked.sampling, n=None), user=None, include_usage=asked.stream)


def ollama_embedding_request(asked: EmbeddingRequest) -> EmbeddingRequest:
    return replace(asked, base64=False, user=None)


def ollama_usage(usage: Usage | None) -> Usage | None:
    if usage is None or (usage.prompt_tokens is None and usage.completion_tokens is None):
        return None
    return replace(usage, cached_tokens=None, reasoning_tokens=None)


def ollama_finish(finish: Finish | None, calls: object) -> Finish:
    if finish is Finish.LENGTH:
        return Finish.LENGTH
    return Finish.TOOL_CALLS if calls else Finish.STOP


def ollama_response(answer: GenerationResponse) -> GenerationResponse:
    choice = unreadable_calls_as_text(answer.choices[0])
    choice = replace(choice, finish=ollama_finish(choice.finish, choice.tool_calls))
    return replace(answer, id="", choices=(choice,), usage=ollama_usage(answer.usage))


def ollama_stream(said: Merged) -> Merged:
    choice = said.choices[0]
    choice.text, choice.refusal = choice.words, ""
    for call in choice.calls.values():
        call[2] = spelled_as_object(call[2])
    choice.finish = ollama_finish(choice.finish, choice.calls)
    said.usage = ollama_usage(said.usage)
    return said


# Anthropic

ANTHROPIC_EFFORT = {"none": "none", "minimal": "low"} | {
    each: each for each in ("low", "medium", "high", "xhigh", "max")
}


def spoken(message: Message) -> tuple:
    """The parts that are more than white space, images without their detail."""
    return tuple(
        replace(part, detail=None) if isinstance(part, ImagePart) else part
        for part in message.parts
        if isinstance(part, ImagePart) or part.text.strip()
    )


def anthropic_messages(messages: tuple[Message, ...]) -> tuple[Message, ...] | None:
    """The system prompt first; then turns, in which results stay apart and everything else of one role is one message."""
    system = tuple(part for message in messages if message.role is Role.SYSTEM for part in spoken(message))
    found = [Message(role=Role.SYSTEM, parts=system)] if system else []
    pieces: list[tuple[Role, str | None, tuple, tuple]] = []
    for message in messages:
        calls = calls_as_objects(message.tool_calls)
        if calls is None:
            return None
        parts = spoken(message)
        if message.role is Role.TOOL:
            pieces.append((Role.TOOL, message.tool_call_id, parts or (TextPart(""),), ()))
        elif message.role is not Role.SYSTEM and (parts or calls):
            pieces.append((message.role, None, parts, calls))
    for (role, call_id), group in groupby(pieces, key=lambda piece: piece[:2]):
        together = list(group)
        found.append(
            Message(
                role=role,
                parts=tuple(part for piece in together for part in piece[2]),
                tool_calls=tuple(call for piece in together for call in piece[3]),
                tool_call_id=call_id,
            )
        )
    return tuple(found) if pieces else None


def anthropic_sampling(sampling: Sampling) -> Sampling | None:
    refused = (
        sampling.n == 2
        or (sampling.temperature or 0) > 1
        or any((sampling.logprobs, sampling.top_logprobs, sampling.min_p))
        or any((sampling.presence_penalty, sampling.frequency_penalty))
        or any(not stop.strip() for stop in sampling.stop)
    )
    if refused:
        return None
    return Sampling(
        max_tokens=sampling.max_tokens or 16384,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        stop=sampling.stop,
    )


def anthropic_choice(asked: ChatRequest) -> tuple[ToolChoice | None, bool | None]:
    choice, parallel = asked.tool_choice, asked.parallel_tool_calls
    if not asked.tools:
        return None, None
    if choice is None:
        return (ToolChoice(ToolMode.AUTO), False) if parallel is False else (None, None)
    return choice, False if parallel is False and choice.mode is not ToolMode.NONE else None


def anthropic_request(asked: ChatRequest) -> ChatRequest | None:
    messages, sampling = anthropic_messages(asked.messages), anthropic_sampling(asked.sampling)
    shapeless = asked.output is not None and asked.output.schema is None
    effort = asked.reasoning_effort
    if messages is None or sampling is None or shapeless or effort == "odd":
        return None
    choice, parallel = anthropic_choice(asked)
    return replace(
        asked,
        messages=messages,
        tools=tuple(replace(tool, parameters=tool.parameters or ANY_OBJECT) for tool in asked.tools),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output=asked.output and OutputFormat(schema=asked.output.schema),
        sampling=sampling,
        reasoning_effort=effort and ANTHROPIC_EFFORT[effort],
        include_usage=asked.stream,
    )


def anthropic_usage(usage: Usage | None) -> Usage:
    usage = usage or NO_TOKENS
    cached = usage.cached_tokens or 0
    return replace(
        usage,
        prompt_tokens=max(usage.prompt_tokens or 0, cached),
        completion_tokens=usage.completion_tokens or 0,
    )


def anthropic_response(answer: GenerationResponse) -> GenerationResponse:
    choice = replace(unreadable_calls_as_text(answer.choices[0]), logprobs=None)
    return replace(answer, created=0, choices=(choice,), usage=anthropic_usage(answer.usage))


def anthropic_stream(said: Merged) -> Merged:
    choice = said.choices[0]
    choice.text, choice.refusal, choice.logprobs = choice.words, "", []
    # The call that begins first streams first; numbers follow the order of beginning.
    choice.calls = dict(enumerate(choice.calls.values()))
    said.usage = anthropic_usage(said.usage)
    return said


UNKNOWN = ["chat_template_kwargs", "repetition_penalty", "x-y", "guided_json"]
EXPRESSIBLE: dict[tuple[Dialect, Operation], Expressible] = {
    (Dialect.OPENAI, Operation.CHAT): Expressible(
        openai_chat_request, openai_response, openai_stream, UNKNOWN, choices=2
    ),
    (Dialect.OPENAI, Operation.COMPLETION): Expressible(
        same, openai_completion_response, openai_completion_stream, UNKNOWN, choices=2
    ),
    (Dialect.OPENAI, Operation.EMBEDDING): Expressible(extras=UNKNOWN),
    (Dialect.OLLAMA, Operation.CHAT): Expressible(ollama_chat_request, ollama_response, ollama_stream, ["keep_alive"]),
    (Dialect.OLLAMA, Operation.COMPLETION): Expressible(
        ollama_completion_request, ollama_response, ollama_stream, ["keep_alive", "template", "system"]
    ),
    (Dialect.OLLAMA, Operation.EMBEDDING): Expressible(ollama_embedding_request, extras=["keep_alive"]),
    (Dialect.ANTHROPIC, Operation.CHAT): Expressible(
        anthropic_request, anthropic_response, anthropic_stream, ["container", "inference_geo", "cache_control"]
    ),
}
