"""The llama.cpp Python server (`llama_cpp.server`), as recorded from a real one.

Its ways: a caller's mistake is a 500, a stream never reports usage, a prompt that is too long ends a stream before it
begins, tools are called only by name, embeddings come token by token, and a new request may cut the running one short.
"""

import json
import zlib

from sixnines.testing.answers import Answer, Call, tokenize
from sixnines.testing.asks import Ask, ToolUse
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Shape, State, Talk, Visit, retry_after
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.openai_asks import model_of, read_chat, read_completion, read_embedding, texts_of
from sixnines.testing.openai_parts import EVENTS, JSON, Fields, error_object, logprob, whole_call
from sixnines.testing.openai_style import Style, TextStyle
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply, json_bytes, sse

_ROLES = ("system", "user", "assistant", "tool", "function")
_HOLE = b'"\\u0000"'  # how Python's JSON writes the mark

_ERRORS = {
    Preset.RATE: Shape(429, "Rate limit exceeded", "rate_limit_error", "rate_limit_exceeded"),
    Preset.QUOTA: Shape(402, "The quota of this key is used up", "insufficient_quota", "insufficient_quota"),
    Preset.OVERLOADED: Shape(503, "Service Unavailable", "server_error"),
    Preset.LOADING: Shape(503, "Loading model", "server_error"),
    Preset.CONTEXT: Shape(
        400,
        "This model's maximum context length is {window} tokens. However, you requested {prompt_tokens} tokens "
        "({prompt_tokens} in the messages, 0 in the completion). Please reduce the length of the messages or "
        "completion.",
        "invalid_request_error",
        "context_length_exceeded",
        "messages",
    ),
    Preset.UNAUTHORIZED: Shape(401, "Invalid API key"),
    Preset.MISSING: Shape(404, "Model {model} not found", "invalid_request_error", "model_not_found", "model"),
    Preset.SERVER_ERROR: Shape(500, "llama_decode returned -3", "internal_server_error"),
    Preset.POLICY: Shape(
        400, "The request was blocked by the content filter", "invalid_request_error", "content_filter"
    ),
}


