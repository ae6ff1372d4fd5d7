"""Short bodies, read as a whole by typed decoders: every message counts, two of them are looked into.

Never builds what is not needed. A value that the endpoint has let pass and that is not understood here is not counted.
Linear in the body.
"""

from collections.abc import Sequence

import msgspec

from sixnines.domain.features import Output
from sixnines.domain.operation import Operation
from sixnines.routing.reading import tokens
from sixnines.routing.reading.excerpt import Excerpt, both_ends

_NOTHING = msgspec.Raw(b"")
_QUOTE = b'"'
_PICTURE = b'"image_url"'
_SYSTEM = frozenset(("system", "developer"))
_RESULTS = frozenset(("tool", "function"))
# Bytes around the text of a message, which models are given as about four tokens.
_AROUND = 16


class _Message(msgspec.Struct, gc=False):
    role: str
    content: msgspec.Raw = _NOTHING
    tool_calls: msgspec.Raw = _NOTHING


class _Chat(msgspec.Struct, gc=False):
    messages: list[_Message]
    tools: msgspec.Raw = _NOTHING
    response_format: msgspec.Raw = _NOTHING


class _Completion(msgspec.Struct, gc=False):
    prompt: msgspec.Raw = _NOTHING
    response_format: msgspec.Raw = _NOTHING


class _Embedding(msgspec.Struct, gc=False):
    input: msgspec.Raw = _NOTHING


class _Part(msgspec.Struct, gc=False):
    type: msgspec.Raw = _NOTHING
    text: msgspec.Raw = _NOTHING


class _Format(msgspec.Struct, gc=False):
    type: msgspec.Raw = _NOTHING
    schema: msgspec.Raw = _NOTHING


# JSON strings.
_Texts = Sequence[msgspec.Raw]

_CHAT = msgspec.json.Decoder(_Chat)
_COMPLETION = msgspec.json.Decoder(_Completion)
_EMBEDDING = msgspec.json.Decoder(_Embedding)
_text = msgspec.json.Decoder(str).decode
_parts = msgspec.json.Decoder(list[_Part]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_format = msgspec.json.Decoder(_Format).decode


def read(body: bytes, operation: Operation) -> Excerpt:
    """What a short body tells.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: it is not JSON, or not an object of the operation's shape.
        RecursionError: it is nested more deeply than the stack has room for here.
    """
    match operation:
        case Operation.CHAT:
            return _chat(body)
        case Operation.COMPLETION:
            completion = _COMPLETION.decode(body)
            return _prompt(body, completion.prompt, output=_output(completion.response_format), turns=1)
        case Operation.EMBEDDING:
            return _prompt(body, _EMBEDDING.decode(body).input, output=Output.TEXT, turns=0)


def _chat(body: bytes) -> Excerpt:
    chat = _CHAT.decode(body)
    turns = results = images = asked = 0
    size = len(chat.tools)
    texts: list[_Texts] = []
    for index, message in enumerate(chat.messages):
        if message.role == "user":
            turns += 1
            asked = index
        elif message.role in _RESULTS:
            results += 1
        said, pictures = _content(message.content)
        texts.append(said)
        images += pictures
        size += sum(map(len, said)) + len(message.tool_calls) + _AROUND
    beside = -1 if asked + 1 < len(texts) else asked - 1
    return Excerpt(
        text_tokens=round(size * tokens.per_byte(body)),
        asked=_joined(texts[asked]) if texts else b"",
        beside=_joined(texts[beside]) if len(texts) > 1 and chat.messages[beside].role not in _SYSTEM else b"",
        turns=turns,
        tools=_count(chat.tools),
        tool_messages=results,
        images=images,
        output=_output(chat.response_format),
    )


def _prompt(body: bytes, value: msgspec.Raw, *, output: Output, turns: int) -> Excerpt:
    """A completion's prompt or what is to be embedded: a text, several, or tokens by their numbers."""
    raw = bytes(value)
    if b'"' not in raw:
        return Excerpt(raw.count(b",") + 1, turns=turns, output=output)
    texts = [value] if raw.startswith(_QUOTE) else [each for each in _items(raw) if bytes(each).startswith(_QUOTE)]
    size = sum(map(len, texts))
    return Excerpt(round(size * tokens.per_byte(body)), _joined(texts), turns=turns, output=output)


def _content(value: msgspec.Raw) -> tuple[_Texts, int]:
    """The texts of a message, and how many pictures it has."""
    raw = bytes(value)
    if raw.startswith(_QUOTE):
        return (value,), 0
    if not raw.startswith(b"["):
        return (), 0
    try:
        parts = _parts(raw)
    except msgspec.ValidationError:  # not all of them objects: engines will refuse it
        return (), 0
    images = sum(1 for each in parts if bytes(each.type) == _PICTURE)
    return tuple(each.text for each in parts if bytes(each.text).startswith(_QUOTE)), images


def _joined(texts: _Texts) -> bytes:
    """Both ends of all the texts together."""
    return both_ends("\n".join(map(_text, texts)))


def _count(tools: msgspec.Raw) -> int:
    return len(_items(tools)) if bytes(tools).startswith(b"[") else 0


def _output(wanted: msgspec.Raw) -> Output:
    """The form that a `response_format` asks for."""
    if not bytes(wanted).startswith(b"{"):
        return Output.TEXT
    found = _format(wanted)
    kind = bytes(found.type)
    if kind == b'"json_schema"' or (kind == b'"json_object"' and bytes(found.schema).startswith(b"{")):
        return Output.SCHEMA
    return Output.JSON if kind == b'"json_object"' else Output.TEXT
