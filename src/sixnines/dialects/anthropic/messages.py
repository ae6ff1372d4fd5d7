"""Turns of a conversation in Anthropic's format, both ways.

Never sends what the API refuses: turns alternate, so neighbours of one role become one turn; text that is empty or only
white space is left out, and a turn without content with it; ids of tool calls are made unique and kept to the letters
that the API takes, alike in calls and results.
System messages become the `system` parameter wherever they stood. Lost on the way: names of speakers, the detail asked
of an image, whether a tool's result was an error, and thinking of earlier turns, which the API takes back only with the
signature it gave, and the neutral form has none.
Source: Anthropic API reference, "Messages", `messages` and `system`.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from sixnines.dialects import arguments
from sixnines.dialects.neutral import ImagePart, Message, Part, Role, TextPart, ToolCall
from sixnines.dialects.validation import inexpressible, missing, wrong_value
from sixnines.errors import MalformedRequest

_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")
_ROLES = ("user", "assistant", "system")


class _Source(msgspec.Struct, omit_defaults=True):
    type: str
    media_type: str | None = None
    data: str | None = None
    url: str | None = None


class WireBlock(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A content block of a request, of any type that is read here."""

    type: str
    text: str | None = None
    source: _Source | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    tool_use_id: str | None = None
    content: "str | list[WireBlock] | None" = None
    thinking: str | None = None


class WireTurn(msgspec.Struct):
    """A message as it stands in a request."""

    role: str
    content: str | list[WireBlock]


class _CallIds:
    """The ids of a conversation's tool calls, as the API takes them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._latest: dict[str, str] = {}  # what an id stands for now; engines without ids of their own repeat them

    def of_call(self, given: str) -> str:
        """A new id for a call."""
        plain = wanted = _NOT_IN_IDS.sub("_", given) or "call"
        number = 1
        while wanted in self._taken:
            number += 1
            wanted = f"{plain}_{number}"
        self._taken.add(wanted)
        self._latest[given] = wanted
        return wanted

    def of_result(self, given: str | None, at: str) -> str:
        """The id of the call that a result belongs to."""
        if given not in self._latest:
            raise MalformedRequest(
                f"Invalid parameter: '{at}' with role 'tool' must be a response to a preceding message with "
                "'tool_calls'.",
                param=at,
                code="invalid_value",
            )
        return self._latest[given]


def parse(turns: Sequence[WireTurn], system: str | Sequence[WireBlock] | None) -> tuple[Message, ...]:
    """What the turns mean, the system prompt first.

    Raises:
        MalformedRequest: a role or a block that is none, or that only this dialect has.
    """
    messages: list[Message] = []
    if system:
        messages.append(Message(role=Role.SYSTEM, parts=_parts(system, "system")))
    for index, turn in enumerate(turns):
        at = f"messages[{index}]"
        match turn.role:
            case "user":
                messages += _from_user(turn.content, f"{at}.content")
            case "assistant":
                messages.append(_from_assistant(turn.content, f"{at}.content"))
            case "system":
                messages.append(Message(role=Role.SYSTEM, parts=_parts(turn.content, f"{at}.content")))
            case _:
                raise wrong_value(f"{at}.role", turn.role, _ROLES)
    return tuple(messages)


def render(messages: Sequence[Message]) -> tuple[list[WireTurn], list[WireBlock]]:
    """The turns in Anthropic's words, and the system prompt.

    Raises:
        MalformedRequest: nothing is left to answer to, arguments are no object, an image is of no known type, or a
            result belongs to no call.
    """
    ids = _CallIds()
    system: list[WireBlock] = []
    turns: list[tuple[str, list[WireBlock]]] = []
    for index, message in enumerate(messages):
        blocks = list(_blocks(message, ids, f"messages[{index}]"))
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        if message.role is Role.SYSTEM:
            system += blocks
        elif turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    if not turns:
        raise MalformedRequest(
            "Invalid 'messages': this model needs at least one message with content besides those with role 'system'.",
            param="messages",
            code="invalid_value",
        )
    return [WireTurn(role, blocks) for role, blocks in turns], system


def _parts(content: str | Sequence[WireBlock], at: str) -> tuple[Part, ...]:
    if isinstance(content, str):
        return (TextPart(content),)
    return tuple(_part(block, f"{at}[{index}]") for index, block in enumerate(content))


def _part(block: WireBlock, at: str) -> Part:
    match block.type:
        case "text":
            if block.text is None:
                raise missing(f"{at}.text")
            return TextPart(block.text)
        case "image":
            return _image(block.source, f"{at}.source")
        case _:
            raise inexpressible(f"{at}.type", f"its provider takes no content of type '{block.type}'")


def _image(source: _Source | None, at: str) -> ImagePart:
    match source:
        case _Source(type="base64", data=str() as data):
            return ImagePart(media_type=source.media_type, data=data)
        case _Source(type="url", url=str() as url):
            return ImagePart(url=url)
        case None:
            raise missing(at)
        case _:
            raise inexpressible(at, f"its provider takes no images of source type '{source.type}'")


def _from_user(content: str | Sequence[WireBlock], at: str) -> Iterator[Message]:
    """A user's turn: results of tools and what the user says, each a message, in their order."""
    if isinstance(content, str):
        yield Message(role=Role.USER, parts=(TextPart(content),))
        return
    said: list[Part] = []
    for index, block in enumerate(content):
        where = f"{at}[{index}]"
        if block.type != "tool_result":
            said.append(_part(block, where))
            continue
        if said:
            yield Message(role=Role.USER, parts=tuple(said))
            said.clear()
        if block.tool_use_id is None:
            raise missing(f"{where}.tool_use_id")
        result = _parts(block.content or "", f"{where}.content")
        yield Message(role=Role.TOOL, parts=result, tool_call_id=block.tool_use_id)
    if said:
        yield Message(role=Role.USER, parts=tuple(said))


