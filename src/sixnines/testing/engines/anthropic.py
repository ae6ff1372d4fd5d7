"""Anthropic's Messages API, from its public reference. Never played by a local engine.

Its ways: a version header is demanded, an answer is a row of blocks, a stream is a row of named events, and overload
has a status of its own (529).
"""

from collections.abc import Callable, Iterator
from itertools import chain

import msgspec

from sixnines.testing.answers import Answer, Call, Tokens
from sixnines.testing.asks import Ask, ToolUse, count_tokens, whole_number
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Shape, State, Talk, Visit, retry_after
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.openai_asks import model_of
from sixnines.testing.openai_parts import EVENTS, JSON, Fields
from sixnines.testing.script import Asked, FinishReason, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import HOLE, Headers, Reel, Reply, Template, frame, json_bytes

_ERRORS = {
    Preset.RATE: Shape(
        429,
        "This request would exceed the rate limit for your organization of 50 requests per minute. Please reduce the "
        "prompt length or the maximum tokens requested, or try again later.",
        "rate_limit_error",
    ),
    Preset.QUOTA: Shape(
        400,
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or "
        "purchase credits.",
        "invalid_request_error",
    ),
    Preset.OVERLOADED: Shape(529, "Overloaded", "overloaded_error"),
    Preset.LOADING: Shape(503, "The model {model} is loading", "api_error"),
    Preset.CONTEXT: Shape(
        400, "prompt is too long: {prompt_tokens} tokens > {window} maximum", "invalid_request_error"
    ),
    Preset.UNAUTHORIZED: Shape(401, "invalid x-api-key", "authentication_error"),
    Preset.MISSING: Shape(404, "model: {model}", "not_found_error"),
    Preset.SERVER_ERROR: Shape(500, "Internal server error", "api_error"),
    Preset.POLICY: Shape(400, "Output blocked by content filtering policy", "invalid_request_error"),
}
_STOP_REASONS = {
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOL_CALLS: "tool_use",
    FinishReason.CONTENT_FILTER: "refusal",
}
_TOOL_USES = {"auto": ToolUse.AUTO, "any": ToolUse.REQUIRED, "tool": ToolUse.REQUIRED, "none": ToolUse.NONE}


class Anthropic(Engine):
    """The stand-in for api.anthropic.com."""

    name = "anthropic"
    object_arguments = True

    def __init__(self) -> None:
        self.routes = {
            "/v1/messages": Talk(Asked.CHAT, _read, _whole, _stream),
            "/v1/messages/count_tokens": Info(_count, ("POST",)),
            "/v1/models": Info(_models),
            "/v1/models/*": Info(_model),
        }

    def key(self, visit: Visit) -> str | None:
        """`x-api-key`, or a bearer token."""
        value = visit.header(b"x-api-key")
        return super().key(visit) if value is None else value.decode("latin-1")

    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:
        """404 or 405 in the envelope."""
        if allowed:
            return _failure(visit.stamp, Shape(405, "Method Not Allowed", "invalid_request_error"))
        return _failure(visit.stamp, Shape(404, "Not Found", "not_found_error"))

    def unreadable(self, visit: Visit, body: bytes) -> Reply:  # noqa: ARG002 - the answer is the same for every body
        """400."""
        message = "The request body is not valid JSON: unexpected end of data"
        return _failure(visit.stamp, Shape(400, message, "invalid_request_error"))

    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply:
        """`{"type": "error", "error": {"type", "message"}}`."""
        shape = _ERRORS[spec.preset]
        fields = _error(shape, shape.text(spec, visit, script), visit.stamp)
        return Reply(shape.status, [*_headers(visit.stamp), *retry_after(spec)], json_bytes(fields))

    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:
        """The same as an `error` event; nothing follows."""
        shape = _ERRORS[spec.preset]
        error: Fields = {"type": shape.type, "message": shape.text(spec, visit, script)}
        return frame(_event({"type": "error", "error": error}))


def _headers(stamp: Stamp, content_type: tuple[bytes, bytes] = JSON) -> Headers:
    organization = (b"anthropic-organization-id", b"00000000-0000-4000-a000-000000000000")
    return [content_type, (b"request-id", _request_id(stamp).encode()), organization]