class LlamaCppPython(Engine):
    """The stand-in for `python -m llama_cpp.server`."""

    name = "llamacpp-python"
    any_model = True
    hears_hangup = False
    keep_alive_s = 5.0

    def __init__(self) -> None:
        self.routes = {
            "/v1/chat/completions": Talk(Asked.CHAT, _chat, _whole_chat, _stream_chat),
            "/v1/completions": Talk(Asked.COMPLETION, _completion, _whole_completion, _stream_completion),
            "/v1/embeddings": Talk(Asked.EMBEDDING, _embedding, _whole_embedding),
            "/v1/models": Info(_models, ("GET",), waits=True),
            "/extras/tokenize": Info(_tokenize, ("POST",)),
            "/extras/tokenize/count": Info(_count, ("POST",)),
            "/openapi.json": Info(_openapi, ("GET",)),
        }

    def check(self, script: Script) -> str | None:  # noqa: ARG002 - it plays every script
        """None: this kind interrupts."""
        return None

    def guarded(self, path: str) -> bool:
        """All but the description of the API."""
        return path != "/openapi.json"

    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:
        """404 or 405 in FastAPI's form; any preflight is welcome."""
        if visit.method == "OPTIONS":
            cors: Headers = [
                (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
                (b"access-control-allow-methods", b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
                (b"access-control-max-age", b"600"),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-allow-origin", visit.header(b"origin") or b""),
                (b"content-type", b"text/plain; charset=utf-8"),
            ]
            return Reply(200, [(b"server", b"uvicorn"), *cors], b"OK")
        if allowed:
            allow = (b"allow", ", ".join(allowed).encode())
            return _failure(visit.stamp, 405, {"detail": "Method Not Allowed"}, [allow])
        return _failure(visit.stamp, 404, {"detail": "Not Found"})

    def unreadable(self, visit: Visit, body: bytes) -> Reply:  # noqa: ARG002 - the answer is the same for every body
        """500 in plain text, and the connection closes."""
        headers = [(b"server", b"uvicorn"), (b"content-type", b"text/plain; charset=utf-8")]
        return Reply(500, headers, b"Internal Server Error", close=True)

    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply | Reel:
        """OpenAI's envelope; a stream whose prompt is too long is empty instead."""
        if spec.preset is Preset.CONTEXT and visit.ask is not None and visit.ask.stream:
            return Reel(_stream_headers(visit.stamp), b"", iter(()), b"", b"", close=True)
        shape = _ERRORS[spec.preset]
        message = shape.text(spec, visit, script)
        fields: Fields = {"detail": message}
        if spec.preset is not Preset.UNAUTHORIZED:
            fields = error_object(message, shape.type, code=shape.code, param=shape.param)
        return _failure(visit.stamp, shape.status, fields, retry_after(spec))

    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:  # noqa: ARG002 - nothing is said
        """Nothing: the stream ends without a word."""
        return b""


def _headers(stamp: Stamp) -> Headers:
    marks = [(b"x-request-id", stamp.hex(32, "request").encode()), (b"vary", b"Origin")]
    return [(b"server", b"uvicorn"), JSON, (b"openai-processing-ms", b"12"), *marks]


def _stream_headers(stamp: Stamp) -> Headers:
    kept = [header for header in _headers(stamp) if header is not JSON]
    return [*kept, (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"), EVENTS]


def _failure(stamp: Stamp, status: int, fields: Fields, more: Headers | None = None) -> Reply:
    headers = [header for header in _headers(stamp) if header[0] != b"openai-processing-ms"]
    return Reply(status, [*headers, *(more or [])], json_bytes(fields))


def _internal(visit: Visit, message: str) -> Refused:
    return Refused(_failure(visit.stamp, 500, error_object(message, "internal_server_error")))


def _invalid(visit: Visit, where: str, what: str) -> Refused:
    problem = f"1 validation error:\n  {{'type': '{what}', 'loc': {where}}}"
    return _internal(visit, f'{problem}\n\n  File "server/app.py"\n    POST {visit.path}')


def _chat(document: Document, visit: Visit, script: Script) -> Ask:
    messages = document.setdefault("messages", [])
    if not isinstance(messages, list):
        raise _invalid(visit, "('body', 'messages')", "list_type")
    if isinstance(document.get("temperature"), str):
        raise _invalid(visit, "('body', 'temperature')", "float_parsing")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in {
            "system",
            "user",
            "assistant",
            "tool",
            "function",
        }:
            raise _invalid(visit, f"('body', 'messages', {number}, 'role')", "literal_error")
        if isinstance(message.get("content"), list):
            raise _internal(visit, 'can only concatenate str (not "list") to str')
    wanted = document.get("response_format")
    if isinstance(wanted, dict) and wanted.get("type") not in ("text", "json_object"):
        raise _invalid(visit, "('body', 'response_format', 'type')", "literal_error")
    ask = read_chat(document)
    if ask.tool_name is None:
        ask.tool_use = ToolUse.NONE
    return _narrowed(ask, document, script)


def _completion(document: Document, visit: Visit, script: Script) -> Ask:
    if "prompt" in document and not isinstance(document["prompt"], str | list):
        raise _invalid(visit, "('body', 'prompt')", "string_type")
    return _narrowed(read_completion(document), document, script)


def _narrowed(ask: Ask, document: Document, script: Script) -> Ask:
    """One choice, no usage in streams, no thinking apart, and the model's file where no model is named."""
    ask.choices = 1
    ask.include_usage = False
    ask.reasoning = False
    ask.served = model_of(document) or f"models/{script.models[0]}.gguf"
    return ask


def _embedding(document: Document, visit: Visit, script: Script) -> Ask:
    if "input" not in document:
        raise _invalid(visit, "('body', 'input')", "missing")
    return _narrowed(read_embedding(document), document, script)


def _reply(stamp: Stamp, fields: Fields, answer: Answer) -> Reply:
    tally = answer.tally
    usage: Fields = {}
    if tally is not None:
        counts = {"prompt_tokens": tally.prompt, "completion_tokens": tally.completion, "total_tokens": tally.total}
        usage = {"usage": counts}
    return Reply(200, _headers(stamp), json_bytes(fields | usage))


def _whole_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    message: Fields = {"content": answer.content.text, "role": "assistant"}
    if answer.calls:
        calls = [whole_call(call, _call_id(call, position, stamp)) for position, call in enumerate(answer.calls)]
        old_form = {"name": answer.calls[0].name, "arguments": answer.calls[0].arguments}
        message = {"content": None, "tool_calls": calls, "role": "assistant", "function_call": old_form}
    logprobs: object = None
    if ask.logprobs is not None:
        top = ask.logprobs
        logprobs = {"content": [_logprob(piece, top) for piece in answer.content.pieces], "refusal": None}
    choice: Fields = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": answer.finish}
    head: Fields = {"id": f"chatcmpl-{stamp.uuid()}", "object": "chat.completion", "created": stamp.created}
    return _reply(stamp, head | {"model": ask.served, "choices": [choice]}, answer)


def _call_id(call: Call, position: int, stamp: Stamp) -> str:
    return f"call__{position}_{call.name}_cmpl-{stamp.uuid()}"


def _logprob(piece: str, top: int) -> Fields:
    return logprob(piece, top, more={"bytes": None})


def _whole_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    choice: Fields = {"text": answer.content.text, "index": 0, "logprobs": None, "finish_reason": answer.finish}
    head: Fields = {"id": f"cmpl-{stamp.uuid()}", "object": "text_completion", "created": stamp.created}
    return _reply(stamp, head | {"model": ask.served, "choices": [choice]}, answer)


def _whole_embedding(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    data = [
        {"object": "embedding", "embedding": [vector] * max(len(tokenize(text)), 1), "index": number}
        for number, (text, vector) in enumerate(zip(ask.inputs, answer.vectors, strict=True))
    ]
    fields: Fields = {"object": "list", "data": data, "model": ask.served}
    if answer.tally is not None:
        fields["usage"] = {"prompt_tokens": answer.tally.prompt, "total_tokens": answer.tally.prompt}
    return Reply(200, _headers(stamp), json_bytes(fields))


class _ChatStyle(Style):
    """JSON with spaces; a call repeats its id and name in every event, in the new form and the old."""

    hole = _HOLE

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:  # noqa: ARG002 - never reported
        fields: Fields = {
            "id": f"chatcmpl-{self.stamp.uuid()}",
            "model": self.ask.served,
            "created": self.stamp.created,
        }
        return _spaced(fields | {"object": "chat.completion.chunk", "choices": choices})

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}

    def role(self) -> Fields | None:
        return self._of_call(None, None, "assistant") if self.answer.calls else {"role": "assistant"}

    def ended(self) -> Fields:
        return self._of_call(None, None, None) if self.answer.calls else {}

    def call(self, position: int, call: Call) -> Fields:
        return self.arguments(position, call, "")

    def arguments(self, position: int, call: Call, token: object) -> Fields:
        function = {"name": call.name, "arguments": token}
        call_id = _call_id(call, position, self.stamp)
        return self._of_call(
            function, [{"index": position, "id": call_id, "type": "function", "function": function}], None
        )

    def _of_call(self, function: Fields | None, calls: list[Fields] | None, role: str | None) -> Fields:
        return {"role": role, "content": None, "function_call": function, "tool_calls": calls}

    def logprobs(self, token: str) -> object:
        return {"content": [_logprob(token, self.ask.logprobs or 0)], "refusal": None}


class _CompletionStyle(TextStyle):
    """Text and finish."""

    hole = _HOLE

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:  # noqa: ARG002 - never reported
        fields: Fields = {"id": f"cmpl-{self.stamp.uuid()}", "object": "text_completion", "created": self.stamp.created}
        return _spaced(fields | {"model": self.ask.served, "choices": choices})

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        return {**delta, "index": index, "logprobs": logprobs, "finish_reason": finish}


def _spaced(fields: Fields) -> bytes:
    """An event in Python's own JSON, with a space after every colon and comma."""
    return sse(json.dumps(fields, default=_mark).encode())


def _mark(hole: object) -> str:  # noqa: ARG001 - the only thing here that is not JSON is the hole
    return "\0"


def _stream_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _ChatStyle(ask, answer, stamp).reel(_stream_headers(stamp))


def _stream_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _CompletionStyle(ask, answer, stamp).reel(_stream_headers(stamp))


def _models(visit: Visit, state: State) -> Reply:
    data = [{"id": name, "object": "model", "owned_by": "me", "permissions": []} for name in state.script.models]
    return Reply(200, _headers(visit.stamp), json_bytes({"object": "list", "data": data}))


def _tokens(visit: Visit) -> list[int]:
    text = "".join(texts_of((visit.document or {}).get("input")))
    return [zlib.crc32(piece.encode()) % 49152 for piece in tokenize(text).pieces]


def _tokenize(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    return Reply(200, _headers(visit.stamp), json_bytes({"tokens": _tokens(visit)}))


def _count(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    return Reply(200, _headers(visit.stamp), json_bytes({"count": len(_tokens(visit))}))


def _openapi(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    about = {"title": "\N{LLAMA} llama.cpp Python API", "version": "0.3.36"}
    return Reply(200, _headers(visit.stamp), json_bytes({"openapi": "3.1.0", "info": about, "paths": {}}))
