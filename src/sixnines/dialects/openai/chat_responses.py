"""Complete answers to chats in OpenAI's format, both ways.

Never invents token counts: usage that is not known in full is left out, because clients in typed languages refuse a
whole answer for one null in it. Thinking goes out as `reasoning_content`, the name most clients read.
Source: OpenAI API reference, "The chat completion object"; vLLM and Ollama call the thinking `reasoning`.
"""

import msgspec

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Choice, GenerationResponse, ToolCall, Usage
from sixnines.dialects.openai import finish
from sixnines.dialects.openai.chunks import WireUsage


class _Function(msgspec.Struct):
    name: str
    arguments: str | dict[str, object] | None = None


class _ToolCall(msgspec.Struct):
    function: _Function
    id: str | None = None


class _Text(msgspec.Struct):
    text: str = ""


class _Message(msgspec.Struct):
    content: str | list[_Text] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    index: int = 0
    finish_reason: str | None = None
    logprobs: dict[str, object] | None = None


class _Body(msgspec.Struct):
    choices: list[_Choice]
    id: str | None = None
    model: str | None = None
    created: int | float | None = None
    usage: WireUsage | None = None


_decode = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


def parse_response(body: bytes) -> GenerationResponse:
    """What an answer means.

    Raises:
        ValueError: it is none.
    """
    try:
        wire = _decode(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not wire.choices:
        raise ValueError("an answer without choices")
    return GenerationResponse(
        id=wire.id or "",
        model=wire.model or "",
        created=int(wire.created or 0),
        choices=tuple(_choice(each) for each in wire.choices),
        usage=None if wire.usage is None else wire.usage.neutral(),
    )


def render_response(response: GenerationResponse, head: AnswerHead) -> bytes:
    """The answer in OpenAI's words."""
    answer: dict[str, object] = {
        "id": head.id,
        "object": "chat.completion",
        "created": head.created,
        "model": head.model,
        "choices": [_wire_choice(each) for each in response.choices],
    }
    usage = render_usage(response.usage)
    if usage is not None:
        answer["usage"] = usage
    return _encode(answer)


def render_usage(usage: Usage | None) -> dict[str, object] | None:
    """The usage object, or None where a count that it must hold is not known."""
    if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    wire: dict[str, object] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
    if usage.cached_tokens is not None:
        wire["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens is not None:
        wire["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return wire


def _choice(wire: _Choice) -> Choice:
    message = wire.message
    content = message.content or ""
    return Choice(
        index=wire.index,
        text=content if isinstance(content, str) else "".join(part.text for part in content),
        reasoning=message.reasoning_content or message.reasoning or None,
        tool_calls=tuple(_tool_call(call, index) for index, call in enumerate(message.tool_calls or ())),
        finish=None if wire.finish_reason is None else finish.parse(wire.finish_reason),
        refusal=message.refusal or None,
        logprobs=wire.logprobs,
    )


def _tool_call(wire: _ToolCall, index: int) -> ToolCall:
    arguments = wire.function.arguments or ""
    return ToolCall(
        id=wire.id or f"call_{index}",
        name=wire.function.name,
        arguments=arguments if isinstance(arguments, str) else _encode(arguments).decode(),
    )


def _wire_choice(choice: Choice) -> dict[str, object]:
    silent = not choice.text and (choice.tool_calls or choice.refusal)
    message: dict[str, object] = {
        "role": "assistant",
        "content": None if silent else choice.text,
        "refusal": choice.refusal,
    }
    if choice.reasoning is not None:
        message["reasoning_content"] = choice.reasoning
    if choice.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in choice.tool_calls
        ]
    return {"index": choice.index, "message": message, "logprobs": choice.logprobs, "finish_reason": choice.finish}
