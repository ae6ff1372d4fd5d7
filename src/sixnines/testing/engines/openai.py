"""OpenAI's API, from its public reference: chat, completions, embeddings, models.

The texts of errors are the ones that OpenAI documents or is widely quoted with. Never played by a local engine.
"""

from sixnines.testing.answers import Answer, Tally
from sixnines.testing.asks import Ask
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Shape, State, Talk, Visit, retry_after
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.openai_asks import model_of, read_chat, read_completion, read_embedding
from sixnines.testing.openai_parts import EVENTS, JSON, Fields, error_object, logprob, vectors, whole_call
from sixnines.testing.openai_style import Style, TextStyle, compact
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply, frame, json_bytes

_FINGERPRINT = "fp_44709d6fcb"
_KEPT_AFTER_CONTENT: Fields = {"refusal": None, "annotations": []}

_ERRORS = {
    Preset.RATE: Shape(
        429,
        "Rate limit reached for {model} in organization org-mock on requests per min (RPM): Limit 500, Used 500, "
        "Requested 1. Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more.",
        "requests",
        "rate_limit_exceeded",
    ),
    Preset.QUOTA: Shape(
        429,
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    Preset.OVERLOADED: Shape(503, "The engine is currently overloaded, please try again later.", "server_error"),
    Preset.LOADING: Shape(503, "The model {model} is currently loading.", "server_error"),
    Preset.CONTEXT: Shape(
        400,
        "This model's maximum context length is {window} tokens. However, your messages resulted in {prompt_tokens} "
        "tokens. Please reduce the length of the messages.",
        "invalid_request_error",
        "context_length_exceeded",
        "messages",
    ),
    Preset.UNAUTHORIZED: Shape(
        401,
        "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
        "invalid_request_error",
        "invalid_api_key",
    ),
    Preset.MISSING: Shape(
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        "invalid_request_error",
        "model_not_found",
    ),
    Preset.SERVER_ERROR: Shape(
        500, "The server had an error while processing your request. Sorry about that!", "server_error"
    ),
    Preset.POLICY: Shape(
        400,
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a "
        "different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting",
        "invalid_request_error",
        "invalid_prompt",
    ),
}


class OpenAi(Engine):
    """The stand-in for api.openai.com."""

    name = "openai"

    def __init__(self) -> None:
        self.routes = {
            "/v1/chat/completions": Talk(Asked.CHAT, _chat, _whole_chat, _stream_chat),
            "/v1/completions": Talk(Asked.COMPLETION, _completion, _whole_completion, _stream_completion),
            "/v1/embeddings": Talk(Asked.EMBEDDING, _embedding, _whole_embedding),
            "/v1/models": Info(_models),
            "/v1/models/*": Info(_model),
        }

    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:
        """404 for a path, 405 for a method."""
        if allowed:
            message = f"Not allowed to {visit.method} on {visit.path}. (HINT: Perhaps you meant to use {allowed[0]}?)"
            return _refusal(visit.stamp, Shape(405, message, "invalid_request_error", "method_not_supported"))
        message = f"Invalid URL ({visit.method} {visit.path})"
        return _refusal(visit.stamp, Shape(404, message, "invalid_request_error"))

    def unreadable(self, visit: Visit, body: bytes) -> Reply:  # noqa: ARG002 - the answer is the same for every body
        """400 with OpenAI's hint."""
        message = (
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        )
        return _refusal(visit.stamp, Shape(400, message, "invalid_request_error"))

    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply:
        """`{"error": {"message", "type", "param", "code"}}`."""
        status, fields = _error(spec, visit, script)
        return Reply(status, [*_headers(visit.stamp), *retry_after(spec)], json_bytes(fields))

    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:
        """The same object as an event."""
        return frame(compact(_error(spec, visit, script)[1]))


def _error(spec: ErrorSpec, visit: Visit, script: Script) -> tuple[int, Fields]:
    shape = _ERRORS[spec.preset]
    message = shape.text(spec, visit, script)
    return shape.status, error_object(message, shape.type, code=shape.code, param=shape.param)


def _refusal(stamp: Stamp, shape: Shape) -> Reply:
    fields = error_object(shape.message, shape.type, code=shape.code, param=shape.param)
    return Reply(shape.status, _headers(stamp), json_bytes(fields))


def _headers(stamp: Stamp, content_type: tuple[bytes, bytes] = JSON) -> Headers:
    return [
        content_type,
        (b"openai-organization", b"org-mock"),
        (b"openai-processing-ms", b"12"),
        (b"openai-version", b"2020-10-01"),
        (b"x-request-id", b"req_" + stamp.hex(32, "request").encode()),
    ]


def _require(document: Document, visit: Visit, name: str) -> None:
    if not model_of(document):
        raise Refused(_refusal(visit.stamp, Shape(400, "you must provide a model parameter", "invalid_request_error")))
    if name not in document:
        shape = Shape(
            400, f"Missing required parameter: '{name}'.", "invalid_request_error", "missing_required_parameter", name
        )
        raise Refused(_refusal(visit.stamp, shape))


def _chat(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    _require(document, visit, "messages")
    messages, temperature = document["messages"], document.get("temperature")
    problem = None
    if not isinstance(messages, list):
        problem = "Invalid type for 'messages': expected an array of objects.", "invalid_type", "messages"
    elif not messages:
        text = (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
        problem = text, "empty_array", "messages"
    elif isinstance(temperature, bool | str):
        problem = "Invalid type for 'temperature': expected a decimal.", "invalid_type", "temperature"
    elif isinstance(temperature, int | float) and not 0 <= temperature <= 2:  # noqa: PLR2004 - OpenAI's range
        text = f"Invalid 'temperature': expected a value between 0 and 2, but got {temperature} instead."
        problem = text, "decimal_out_of_range", "temperature"
    if problem is not None:
        message, code, param = problem
        raise Refused(_refusal(visit.stamp, Shape(400, message, "invalid_request_error", code, param)))
    return read_chat(document)


def _completion(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    _require(document, visit, "prompt")
    return read_completion(document)


def _embedding(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    _require(document, visit, "input")
    return read_embedding(document)


def _usage(tally: Tally) -> Fields:
    """OpenAI's usage object with its details."""
    return {
        "prompt_tokens": tally.prompt,
        "completion_tokens": tally.completion,
        "total_tokens": tally.total,
        "prompt_tokens_details": {"cached_tokens": tally.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": tally.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _whole_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    message: Fields = {"role": "assistant", "content": answer.content.text or (None if answer.calls else "")}
    if answer.calls:
        message["tool_calls"] = [
            whole_call(call, f"call_{stamp.hex(24, str(n))}") for n, call in enumerate(answer.calls)
        ]
    if answer.reasoning:  # not OpenAI's own, but what servers that are compatible with it send
        message["reasoning_content"] = answer.reasoning.text
    message |= _KEPT_AFTER_CONTENT
    entries = [logprob(piece, ask.logprobs) for piece in answer.content.pieces] if ask.logprobs is not None else None
    logprobs = None if entries is None else {"content": entries, "refusal": None}
    body: Fields = {
        "id": f"chatcmpl-{stamp.hex(29)}",
        "object": "chat.completion",
        "created": stamp.created,
        "model": ask.model,
        "choices": [
            {"index": index, "message": message, "logprobs": logprobs, "finish_reason": answer.finish}
            for index in range(ask.choices)
        ],
    }
    if answer.tally is not None:
        body["usage"] = _usage(answer.tally)
    body |= {"service_tier": "default", "system_fingerprint": _FINGERPRINT}
    return Reply(200, _headers(stamp), json_bytes(body))


def _whole_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    body: Fields = {
        "id": f"cmpl-{stamp.hex(29)}",
        "object": "text_completion",
        "created": stamp.created,
        "model": ask.model,
        "choices": [
            {"text": answer.content.text, "index": index, "logprobs": None, "finish_reason": answer.finish}
            for index in range(ask.choices)
        ],
    }
    if answer.tally is not None:
        body["usage"] = _usage(answer.tally)
    return Reply(200, _headers(stamp), json_bytes(body))


def _whole_embedding(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    data = [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(vectors(ask, answer))]
    body: Fields = {"object": "list", "data": data, "model": ask.model}
    if answer.tally is not None:
        body["usage"] = {"prompt_tokens": answer.tally.prompt, "total_tokens": answer.tally.prompt}
    return Reply(200, _headers(stamp), json_bytes(body))


class _ChatStyle(Style):
    """Role at once, tokens, finish, usage; with usage asked for, every other event says `"usage": null`."""

    role_opens = True

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {
            "id": f"chatcmpl-{self.stamp.hex(29)}",
            "object": "chat.completion.chunk",
            "created": self.stamp.created,
            "model": self.ask.model,
            "service_tier": "default",
            "system_fingerprint": _FINGERPRINT,
            "choices": choices,
        }
        return compact(fields | _stream_usage(self, usage=usage))

    def role(self) -> Fields | None:
        return {"role": "assistant", "content": None if self.answer.calls else "", "refusal": None}

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _stream_usage(style: Style, *, usage: bool) -> Fields:
    """What an event says of usage: nothing unless it was asked for, and then null in all events but one."""
    if not style.ask.include_usage:
        return {}
    tally = style.answer.tally
    return {"usage": _usage(tally) if usage and tally is not None else None}


class _CompletionStyle(TextStyle):
    """Text, finish, usage."""

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {
            "id": f"cmpl-{self.stamp.hex(29)}",
            "object": "text_completion",
            "created": self.stamp.created,
            "choices": choices,
            "model": self.ask.model,
        }
        return compact(fields | _stream_usage(self, usage=usage))

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        return {**delta, "index": index, "logprobs": logprobs, "finish_reason": finish}


def _stream_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _ChatStyle(ask, answer, stamp).reel(_headers(stamp, EVENTS))


def _stream_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _CompletionStyle(ask, answer, stamp).reel(_headers(stamp, EVENTS))


def _model_fields(name: str, created: int) -> Fields:
    return {"id": name, "object": "model", "created": created, "owned_by": "system"}


def _models(visit: Visit, state: State) -> Reply:
    data = [_model_fields(name, visit.stamp.created) for name in state.script.models]
    return Reply(200, _headers(visit.stamp), json_bytes({"object": "list", "data": data}))


def _model(visit: Visit, state: State) -> Reply:
    name = visit.path.removeprefix("/v1/models/")
    if name in state.script.models:
        return Reply(200, _headers(visit.stamp), json_bytes(_model_fields(name, visit.stamp.created)))
    message = f"The model '{name}' does not exist"
    return _refusal(visit.stamp, Shape(404, message, "invalid_request_error", "model_not_found", "model"))
