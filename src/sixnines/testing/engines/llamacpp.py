"""llama.cpp's own server (`llama-server`), as recorded from real ones.

Its ways: any model name is served, every error closes the connection, so does the end of a stream, two events may
share an HTTP chunk, a caller's mistake may come as a 500, and a caller who does not stream is not missed.
"""

import zlib

from sixnines.testing.answers import Answer, tokenize
from sixnines.testing.asks import Ask
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Shape, State, Talk, Visit, retry_after
from sixnines.testing.engines.llamacpp_settings import metrics, model_list, props, slots, slots_of
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.openai_asks import read_chat, read_completion, read_embedding, texts_of
from sixnines.testing.openai_parts import Fields, logprob, vectors, whole_call
from sixnines.testing.openai_style import Style, TextStyle, compact
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply, frame, json_bytes

_SERVER: Headers = [(b"server", b"llama.cpp"), (b"access-control-allow-origin", b"")]
_JSON = (b"content-type", b"application/json; charset=utf-8")
_KEPT = (b"keep-alive", b"timeout=5, max=100")
_PING = b":\n\n"
_SCHEMA_TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))

_ERRORS = {
    Preset.RATE: Shape(429, "Too many requests", "unavailable_error"),
    Preset.QUOTA: Shape(402, "The quota of this key is used up", "unavailable_error"),
    Preset.OVERLOADED: Shape(503, "no slot available", "unavailable_error"),
    Preset.LOADING: Shape(503, "Loading model", "unavailable_error"),
    Preset.CONTEXT: Shape(
        400,
        "request ({prompt_tokens} tokens) exceeds the available context size ({window} tokens), try increasing it",
        "exceed_context_size_error",
    ),
    Preset.UNAUTHORIZED: Shape(401, "Invalid API Key", "authentication_error"),
    Preset.MISSING: Shape(404, "model '{model}' not found", "not_found_error"),
    Preset.SERVER_ERROR: Shape(500, "Failed to decode the batch", "server_error"),
    Preset.POLICY: Shape(400, "The request was blocked by the content filter", "content_filter"),
}


class LlamaCpp(Engine):
    """The stand-in for `llama-server`."""

    name = "llamacpp"
    any_model = True
    says_alias = True
    hears_hangup = False
    keep_alive_s = 5.0

    def __init__(self) -> None:
        chat = Talk(Asked.CHAT, _chat, _whole_chat, _stream_chat)
        completion = Talk(Asked.COMPLETION, _completion, _whole_completion, _stream_completion)
        embedding = Talk(Asked.EMBEDDING, _embedding, _whole_embedding)
        health, models = Info(_health), Info(_models)
        self.routes = {
            "/v1/chat/completions": chat,
            "/chat/completions": chat,
            "/v1/completions": completion,
            "/v1/embeddings": embedding,
            "/health": health,
            "/v1/health": health,
            "/v1/models": models,
            "/models": models,
            "/props": Info(lambda _, state: _reply(props(state))),
            "/slots": Info(_slots),
            "/metrics": Info(_metrics),
            "/tokenize": Info(_tokenize, ("POST",)),
            "/v1/rerank": Info(_rerank, ("POST",)),
        }

    def guarded(self, path: str) -> bool:
        """All but the health paths."""
        return path not in {"/health", "/v1/health"}

    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:  # noqa: ARG002 - a wrong method is a 404 here
        """404, also for a wrong method; any preflight is welcome."""
        if visit.method == "OPTIONS":
            cors: Headers = [
                (b"server", b"llama.cpp"),
                (b"access-control-allow-origin", visit.header(b"origin") or b""),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-allow-methods", b"GET, POST, DELETE, OPTIONS"),
                (b"access-control-allow-headers", b"*"),
                (b"content-type", b"text/html"),
            ]
            return Reply(200, [*cors, _KEPT], b"")
        return _failure(404, "File Not Found", "not_found_error")

    def unreadable(self, visit: Visit, body: bytes) -> Reply:  # noqa: ARG002 - the path does not matter here
        """400 with the parser's words."""
        what = "attempting to parse an empty input; check that your input string or stream contains the expected JSON"
        if body:
            what = "syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal"
        message = f"[json.exception.parse_error.101] parse error at line 1, column {len(body) + 1}: {what}"
        return _failure(400, message, "invalid_request_error")

    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply:
        """`{"error": {"code", "message", "type"}}` with a number as code."""
        status, fields = _error(spec, visit, script)
        return Reply(status, [*_SERVER, _JSON, *retry_after(spec)], json_bytes(fields), close=True)

    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:
        """The same as an event; no terminator follows."""
        return frame(compact(_error(spec, visit, script)[1]))


