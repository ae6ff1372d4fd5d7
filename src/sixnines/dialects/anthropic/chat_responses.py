"""Complete answers to chats in Anthropic's format, both ways.

Never makes up the arguments of a tool call: a call whose arguments are cut, which this format cannot hold, becomes
text. An answer here is one; of several choices the first goes out. Blocks that the provider's own tools make, citations
and redacted thinking are read over.
Source: Anthropic API reference, "Messages", the response; "Handling stop reasons".
"""

import msgspec

from sixnines.dialects import arguments
from sixnines.dialects.anthropic import usage
from sixnines.dialects.anthropic.usage import WireUsage
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Choice, Finish, GenerationResponse, ToolCall

_FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "pause_turn": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.CONTENT_FILTER,
}
_STOP_REASONS = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
}


class _Block(msgspec.Struct):
    type: str
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _Body(msgspec.Struct):
    content: list[_Block]
    id: str = ""
    model: str = ""
    stop_reason: str | None = None
    usage: WireUsage | None = None


_decode = msgspec.json.Decoder(_Body).decode
_encode = msgspec.json.Encoder().encode


def parse_response(body: bytes) -> GenerationResponse:
    """What an answer means. The format tells no time.

    Raises:
        ValueError: it is none.
    """
    try:
        wire = _decode(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    choice = Choice(
        text="".join(block.text for block in wire.content if block.type == "text"),
        reasoning="".join(block.thinking for block in wire.content if block.type == "thinking") or None,
        tool_calls=tuple(
            ToolCall(id=block.id, name=block.name, arguments=arguments.as_text(block.input))
            for block in wire.content
            if block.type == "tool_use"
        ),
        finish=None if wire.stop_reason is None else parse_stop_reason(wire.stop_reason),
    )
    return GenerationResponse(
        id=wire.id,
        model=wire.model,
        created=0,
        choices=(choice,),
        usage=None if wire.usage is None else wire.usage.neutral(),
    )


def render_response(response: GenerationResponse, head: AnswerHead) -> bytes:
    """The first choice in Anthropic's words."""
    choice = response.choices[0]
    content: list[dict[str, object]] = []
    if choice.reasoning:
        # The signature is the API's own; without one the block cannot be sent back to it.
        content.append({"type": "thinking", "thinking": choice.reasoning, "signature": ""})
    text = choice.text + (choice.refusal or "")
    calls: list[dict[str, object]] = []
    for call in choice.tool_calls:
        parsed = arguments.as_object(call.arguments)
        if parsed is None:
            text += call.arguments
        else:
            calls.append({"type": "tool_use", "id": call.id, "name": call.name, "input": parsed})
    if text:
        content.append({"type": "text", "text": text})
    return _encode({
        "id": head.id,
        "type": "message",
        "role": "assistant",
        "model": head.model,
        "content": content + calls,
        "stop_reason": render_stop_reason(choice.finish),
        "stop_sequence": None,
        "usage": usage.render(response.usage),
    })  # fmt: skip


def parse_stop_reason(reason: str) -> Finish:
    """What a stop reason means. One that is new here is an end like any other."""
    return _FINISHES.get(reason, Finish.STOP)


def render_stop_reason(finish: Finish | None) -> str | None:
    """The reason in Anthropic's words."""
    return None if finish is None else _STOP_REASONS[finish]
