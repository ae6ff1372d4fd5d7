"""Chat messages in OpenAI's format, both ways.

Never drops what a model would have read: audio, files and the deprecated `function` role are refused by name. A text
that a model declined with (`refusal`) is text to every other dialect.
Source: OpenAI API reference, "Create chat completion", `messages`; `reasoning_content` and `reasoning` are what vLLM,
llama.cpp and DeepSeek add to it.
"""

import msgspec

from sixnines.dialects import images
from sixnines.dialects.neutral import ImagePart, Message, Part, Role, TextPart, ToolCall
from sixnines.dialects.validation import empty_array, inexpressible, missing, wrong_type, wrong_value
from sixnines.errors import MalformedRequest

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
}


class _ImageUrl(msgspec.Struct, omit_defaults=True):
    url: str
    detail: str | None = None


class _Part(msgspec.Struct, omit_defaults=True):
    type: str
    text: str | None = None
    image_url: _ImageUrl | None = None
    refusal: str | None = None


class _Function(msgspec.Struct):
    name: str
    arguments: str


class _ToolCall(msgspec.Struct):
    id: str
    type: str
    function: _Function | None = None


class WireMessage(msgspec.Struct, omit_defaults=True):
    """A message as it stands in a request."""

    role: str
    content: str | list[_Part] | None = None
    name: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None
    audio: object = None
    function_call: object = None


def parse(wire: WireMessage, at: str) -> Message:
    """What a message means; `at` is its place in the body, such as `messages[3]`.

    Raises:
        MalformedRequest: the message breaks the format, or holds what no other dialect has.
    """
    role = _ROLES.get(wire.role)
    if role is None:
        raise wrong_value(f"{at}.role", wire.role, tuple(_ROLES))
    if wire.audio is not None:
        raise inexpressible(f"{at}.audio", "its provider takes no audio")
    if wire.function_call is not None:
        raise inexpressible(f"{at}.function_call", "it is deprecated; use 'tool_calls'")
    if role is Role.TOOL and wire.tool_call_id is None:
        raise missing(f"{at}.tool_call_id")
    return Message(
        role=role,
        parts=_parts(wire, role, f"{at}.content"),
        reasoning=wire.reasoning_content or wire.reasoning or None,
        tool_calls=tuple(
            _tool_call(call, f"{at}.tool_calls[{index}]") for index, call in enumerate(wire.tool_calls or ())
        ),
        tool_call_id=wire.tool_call_id if role is Role.TOOL else None,
        name=wire.name,
    )


def render(message: Message, at: str) -> WireMessage:
    """The message in OpenAI's words.

    Raises:
        MalformedRequest: an image where this format takes only text.
    """
    content: str | list[_Part] | None = _content(message, f"{at}.content")
    if message.role is Role.ASSISTANT and message.tool_calls and not message.parts:
        content = None
    return WireMessage(
        role=message.role.value,
        content=content,
        name=message.name,
        reasoning_content=message.reasoning,
        tool_calls=[_ToolCall(call.id, "function", _Function(call.name, call.arguments)) for call in message.tool_calls]
        or None,
        tool_call_id=message.tool_call_id,
    )


def _parts(wire: WireMessage, role: Role, at: str) -> tuple[Part, ...]:
    content = wire.content
    if content is None:
        if role is Role.ASSISTANT:  # a call of tools, or a refusal, needs no content
            return (TextPart(wire.refusal),) if wire.refusal else ()
        raise wrong_type(at, "one of a string or array of objects", "null")
    if isinstance(content, str):
        # An assistant that only calls tools is often told with an empty text, which other formats refuse.
        return () if role is Role.ASSISTANT and not content else (TextPart(content),)
    if not content:
        raise empty_array(at)
    return tuple(_part(part, role, f"{at}[{index}]") for index, part in enumerate(content))


def _part(part: _Part, role: Role, at: str) -> Part:
    match part.type:
        case "text":
            if part.text is None:
                raise missing(f"{at}.text")
            return TextPart(part.text)
        case "refusal":
            if part.refusal is None:
                raise missing(f"{at}.refusal")
            return TextPart(part.refusal)
        case "image_url":
            if part.image_url is None:
                raise missing(f"{at}.image_url")
            return _image(part.image_url, role, at)
        case "input_audio" | "file":
            raise inexpressible(f"{at}.type", f"its provider takes no content of type '{part.type}'")
        case _:
            supported = ("text", "image_url", "input_audio", "refusal", "file")
            raise wrong_value(f"{at}.type", part.type, supported)


def _image(wire: _ImageUrl, role: Role, at: str) -> ImagePart:
    if role is not Role.USER:
        raise MalformedRequest(
            f"Invalid '{at}': images are only allowed in messages with role 'user'.", param=at, code="invalid_value"
        )
    image = images.from_url(wire.url, detail=wire.detail)
    if image is None:
        raise MalformedRequest(
            f"Invalid '{at}.image_url.url': expected an http or https URL, or a data URL with base64 data.",
            param=f"{at}.image_url.url",
            code="invalid_image_url",
        )
    return image


def _tool_call(call: _ToolCall, at: str) -> ToolCall:
    if call.type != "function":
        raise inexpressible(f"{at}.type", "its provider knows only tools of type 'function'")
    if call.function is None:
        raise missing(f"{at}.function")
    return ToolCall(id=call.id, name=call.function.name, arguments=call.function.arguments)


def _content(message: Message, at: str) -> str | list[_Part]:
    match message.parts:
        case ():
            return ""
        case (TextPart(text=text),):
            return text
        case parts:
            return [_wire_part(part, message.role, f"{at}[{index}]") for index, part in enumerate(parts)]


def _wire_part(part: Part, role: Role, at: str) -> _Part:
    if isinstance(part, TextPart):
        return _Part("text", text=part.text)
    if role is not Role.USER:
        raise inexpressible(at, "its provider takes images only in messages with role 'user'")
    return _Part("image_url", image_url=_ImageUrl(images.to_url(part), part.detail))
