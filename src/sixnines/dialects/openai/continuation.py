"""OpenAI's requests for the rest of an answer: the text so far put behind the messages, or behind the prompt.

Never touches what it does not have to: everything else in the body stays as its bytes came.
Source: OpenAI API reference, "Create chat completion" and "Create completion"; fields of other engines where named.
"""

import msgspec

from sixnines.dialects import rawpatch
from sixnines.domain.operation import Operation

_NULL = b"null"
# What makes an answer more than one plain text, or binds it to a grammar that would start anew in the middle of it.
# With each, the values that ask for nothing.
_BINDING: dict[str, frozenset[bytes]] = {
    "n": frozenset({b"1"}),
    "best_of": frozenset({b"1"}),
    "use_beam_search": frozenset({b"false"}),
    "logprobs": frozenset({b"false"}),
    "prompt_logprobs": frozenset(),
    "echo": frozenset({b"false"}),
    "modalities": frozenset({b'["text"]'}),
    "audio": frozenset(),
    # vLLM; `structured_outputs` since 0.11.
    "guided_json": frozenset(), "guided_regex": frozenset(), "guided_choice": frozenset(),
    "guided_grammar": frozenset(), "structured_outputs": frozenset(), "structural_tag": frozenset(),
    # llama.cpp, llama-cpp-python, SGLang, Ollama, Anthropic.
    "grammar": frozenset(), "json_schema": frozenset(), "regex": frozenset(), "ebnf": frozenset(),
    "format": frozenset(), "output_config": frozenset(),
}  # fmt: skip
# Ollama puts a prompt into a chat template where one of these is given: what follows the prompt is then no part of the
# answer.
_TEMPLATING: dict[str, frozenset[bytes]] = {
    "raw": frozenset({b"true"}), "template": frozenset(), "system": frozenset(),
}  # fmt: skip
_LIMITS = ("max_tokens", "max_completion_tokens")


class _Format(msgspec.Struct):
    type: str | None = None


class _Message(msgspec.Struct):
    role: str | None = None
    content: str | list[msgspec.Raw] | None = None
    tool_calls: list[msgspec.Raw] | None = None
    function_call: object = None


class _Part(msgspec.Struct):
    type: object = None
    text: object = None


_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_format = msgspec.json.Decoder(_Format | None).decode
_decode_message = msgspec.json.Decoder(_Message).decode
_decode_part = msgspec.json.Decoder(_Part).decode
_decode_text = msgspec.json.Decoder(str).decode
_decode_limit = msgspec.json.Decoder(int | None).decode
_encode = msgspec.json.Encoder().encode


def continuable(operation: Operation, body: bytes) -> bool:
    """Whether the answer is one plain text that another can go on with."""
    try:
        members = _decode_members(body)
        _limits(members, 0)
        return _is_free(members, _BINDING) and _ends_open(operation, members)
    except (msgspec.DecodeError, RecursionError):
        return False


def continued(operation: Operation, body: bytes, text: str, tokens: int) -> bytes:
    """The body that asks for what follows `text`, which took so many `tokens` of the answer's limit."""
    members = _decode_members(body)
    changes = _limits(members, tokens)
    if operation is Operation.COMPLETION:
        changes["prompt"] = _encode(_decode_text(members["prompt"]) + text)
    elif text:
        changes["messages"] = _with_answer(_decode_list(members["messages"]), text)
    return rawpatch.replace(body, changes, members)


def _is_free(members: dict[str, msgspec.Raw], fields: dict[str, frozenset[bytes]]) -> bool:
    return all(
        (value := bytes(members.get(name, _NULL))) == _NULL or value.replace(b" ", b"") in harmless
        for name, harmless in fields.items()
    )


def _ends_open(operation: Operation, members: dict[str, msgspec.Raw]) -> bool:
    """Whether text can be put behind what is asked."""
    if operation is Operation.COMPLETION:
        return _is_free(members, _TEMPLATING) and bytes(members["prompt"]).startswith(b'"')
    if operation is not Operation.CHAT:
        return False
    wanted = _decode_format(members.get("response_format", _NULL))
    if wanted is not None and wanted.type != "text":
        return False
    last = _decode_message(_decode_list(members["messages"])[-1])
    return last.role != "assistant" or not (last.tool_calls or last.function_call)


def _limits(members: dict[str, msgspec.Raw], tokens: int) -> dict[str, bytes]:
    """The limits of the answer that are set, as they are once `tokens` of it are there."""
    return {name: b"%d" % left for name in _LIMITS if (left := _left(members.get(name), tokens)) is not None}


def _left(raw: msgspec.Raw | None, tokens: int) -> int | None:
    """How many tokens may follow; None where no limit was set."""
    limit = None if raw is None else _decode_limit(raw)
    # Below zero is how some engines say "no limit".
    return None if limit is None or limit < 0 else max(1, limit - tokens)


def _with_answer(messages: list[msgspec.Raw], text: str) -> bytes:
    """The messages with `text` behind them: behind the last, where that is already the beginning of the answer."""
    raws = [bytes(message) for message in messages]
    last = _decode_message(raws[-1])
    if last.role == "assistant":
        raws[-1] = _extended(raws[-1], last.content, text)
    else:
        raws.append(b'{"role":"assistant","content":%b}' % _encode(text))
    return b"[%b]" % b",".join(raws)


def _extended(message: bytes, content: str | list[msgspec.Raw] | None, text: str) -> bytes:
    present = _decode_members(message)
    if not isinstance(content, list):
        return rawpatch.replace(message, {"content": _encode((content or "") + text)}, present)
    parts = [bytes(part) for part in content]
    # Engines put a line end between two parts.
    last = _decode_part(parts[-1]) if parts else _Part()
    if last.type == "text" and isinstance(last.text, str):
        parts[-1] = _encode({"type": "text", "text": last.text + text})
    else:
        parts.append(_encode({"type": "text", "text": text}))
    return rawpatch.replace(message, {"content": b"[%b]" % b",".join(parts)}, present)