def _error(spec: ErrorSpec, visit: Visit, script: Script) -> tuple[int, Fields]:
    shape = _ERRORS[spec.preset]
    error: Fields = {"code": shape.status, "message": shape.text(spec, visit, script), "type": shape.type}
    if spec.preset is Preset.CONTEXT:
        known = 0 if visit.ask is None else visit.ask.prompt_tokens
        error |= {"n_prompt_tokens": max(known, script.context_window + 1), "n_ctx": script.context_window}
    return shape.status, {"error": error}


def _reply(fields: object) -> Reply:
    return Reply(200, [*_SERVER, _JSON, _KEPT], json_bytes(fields))


def _failure(status: int, message: str, kind: str) -> Reply:
    fields = {"error": {"message": message, "type": kind, "code": status}}
    return Reply(status, [*_SERVER, _JSON], json_bytes(fields), close=True)


def _invalid(message: str) -> Refused:
    return Refused(_failure(400, message, "invalid_request_error"))


def _check_temperature(document: Document) -> None:
    value = document.get("temperature")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        kind = {str: "string", bool: "boolean", list: "array", dict: "object"}.get(type(value), "null")
        raise _invalid(f"Field 'temperature': [json.exception.type_error.302] type must be number, but is {kind}")


def _chat(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    if "messages" not in document:
        raise _invalid("'messages' is required")
    if not isinstance(document["messages"], list):
        raise _invalid("Expected 'messages' to be an array")
    _check_temperature(document)
    ask = read_chat(document)
    if ask.images and not script.vision:
        hint = "hint: if this is unexpected, you may need to provide the mmproj"
        raise Refused(_failure(500, f"image input is not supported - {hint}", "server_error"))
    tools = document.get("tools")
    if isinstance(tools, list) and any(not isinstance(tool, dict) or "type" not in tool for tool in tools):
        raise Refused(_failure(500, "Failed to parse tools: Missing tool type", "server_error"))
    if tools and "grammar" in document:
        raise _invalid("Cannot use custom grammar constraints with tools.")
    wanted = None if ask.schema is None else ask.schema.get("type")
    if isinstance(wanted, str) and wanted not in _SCHEMA_TYPES:
        reason = f"Automatic parser generation failed: JSON schema error at #: unrecognized type {wanted}"
        raise _invalid(f"Unable to generate parser for this template. {reason}")
    return ask


def _completion(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    if "prompt" not in document:
        raise _invalid('"prompt" is missing')
    _check_temperature(document)
    return read_completion(document)


def _embedding(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    if "input" not in document and "content" not in document:
        raise _invalid('"input" or "content" must be provided')
    ask = read_embedding(document)
    if not any(ask.inputs):
        raise _invalid("Input content cannot be empty")
    if ask.prompt_tokens > script.context_window:
        message = (
            f"input ({ask.prompt_tokens} tokens) is too large to process. increase the physical batch size "
            f"(current batch size: {script.context_window})"
        )
        raise Refused(_failure(500, message, "server_error"))
    return ask


def _usage(answer: Answer) -> Fields:
    tally = answer.tally
    if tally is None:
        return {}
    return {
        "usage": {
            "completion_tokens": tally.completion,
            "prompt_tokens": tally.prompt,
            "total_tokens": tally.total,
            "prompt_tokens_details": {"cached_tokens": tally.cached},
        }
    }


def _timings(ask: Ask, answer: Answer) -> Fields:
    return {
        "timings": {
            "cache_n": 0,
            "prompt_n": ask.prompt_tokens,
            "prompt_ms": 1.0 * ask.prompt_tokens,
            "prompt_per_token_ms": 1.0,
            "prompt_per_second": 1000.0,
            "predicted_n": answer.generated,
            "predicted_ms": 10.0 * answer.generated,
            "predicted_per_token_ms": 10.0,
            "predicted_per_second": 100.0,
        }
    }


def _whole(ask: Ask, answer: Answer, stamp: Stamp, what: tuple[str, list[Fields]]) -> Reply:
    kind, choices = what
    head: Fields = {
        "choices": choices,
        "created": stamp.created,
        "model": ask.served,
        "system_fingerprint": "b0-unknown",
        "object": kind,
    }
    return _reply(head | _usage(answer) | {"id": f"chatcmpl-{stamp.hex(32)}"} | _timings(ask, answer))


def _whole_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    message: Fields = {"role": "assistant", "content": answer.content.text or (None if answer.calls else "")}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning.text
    if answer.calls:
        message["tool_calls"] = [whole_call(call, stamp.hex(32, str(n))) for n, call in enumerate(answer.calls)]
    choices: list[Fields] = [
        {"finish_reason": answer.finish, "index": index, "message": message} for index in range(ask.choices)
    ]
    if ask.logprobs is not None:
        entries = [_logprob(piece, ask.logprobs) for piece in answer.content.pieces]
        choices = [{**choice, "logprobs": {"content": entries}} for choice in choices]
    return _whole(ask, answer, stamp, ("chat.completion", choices))


def _logprob(piece: str, top: int) -> Fields:
    return logprob(piece, top, more={"id": zlib.crc32(piece.encode()) % 49152})


def _whole_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    choices: list[Fields] = [
        {"text": answer.content.text, "index": index, "logprobs": None, "finish_reason": answer.finish}
        for index in range(ask.choices)
    ]
    return _whole(ask, answer, stamp, ("text_completion", choices))


def _whole_embedding(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:  # noqa: ARG001 - embeddings have no id here
    coding = {"encoding_format": "base64"} if ask.base64 else {}
    data = [{"embedding": v, "index": n, "object": "embedding", **coding} for n, v in enumerate(vectors(ask, answer))]
    usage: Fields = {}
    if answer.tally is not None:
        usage = {"usage": {"prompt_tokens": answer.tally.prompt, "total_tokens": answer.tally.prompt}}
    return _reply({"model": ask.served, "object": "list", **usage, "data": data})


class _ChatStyle(Style):
    """The role shares a chunk with the first token, finish and usage share another; timings come last."""

    role_joins = True
    kind = "chat.completion.chunk"

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {
            "choices": choices,
            "created": self.stamp.created,
            "id": f"chatcmpl-{self.stamp.hex(32)}",
            "model": self.ask.served,
            "system_fingerprint": "b0-unknown",
            "object": "chat.completion.chunk",
        }
        if usage:
            fields |= _usage(self.answer) | _timings(self.ask, self.answer)
        elif not self.ask.include_usage and choices[0]["finish_reason"] is not None:
            fields |= _timings(self.ask, self.answer)
        return compact(fields)

    def role(self) -> Fields | None:
        return {"role": "assistant", "content": None}

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        choice: Fields = {"finish_reason": finish, "index": index, "delta": delta}
        return choice if logprobs is None else choice | {"logprobs": logprobs}

    def logprobs(self, token: str) -> object:
        return {"content": [_logprob(token, self.ask.logprobs or 0)]}

    def closing(self) -> bytes:
        finish = b"" if self.answer.finish is None else self.each(self.ended(), finish=self.answer.finish)
        wanted = self.ask.include_usage and self.answer.tally is not None
        return frame(finish + (self.event([], usage=True) if wanted else b""))


class _CompletionStyle(TextStyle):
    """The finish event always reports usage."""

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:  # noqa: ARG002 - never on its own here
        fields: Fields = {
            "choices": choices,
            "created": self.stamp.created,
            "model": self.ask.served,
            "system_fingerprint": "b0-unknown",
            "object": "text_completion",
        }
        last = choices[0]["finish_reason"] is not None
        more = _timings(self.ask, self.answer) if last else {}
        fields |= _usage(self.answer) if last else {}
        return compact(fields | {"id": f"chatcmpl-{self.stamp.hex(32)}"} | more)

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        return {**delta, "index": index, "logprobs": logprobs, "finish_reason": finish}

    def closing(self) -> bytes:
        return b"" if self.answer.finish is None else frame(self.each(self.ended(), finish=self.answer.finish))


_STREAM_HEADERS: Headers = [*_SERVER, (b"x-accel-buffering", b"no"), (b"content-type", b"text/event-stream"), _KEPT]


def _stream_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _ChatStyle(ask, answer, stamp).reel(_STREAM_HEADERS, ping=_PING, close=True)


def _stream_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _CompletionStyle(ask, answer, stamp).reel(_STREAM_HEADERS, ping=_PING, close=True)


def _health(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - always well; a script says otherwise
    return _reply({"status": "ok"})


def _slots(visit: Visit, state: State) -> Reply:
    if "fail_on_no_slot=1" in visit.query and state.running >= slots_of(state):
        return _failure(503, "no slot available", "unavailable_error")
    return _reply(slots(state))


def _metrics(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    headers: Headers = [*_SERVER, (b"process-start-time-unix", b"1"), (b"content-type", b"text/plain; version=0.0.4")]
    return Reply(200, [*headers, _KEPT], metrics(state))


def _rerank(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - a server without the flag for it
    return _failure(501, "This server does not support reranking. Start it with `--reranking`", "not_supported_error")


def _tokenize(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    text = "".join(texts_of((visit.document or {}).get("content")))
    return _reply({"tokens": [zlib.crc32(piece.encode()) % 49152 for piece in tokenize(text).pieces]})


def _models(visit: Visit, state: State) -> Reply:
    return _reply(model_list(state, visit.stamp.created))
