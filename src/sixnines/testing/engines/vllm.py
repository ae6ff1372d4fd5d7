"""vLLM's OpenAI server, as recorded from a real one.

Its ways: only its own models are served, the finish reason is on the last token, many fields are null, an error inside
a stream is followed by `[DONE]`, and a bad key is answered with a string where everything else has an object.
"""

import json
import zlib

from sixnines.testing.answers import Answer, Call, Tally, tokenize
from sixnines.testing.asks import Ask
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Shape, State, Talk, Visit, retry_after
from sixnines.testing.engines.vllm_metrics import metrics
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.openai_asks import read_chat, read_completion, read_embedding, texts_of
from sixnines.testing.openai_parts import EVENTS, JSON, Fields, error_object, logprob, vectors, whole_call
from sixnines.testing.openai_style import Style, TextStyle, compact
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply, frame, json_bytes, sse

_VERSION = "0.32.0"
_FINGERPRINT = f"vllm-{_VERSION}-0fbd4d11"
_SERVER: Headers = [(b"server", b"uvicorn"), (b"vary", b"Origin")]

_ERRORS = {
    Preset.RATE: Shape(429, "Too many requests", "Too Many Requests"),
    Preset.QUOTA: Shape(402, "The quota of this key is used up", "Payment Required"),
    Preset.OVERLOADED: Shape(
        503,
        "The engine is currently busy and cannot accept new requests. Please try again later or on a different "
        "instance.",
        "Service Unavailable",
    ),
    Preset.LOADING: Shape(503, "The model {model} is loading", "Service Unavailable"),
    Preset.CONTEXT: Shape(
        400,
        "This model's maximum context length is {window} tokens. However, your prompt contains at least "
        "{prompt_tokens} input tokens, which exceeds this limit even without any output tokens. Please reduce the "
        "length of the input prompt. (parameter=input_tokens, value={prompt_tokens})",
        "BadRequestError",
        param="input_tokens",
    ),
    Preset.UNAUTHORIZED: Shape(401, "Unauthorized"),
    Preset.MISSING: Shape(
        404, "The model `{model}` does not exist. Valid aliases: {known}.", "NotFoundError", param="model"
    ),
    Preset.SERVER_ERROR: Shape(
        500, "EngineCore encountered an issue. See stack trace (above) for the root cause.", "InternalServerError"
    ),
    Preset.POLICY: Shape(400, "The request was blocked by the content filter", "BadRequestError"),
}


