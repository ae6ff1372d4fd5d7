"""Rewrites for engines that cannot take what their dialect allows. One function a quirk, each proven by a recording.

Never touches what the engine takes as it is, and never fails: a body that is not the expected shape goes out unchanged
and the engine says what is wrong with it.
"""

import msgspec

from sixnines.dialects import rawpatch


class _Body(msgspec.Struct):
    messages: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    response_format: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Message(msgspec.Struct):
    role: str | msgspec.UnsetType = msgspec.UNSET
    content: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _TextPart(msgspec.Struct, tag_field="type", tag="text"):
    text: str


class _Schema(msgspec.Struct):
    schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _SchemaFormat(msgspec.Struct, tag_field="type", tag="json_schema"):
    json_schema: _Schema


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_message = msgspec.json.Decoder(_Message).decode
_decode_parts = msgspec.json.Decoder(list[_TextPart]).decode
_decode_format = msgspec.json.Decoder(_SchemaFormat).decode
_encode = msgspec.json.Encoder().encode


def for_llamacpp_python(body: bytes) -> bytes:
    """A chat as llama-cpp-python's server takes it.

    Text parts become one string: its templates concatenate `content` and fail on a list. A `developer` is a `system`,
    the only name it has for one. A JSON schema goes where it looks for it: beside the type `json_object`.
    """
    try:
        found = _decode_body(body)
    except (msgspec.DecodeError, RecursionError):
        return body
    changes: dict[str, bytes] = {}
    if found.messages is not msgspec.UNSET:
        messages = [_plain(bytes(message)) for message in found.messages]
        if any(new != bytes(old) for new, old in zip(messages, found.messages, strict=True)):
            changes["messages"] = b"[%b]" % b",".join(messages)
    if found.response_format is not msgspec.UNSET:
        schema = _schema(found.response_format)
        if schema is not None:
            changes["response_format"] = b'{"type":"json_object","schema":%b}' % schema
    return rawpatch.replace(body, changes, changes) if changes else body


def _plain(message: bytes) -> bytes:
    """`message` with a role that the engine knows, and a `content` of nothing but text parts as one string."""
    try:
        found = _decode_message(message)
    except (msgspec.DecodeError, RecursionError):
        return message
    changes: dict[str, bytes] = {}
    if found.role == "developer":
        changes["role"] = b'"system"'
    text = None if found.content is msgspec.UNSET else _text(found.content)
    if text is not None:
        changes["content"] = _encode(text)
    return rawpatch.replace(message, changes, changes) if changes else message


def _text(content: msgspec.Raw) -> str | None:
    """The text in a list of text parts; None when `content` is anything else."""
    try:
        parts = _decode_parts(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    # A line feed between parts: so do llama.cpp and vLLM, and a model should see the same prompt everywhere.
    return "\n".join(part.text for part in parts)


def _schema(response_format: msgspec.Raw) -> bytes | None:
    """The JSON Schema in OpenAI's `response_format`, as it came; None if it holds none."""
    try:
        schema = _decode_format(response_format).json_schema.schema
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if schema is msgspec.UNSET else bytes(schema)