def _from_assistant(content: str | Sequence[WireBlock], at: str) -> Message:
    if isinstance(content, str):
        return Message(role=Role.ASSISTANT, parts=(TextPart(content),) if content else ())
    parts: list[Part] = []
    thoughts: list[str] = []
    calls: list[ToolCall] = []
    for index, block in enumerate(content):
        match block.type:
            case "tool_use":
                calls.append(_tool_call(block, f"{at}[{index}]"))
            case "thinking":
                thoughts.append(block.thinking or "")
            case "redacted_thinking":
                pass  # holds nothing that anyone else can read
            case _:
                parts.append(_part(block, f"{at}[{index}]"))
    return Message(
        role=Role.ASSISTANT,
        parts=tuple(parts),
        reasoning="".join(thoughts) or None,
        tool_calls=tuple(calls),
    )


def _tool_call(block: WireBlock, at: str) -> ToolCall:
    for name in ("id", "name"):
        if getattr(block, name) is None:
            raise missing(f"{at}.{name}")
    if block.input is msgspec.UNSET:
        raise missing(f"{at}.input")
    try:
        text = arguments.as_text(block.input)
    except ValueError as error:
        raise MalformedRequest(f"Invalid '{at}.input': {error}.", param=f"{at}.input", code="invalid_type") from None
    return ToolCall(id=block.id or "", name=block.name or "", arguments=text)


def _blocks(message: Message, ids: _CallIds, at: str) -> Iterator[WireBlock]:
    said = [
        _wire_part(part, f"{at}.content[{index}]")
        for index, part in enumerate(message.parts)
        if isinstance(part, ImagePart) or part.text.strip()
    ]
    if message.role is Role.TOOL:
        call_id = ids.of_result(message.tool_call_id, at)
        yield WireBlock(type="tool_result", tool_use_id=call_id, content=_result(said))
        return
    yield from said
    for index, call in enumerate(message.tool_calls):
        parsed = arguments.as_object(call.arguments)
        if parsed is None:
            where = f"{at}.tool_calls[{index}].function.arguments"
            raise inexpressible(where, "its provider takes only a JSON object as arguments")
        yield WireBlock(type="tool_use", id=ids.of_call(call.id), name=call.name, input=parsed)


def _wire_part(part: Part, at: str) -> WireBlock:
    if isinstance(part, TextPart):
        return WireBlock(type="text", text=part.text)
    if part.url is not None:
        return WireBlock(type="image", source=_Source("url", url=part.url))
    if part.media_type is None:
        raise inexpressible(f"{at}.image_url", "its provider must be told the image's media type")
    return WireBlock(type="image", source=_Source("base64", media_type=part.media_type, data=part.data))


def _result(said: list[WireBlock]) -> str | list[WireBlock] | None:
    match said:
        case []:
            return None
        case [WireBlock(type="text", text=text)]:
            return text
        case _:
            return said
