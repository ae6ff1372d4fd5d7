"""Complete answers to chats in Ollama's native format, both ways.

Never makes up the arguments of a tool call: a call whose arguments are cut, which this format cannot hold, becomes
text, as Ollama itself does with calls that it cannot read. Ollama gives one answer per request and no id for it.
Source: Ollama's OpenAPI document, `ChatResponse`; `api/types.go`, `ChatResponse`.
"""

from collections.abc import Sequence

import msgspec

from sixnines.dialects import arguments
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Choice, GenerationResponse, ToolCall
from sixnines.dialects.ollama import answers, messages
from sixnines.dialects.ollama.messages import WireToolCall


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[WireToolCall] | None = None


class _Body(answers.Metrics, kw_only=True):
    message: _Message
    model: str = ""
    created_at: str = ""
    logprobs: list[dict[str, object]] | None = None


_decode = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


def parse_response(body: bytes) -> GenerationResponse:
    """What an answer means.

    Raises:
        ValueError: it is none, or not complete.
    """
    try:
        wire = _decode(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not wire.done:
        raise ValueError("an answer that is not done")
    message = wire.message
    calls = tuple(messages.parse_call(call, number) for number, call in enumerate(message.tool_calls or ()))
    choice = Choice(
        text=message.content or "",
        reasoning=message.thinking or None,
        tool_calls=calls,
        finish=wire.finish(called_tools=bool(calls)),
        logprobs=answers.parse_logprobs(wire.logprobs),
    )
    return GenerationResponse(
        id="",
        model=wire.model,
        created=answers.unix_time(wire.created_at),
        choices=(choice,),
        usage=wire.usage(),
    )


def render_response(response: GenerationResponse, head: AnswerHead) -> bytes:
    """The first choice in Ollama's words."""
    choice = response.choices[0]
    answer = answers.opening(head)
    answer["message"] = wire_message(
        choice.text + (choice.refusal or ""), reasoning=choice.reasoning or "", calls=choice.tool_calls
    )
    if (listed := answers.render_logprobs(choice.logprobs)) is not None:
        answer["logprobs"] = listed
    return _encode(answer | answers.ending(choice.finish, response.usage))


def wire_message(text: str, *, reasoning: str = "", calls: Sequence[ToolCall] = ()) -> dict[str, object]:
    """A message of the assistant, with calls that have no place in it as text."""
    rendered: list[dict[str, object]] = []
    for call in calls:
        parsed = arguments.as_object(call.arguments)
        if parsed is None:
            text += call.arguments
        else:
            rendered.append(messages.wire_call(call, len(rendered), parsed))
    message: dict[str, object] = {"role": "assistant", "content": text}
    if reasoning:
        message["thinking"] = reasoning
    if rendered:
        message["tool_calls"] = rendered
    return message