class Vllm(Engine):
    """The stand-in for vLLM's `api_server`."""

    name = "vllm"
    done_after_error = True
    keep_alive_s = 5.0

    def __init__(self) -> None:
        empty = Info(lambda _visit, _state: Reply(200, _SERVER, b""))
        self.routes = {
            "/v1/chat/completions": Talk(Asked.CHAT, _chat, _whole_chat, _stream_chat),
            "/v1/completions": Talk(Asked.COMPLETION, _completion, _whole_completion, _stream_completion),
            "/v1/embeddings": Talk(Asked.EMBEDDING, _embedding, _whole_embedding),
            "/v1/models": Info(_models, ("GET",)),
            "/health": empty,
            "/ping": empty,
            "/version": Info(lambda _visit, _state: _reply({"version": _VERSION}), ("GET",)),
            "/load": Info(lambda _visit, state: _reply({"server_load": state.running + state.waiting}), ("GET",)),
            "/metrics": Info(_metrics, ("GET",)),
            "/tokenize": Info(_tokenize, ("POST",)),
        }

    def guarded(self, path: str) -> bool:
        """Only what lies under `/v1`."""
        return path.startswith("/v1/")

    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:
        """404 or 405 in FastAPI's form; no preflight is welcome."""
        if visit.method == "OPTIONS":
            cors: Headers = [
                (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
                (b"access-control-allow-methods", b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
                (b"access-control-max-age", b"600"),
                (b"content-type", b"text/plain; charset=utf-8"),
            ]
            return Reply(400, [(b"server", b"uvicorn"), *cors], b"Disallowed CORS origin")
        if allowed:
            allow = (b"allow", ", ".join(allowed).encode())
            return Reply(405, [*_SERVER, allow, JSON], json_bytes({"detail": "Method Not Allowed"}))
        return Reply(404, [*_SERVER, JSON], json_bytes({"detail": "Not Found"}))

    def unreadable(self, visit: Visit, body: bytes) -> Reply:  # noqa: ARG002 - the path does not matter here
        """400 with a validation error."""
        if not body:
            return _invalid("body", "missing").reply
        return _invalid(f"body.{len(body) - 1}", "json_invalid").reply

    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply:
        """OpenAI's envelope with the status as code; a string for a bad key."""
        shape = _ERRORS[spec.preset]
        if spec.preset is Preset.UNAUTHORIZED:  # from a layer above the one that varies by origin
            return Reply(401, [_SERVER[0], JSON], json_bytes({"error": shape.text(spec, visit, script)}))
        return Reply(shape.status, [*_SERVER, JSON, *retry_after(spec)], json_bytes(_error(spec, visit, script)))

    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:
        """The same object in Python's own JSON."""
        return frame(sse(json.dumps(_error(spec, visit, script)).encode()))


def _error(spec: ErrorSpec, visit: Visit, script: Script) -> Fields:
    shape = _ERRORS[spec.preset]
    if spec.preset is Preset.MISSING and visit.ask is not None and visit.ask.operation is Asked.EMBEDDING:
        shape = Shape(404, "The model `{model}` does not exist.", "NotFoundError")
    return error_object(shape.text(spec, visit, script), shape.type, code=shape.status, param=shape.param)


def _reply(fields: Fields) -> Reply:
    return Reply(200, [*_SERVER, JSON], json_bytes(fields))


def _refusal(message: str, kind: str, param: str | None) -> Refused:
    return Refused(Reply(400, [*_SERVER, JSON], json_bytes(error_object(message, kind, code=400, param=param))))


def _invalid(where: str, what: str) -> Refused:
    return _refusal(f"1 validation error:\n  {{'type': '{what}', 'loc': '{where}'}}", "Bad Request", where)


def _bad(message: str, param: str | None = None, value: object = None) -> Refused:
    told = "" if param is None else f" (parameter={param}, value={value})"
    return _refusal(message + told, "BadRequestError", param)


def _check(document: Document, script: Script, name: str) -> None:
    """What chat and completion have in common."""
    if name not in document:
        raise _invalid(f"body.{name}", "missing")
    temperature = document.get("temperature", 0)
    if isinstance(temperature, str):
        raise _invalid("body.temperature", "float_parsing")
    if isinstance(temperature, int | float) and temperature < 0:
        raise _bad(f"temperature must be non-negative, got {float(temperature)}.", "temperature", float(temperature))
    if document.get("n", 1) == 0:
        raise _bad("n must be at least 1, got 0.")
    if document.get("stream") is not True and document.get("stream_options") is not None:
        message = "Stream options can only be defined when `stream=True`. (parameter=stream_options)"
        raise _refusal(message, "BadRequestError", "stream_options")
    limit = document.get("max_tokens", document.get("max_completion_tokens"))
    if isinstance(limit, int) and limit < 1:
        raise _bad(f"max_tokens must be at least 1, got {limit}.", "max_tokens", limit)
    if isinstance(limit, int) and limit > script.context_window:
        window = f"max_model_len={script.context_window}. Please request fewer output tokens."
        raise _bad(f"max_tokens={limit} cannot be greater than {window}", "max_tokens", limit)


def _chat(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    _check(document, script, "messages")
    messages = document["messages"]
    if not isinstance(messages, list):
        raise _invalid("body.messages", "list_type")
    if not messages:
        raise _bad("Cannot apply chat template to an empty conversation. Provide at least one message.")
    ask = read_chat(document)
    if ask.images and not script.vision:
        raise _bad(f"{script.models[0]} is not a multimodal model")
    return ask


def _completion(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    _check(document, script, "prompt")
    return read_completion(document)


def _embedding(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    if "input" not in document:
        raise _invalid("body.input", "missing")
    ask = read_embedding(document)
    if not any(ask.inputs):
        raise _bad("The decoder prompt cannot be empty")
    return ask


def _counts(tally: Tally) -> Fields:
    return {"prompt_tokens": tally.prompt, "total_tokens": tally.total, "completion_tokens": tally.completion}


def _usage(answer: Answer) -> Fields:
    if answer.tally is None:
        return {"usage": None}
    return {"usage": {**_counts(answer.tally), "prompt_tokens_details": None, "completion_tokens_details": None}}


def _answer_id(prefix: str, stamp: Stamp) -> str:
    return f"{prefix}-{stamp.request_id or stamp.hex(16)}"


_NULLS: Fields = {"kv_transfer_params": None, "ec_transfer_params": None, "metrics": None}


def _whole_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    message: Fields = {"role": "assistant", "content": answer.content.text, "refusal": None, "annotations": None}
    message |= {"audio": None, "function_call": None}
    if answer.calls:
        message["tool_calls"] = [
            whole_call(call, _call_id(position, stamp)) for position, call in enumerate(answer.calls)
        ]
    message["reasoning"] = answer.reasoning.text or None
    logprobs: object = None
    if ask.logprobs is not None:
        logprobs = {"content": [logprob(piece, ask.logprobs) for piece in answer.content.pieces]}
    choice: Fields = {"message": message, "logprobs": logprobs, "finish_reason": answer.finish, "stop_reason": None}
    choice |= {"token_ids": None, "routed_experts": None}
    fields: Fields = {"id": _answer_id("chatcmpl", stamp), "object": "chat.completion", "created": stamp.created}
    fields |= {"model": ask.served, "choices": [{"index": index, **choice} for index in range(ask.choices)]}
    fields |= {"service_tier": None, "system_fingerprint": _FINGERPRINT, **_usage(answer)}
    return _reply(fields | {"prompt_logprobs": None, "prompt_token_ids": None, "prompt_text": None, **_NULLS})


def _call_id(position: int, stamp: Stamp) -> str:
    return f"chatcmpl-tool-{stamp.hex(16, str(position))}"


def _whole_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    choice: Fields = {"text": answer.content.text, "logprobs": None, "finish_reason": answer.finish}
    choice |= {"stop_reason": None, "token_ids": None, "prompt_logprobs": None, "prompt_token_ids": None}
    choices = [{"index": index, **choice, "routed_experts": None} for index in range(ask.choices)]
    fields: Fields = {"id": _answer_id("cmpl", stamp), "object": "text_completion", "created": stamp.created}
    fields |= {"model": ask.served, "choices": choices, "service_tier": None, "system_fingerprint": _FINGERPRINT}
    return _reply(fields | _usage(answer) | _NULLS)


def _whole_embedding(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    data = [{"index": n, "object": "embedding", "embedding": vector} for n, vector in enumerate(vectors(ask, answer))]
    fields: Fields = {"id": _answer_id("embd", stamp), "object": "list", "created": stamp.created}
    return _reply(fields | {"model": ask.served, "data": data} | _usage(answer))


def _closing_usage(style: Style, *, usage: bool) -> Fields:
    tally = style.answer.tally
    return {"usage": _counts(tally), "system_fingerprint": _FINGERPRINT} if usage and tally is not None else {}


class _ChatStyle(Style):
    """The role alone, then tokens, the last of them with the finish reason; calls get an event of their own for it."""

    finish_joins = True

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {"id": _answer_id("chatcmpl", self.stamp), "object": "chat.completion.chunk"}
        fields |= {"created": self.stamp.created, "model": self.ask.served, "choices": choices}
        if choices and "token_ids" not in choices[0]:
            fields |= {"prompt_token_ids": None, "prompt_text": None}
        if choices and choices[0]["finish_reason"] is not None and not self.ask.include_usage:
            fields["system_fingerprint"] = _FINGERPRINT
        return compact(fields | _closing_usage(self, usage=usage))

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        choice: Fields = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        if finish is not None:
            choice["stop_reason"] = None
        return choice if "role" in delta else choice | {"token_ids": None}

    def thinking(self, token: object) -> Fields:
        return {"reasoning": token}

    def call(self, position: int, call: Call) -> Fields:
        call_id = call.id or _call_id(position, self.stamp)
        entry: Fields = {"id": call_id, "type": "function", "index": position, "function": {"name": call.name}}
        return {"content": None, "tool_calls": [entry]}

    def arguments(self, position: int, call: Call, token: object) -> Fields:  # noqa: ARG002 - said once, at its beginning
        return {"content": None, "tool_calls": [{"index": position, "function": {"arguments": token}}]}


class _CompletionStyle(TextStyle):
    """Text, the last of it with the finish reason."""

    finish_joins = True

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {"id": _answer_id("cmpl", self.stamp), "object": "text_completion"}
        fields |= {"created": self.stamp.created, "model": self.ask.served, "choices": choices}
        return compact(fields | _closing_usage(self, usage=usage))

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        choice: Fields = {"index": index, **delta, "logprobs": logprobs, "finish_reason": finish}
        return choice | {"stop_reason": None, "prompt_token_ids": None, "token_ids": None}


_STREAM_HEADERS: Headers = [*_SERVER, EVENTS]


def _stream_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _ChatStyle(ask, answer, stamp).reel(_STREAM_HEADERS)


def _stream_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _CompletionStyle(ask, answer, stamp).reel(_STREAM_HEADERS)


def _metrics(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    headers: Headers = [*_SERVER, (b"content-type", b"text/plain; version=1.0.0; charset=utf-8")]
    return Reply(200, headers, metrics(state))


def _tokenize(visit: Visit, state: State) -> Reply:
    text = "".join(texts_of((visit.document or {}).get("prompt")))
    tokens = [zlib.crc32(piece.encode()) % 49152 for piece in tokenize(text).pieces]
    window = state.script.context_window
    return _reply({"count": len(tokens), "max_model_len": window, "tokens": tokens, "token_strs": None})


def _models(visit: Visit, state: State) -> Reply:
    permission: Fields = {"id": f"modelperm-{visit.stamp.hex(16)}", "object": "model_permission"}
    permission |= {"created": visit.stamp.created, "allow_create_engine": False, "allow_sampling": True}
    permission |= {"allow_logprobs": True, "allow_search_indices": False, "allow_view": True}
    permission |= {"allow_fine_tuning": False, "organization": "*", "group": None, "is_blocking": False}
    rest: Fields = {"object": "model", "created": visit.stamp.created, "owned_by": "vllm"}
    rest |= {"parent": None, "max_model_len": state.script.context_window, "permission": [permission]}
    data = [{"id": name, "root": name, **rest} for name in state.script.models]
    return _reply({"object": "list", "data": data})