def _request_id(stamp: Stamp) -> str:
    return f"req_{stamp.hex(24, 'request')}"


def _error(shape: Shape, message: str, stamp: Stamp) -> Fields:
    return {"type": "error", "error": {"type": shape.type, "message": message}, "request_id": _request_id(stamp)}


def _failure(stamp: Stamp, shape: Shape) -> Reply:
    return Reply(shape.status, _headers(stamp), json_bytes(_error(shape, shape.message, stamp)))


def _refuse(visit: Visit, message: str) -> Refused:
    return Refused(_failure(visit.stamp, Shape(400, message, "invalid_request_error")))


# ---- requests


def _read(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    if visit.header(b"anthropic-version") is None:
        raise _refuse(visit, "anthropic-version: header is required")
    for name in ("model", "messages", "max_tokens"):
        if name not in document:
            raise _refuse(visit, f"{name}: Field required")
    limit = whole_number(document["max_tokens"])
    if limit is None or limit < 1:
        raise _refuse(visit, "max_tokens: Input should be greater than or equal to 1")
    if not isinstance(document["messages"], list) or not document["messages"]:
        raise _refuse(visit, "messages: at least one message is required")
    ask = _of_prompt(document)
    ask.stream = document.get("stream") is True
    ask.include_usage = True
    ask.max_tokens = limit
    thinking = document.get("thinking")
    ask.reasoning = isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive")
    _read_tools(document, ask)
    _read_format(document, ask)
    return ask


def _of_prompt(document: Document) -> Ask:
    """Model and prompt: the system text and everything said."""
    messages = document.get("messages")
    said = [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []
    blocks = [block for message in said for block in _blocks(message.get("content"))]
    texts = [_text(block) for block in [*_blocks(document.get("system")), *blocks]]
    prompt = "\n".join(texts)
    last = "\n".join(_text(block) for block in _blocks(said[-1].get("content"))) if said else ""
    images = sum(1 for block in blocks if block.get("type") == "image")
    return Ask(
        Asked.CHAT,
        model=model_of(document),
        prompt=prompt,
        last=last,
        prompt_tokens=count_tokens(prompt),
        images=images,
    )


def _blocks(content: object) -> list[Document]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _text(block: Document) -> str:
    if block.get("type") == "tool_result":
        return "\n".join(_text(inner) for inner in _blocks(block.get("content")))
    return str(block.get("text", ""))


def _read_tools(document: Document, ask: Ask) -> None:
    tools = document.get("tools")
    if not isinstance(tools, list):
        return
    ask.tools = tuple(str(tool["name"]) for tool in tools if isinstance(tool, dict) and "name" in tool)
    choice = document.get("tool_choice")
    choice = choice if isinstance(choice, dict) else {"type": "auto"}
    ask.tool_use = _TOOL_USES.get(str(choice.get("type")), ToolUse.AUTO)
    if choice.get("type") == "tool":
        ask.tool_name = str(choice.get("name"))


def _read_format(document: Document, ask: Ask) -> None:
    config = document.get("output_config")
    wanted = config.get("format") if isinstance(config, dict) else None
    if isinstance(wanted, dict) and isinstance(wanted.get("schema"), dict):
        ask.json_output, ask.schema = True, wanted["schema"]


# ---- answers


def _usage(answer: Answer, generated: int) -> Fields:
    tally = answer.tally
    if tally is None:
        return {}
    cached: Fields = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": tally.cached}
    return {"usage": {"input_tokens": tally.prompt - tally.cached, **cached, "output_tokens": generated}}


def _generated(answer: Answer) -> int:
    return 0 if answer.tally is None else answer.tally.completion


def _stop_reason(answer: Answer) -> str | None:
    return None if answer.finish is None else _STOP_REASONS[answer.finish]


def _message(ask: Ask, stamp: Stamp, content: list[Fields], stop: str | None) -> Fields:
    head: Fields = {"id": f"msg_{stamp.hex(24)}", "type": "message", "role": "assistant", "model": ask.model}
    return head | {"content": content, "stop_reason": stop, "stop_sequence": None}


def _call_id(position: int, call: Call, stamp: Stamp) -> str:
    return call.id or f"toolu_{stamp.hex(24, str(position))}"


def _whole(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    content: list[Fields] = []
    if answer.reasoning:
        content.append({"type": "thinking", "thinking": answer.reasoning.text, "signature": stamp.hex(32, "signature")})
    if answer.content or not answer.calls:
        content.append({"type": "text", "text": answer.content.text})
    for position, call in enumerate(answer.calls):
        entry: Fields = {"type": "tool_use", "id": _call_id(position, call, stamp), "name": call.name}
        content.append(entry | {"input": _object(call)})
    fields = _message(ask, stamp, content, _stop_reason(answer)) | _usage(answer, _generated(answer))
    return Reply(200, _headers(stamp), json_bytes(fields))


def _object(call: Call) -> object:
    return msgspec.json.decode(call.arguments)


# ---- streams


def _event(fields: Fields) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (str(fields["type"]).encode(), json_bytes(fields))


def _block(index: int, start: Fields, deltas: Iterator[bytes], last: Fields | None = None) -> Iterator[bytes]:
    """One block; its start comes with its first delta and its end with its last, so that a step is a token."""
    lead = frame(_event({"type": "content_block_start", "index": index, "content_block": start}))
    end = b"" if last is None else frame(_event({"type": "content_block_delta", "index": index, "delta": last}))
    end += frame(_event({"type": "content_block_stop", "index": index}))
    held = next(deltas, b"")
    for delta in deltas:
        yield lead + held
        lead, held = b"", delta
    yield lead + held + end


def _deltas(index: int, tokens: Tokens, make: Callable[[object], Fields]) -> Iterator[bytes]:
    event = _event({"type": "content_block_delta", "index": index, "delta": make(HOLE)})
    return map(Template(event).fill, tokens.encoded)


def _steps(answer: Answer, stamp: Stamp) -> Iterator[Iterator[bytes]]:
    index = 0
    if answer.reasoning:
        thinking = _deltas(index, answer.reasoning, lambda token: {"type": "thinking_delta", "thinking": token})
        signature: Fields = {"type": "signature_delta", "signature": stamp.hex(32, "signature")}
        yield _block(index, {"type": "thinking", "thinking": "", "signature": ""}, thinking, signature)
        index += 1
    if answer.content or not answer.calls:
        texts = _deltas(index, answer.content, lambda token: {"type": "text_delta", "text": token})
        yield _block(index, {"type": "text", "text": ""}, texts)
        index += 1
    for position, call in enumerate(answer.calls):
        parts = _deltas(index, call.tokens, lambda token: {"type": "input_json_delta", "partial_json": token})
        start: Fields = {"type": "tool_use", "id": _call_id(position, call, stamp), "name": call.name, "input": {}}
        yield _block(index, start, parts)
        index += 1


def _stream(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    message = _message(ask, stamp, [], None) | _usage(answer, 1)
    ping = frame(_event({"type": "ping"}))
    delta: Fields = {"type": "message_delta", "delta": {"stop_reason": _stop_reason(answer), "stop_sequence": None}}
    if answer.tally is not None:
        delta["usage"] = {"output_tokens": answer.tally.completion}
    return Reel(
        headers=_headers(stamp, EVENTS),
        opening=frame(_event({"type": "message_start", "message": message})) + ping,
        steps=chain.from_iterable(_steps(answer, stamp)),
        closing=b"" if answer.finish is None else frame(_event(delta)),
        terminator=frame(_event({"type": "message_stop"})),
        ping=ping,
    )


# ---- information


def _count(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    counted = _of_prompt(visit.document or {}).prompt_tokens
    return Reply(200, _headers(visit.stamp), json_bytes({"input_tokens": counted}))


def _about(name: str) -> Fields:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}


def _models(visit: Visit, state: State) -> Reply:
    names = state.script.models
    listed: Fields = {"data": [_about(name) for name in names], "has_more": False}
    return Reply(200, _headers(visit.stamp), json_bytes(listed | {"first_id": names[0], "last_id": names[-1]}))


def _model(visit: Visit, state: State) -> Reply:
    name = visit.path.removeprefix("/v1/models/")
    if name in state.script.models:
        return Reply(200, _headers(visit.stamp), json_bytes(_about(name)))
    return _failure(visit.stamp, Shape(404, f"model: {name}", "not_found_error"))
