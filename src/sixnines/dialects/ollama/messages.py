"""Chat messages in Ollama's format, both ways.

Never sends what Ollama would have to fetch: images go inside the request. Lost on the way: names of speakers, for which
Ollama has no place, and where among the text an image stood, since images are a list beside it.
Ollama before 0.12.10 gave tool calls no ids. They get `call_0`, `call_1` ... here, and results are matched to calls in
order, so that a conversation can go on with a provider that needs ids.
Source: Ollama's OpenAPI document, `ChatMessage`; `api/types.go`, `Message` (`tool_name`, `tool_call_id`).
"""

from collections.abc import Sequence

import msgspec

from sixnines.dialects import arguments, images
from sixnines.dialects.neutral import ImagePart, Message, Part, Role, TextPart, ToolCall
from sixnines.dialects.validation import inexpressible, wrong_value
from sixnines.errors import MalformedRequest

_NOTHING = (b"", b"null")


class _Function(msgspec.Struct):
    name: str
    arguments: msgspec.Raw = msgspec.Raw()


class WireToolCall(msgspec.Struct):
    """A tool call as it stands in a message."""

    function: _Function
    id: str | None = None


class WireMessage(msgspec.Struct, kw_only=True):
    """A message as it stands in a request."""

    role: str
    content: str = ""
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[WireToolCall] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


def parse(wire: Sequence[WireMessage]) -> tuple[Message, ...]:
    """What the messages mean.

    Raises:
        MalformedRequest: a role that is none, or a result of a tool that was not called.
    """
    ledger = _Ledger()
    return tuple(_message(each, ledger, f"messages[{index}]") for index, each in enumerate(wire))


def render(messages: Sequence[Message]) -> list[dict[str, object]]:
    """The messages in Ollama's words.

    Raises:
        MalformedRequest: an image that is not in the request, arguments that are no object, or a result of a tool that
            was not called.
    """
    names: dict[str, str] = {}
    rendered: list[dict[str, object]] = []
    for index, message in enumerate(messages):
        rendered.append(_wire_message(message, names, f"messages[{index}]"))
        names |= {call.id: call.name for call in message.tool_calls}
    return rendered


def parse_call(wire: WireToolCall, number: int) -> ToolCall:
    """A call with an id.

    Args:
        wire: the call.
        number: how many calls came before it.

    Raises:
        ValueError: the arguments are no object.
    """
    raw = wire.function.arguments
    text = "{}" if bytes(raw) in _NOTHING else arguments.as_text(raw)
    return ToolCall(id=wire.id or f"call_{number}", name=wire.function.name, arguments=text)


def wire_call(call: ToolCall, index: int, parsed: msgspec.Raw) -> dict[str, object]:
    """A call as it stands in a message."""
    return {"id": call.id, "function": {"index": index, "name": call.name, "arguments": parsed}}


class _Ledger:
    """The tool calls of a conversation and which of them have had their result."""

    def __init__(self) -> None:
        self.made = 0
        self.unanswered: list[ToolCall] = []

    def call(self, wire: WireToolCall, at: str) -> ToolCall:
        """Note a call."""
        try:
            call = parse_call(wire, self.made)
        except ValueError as error:
            raise MalformedRequest(f"Invalid '{at}': {error}.", param=at, code="invalid_value") from None
        self.made += 1
        self.unanswered.append(call)
        return call

    def answered(self, wire: WireMessage, at: str) -> str:
        """The id of the call that a result belongs to: the one it names, else the first without a result."""
        for call in self.unanswered:
            named = not wire.tool_name or wire.tool_name == call.name
            if named if wire.tool_call_id is None else wire.tool_call_id == call.id:
                self.unanswered.remove(call)
                return call.id
        raise _no_call(at)


def _message(wire: WireMessage, ledger: _Ledger, at: str) -> Message:
    try:
        role = Role(wire.role)
    except ValueError:
        raise wrong_value(f"{at}.role", wire.role, tuple(Role)) from None
    pictures = wire.images or ()
    texts = () if not wire.content and (pictures or role is Role.ASSISTANT) else (TextPart(wire.content),)
    parts: tuple[Part, ...] = (
        *texts,
        *(ImagePart(media_type=images.media_type(data), data=data) for data in pictures),
    )
    return Message(
        role=role,
        parts=parts,
        reasoning=wire.thinking or None,
        tool_calls=tuple(
            ledger.call(call, f"{at}.tool_calls[{index}]") for index, call in enumerate(wire.tool_calls or ())
        ),
        tool_call_id=ledger.answered(wire, at) if role is Role.TOOL else None,
    )


def _wire_message(message: Message, names: dict[str, str], at: str) -> dict[str, object]:
    texts = [part.text for part in message.parts if isinstance(part, TextPart)]
    wire: dict[str, object] = {"role": message.role.value, "content": "\n".join(texts)}
    if message.reasoning:
        wire["thinking"] = message.reasoning
    pictures = [
        _picture(part, f"{at}.content[{index}].image_url")
        for index, part in enumerate(message.parts)
        if isinstance(part, ImagePart)
    ]
    if pictures:
        wire["images"] = pictures
    if message.tool_calls:
        wire["tool_calls"] = [
            wire_call(call, index, _arguments(call, f"{at}.tool_calls[{index}].function.arguments"))
            for index, call in enumerate(message.tool_calls)
        ]
    if message.role is Role.TOOL:
        if message.tool_call_id not in names:
            raise _no_call(at)
        wire |= {"tool_name": names[message.tool_call_id], "tool_call_id": message.tool_call_id}
    return wire


def _picture(image: ImagePart, at: str) -> str:
    if image.data is None:
        raise inexpressible(at, "its provider does not fetch images; send a data URL")
    return image.data


def _arguments(call: ToolCall, at: str) -> msgspec.Raw:
    parsed = arguments.as_object(call.arguments)
    if parsed is None:
        raise inexpressible(at, "its provider takes only a JSON object as arguments")
    return parsed


def _no_call(at: str) -> MalformedRequest:
    return MalformedRequest(
        f"Invalid parameter: '{at}' with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        param=at,
        code="invalid_value",
    )
