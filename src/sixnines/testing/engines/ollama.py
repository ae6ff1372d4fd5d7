"""Ollama, from its public sources (no real one was at hand): the native API here, its `/v1` routes in `ollama_v1`.

Its ways: streams are the default and are lines of JSON, errors are strings, a prompt that is too long is silently cut,
call arguments are objects, and an error inside a `/v1` stream is swallowed.
"""

import hashlib
from collections.abc import Callable, Iterator
from itertools import chain

import msgspec

from sixnines.testing.answers import Answer, Call, Tokens
from sixnines.testing.asks import Ask, ToolUse, count_tokens, whole_number
from sixnines.testing.engines.interface import Document, Engine, Info, Refused, Shape, State, Talk, Visit, retry_after
from sixnines.testing.engines.ollama_v1 import V1_ROUTES, v1_error
from sixnines.testing.faults import ErrorSpec, Preset
from sixnines.testing.openai_asks import model_of, texts_of
from sixnines.testing.openai_parts import Fields
from sixnines.testing.script import Asked, FinishReason, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import HOLE, Headers, Reel, Reply, Template, frame, json_bytes

_VERSION = "0.13.5"
_JSON: Headers = [(b"content-type", b"application/json; charset=utf-8")]
_LINES: Headers = [(b"content-type", b"application/x-ndjson")]
_NS_PER_TOKEN = 10_000_000
_MODIFIED = "2026-01-01T00:00:00Z"

_ERRORS = {
    Preset.RATE: Shape(429, "too many concurrent requests"),
    Preset.QUOTA: Shape(429, "you've reached your weekly usage limit, please upgrade to continue"),
    Preset.OVERLOADED: Shape(503, "server busy, please try again.  maximum pending requests exceeded"),
    Preset.LOADING: Shape(503, "llm server loading model"),
    Preset.CONTEXT: Shape(
        400,
        "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust "
        "the context length in settings, or use a model with a longer context length",
    ),
    Preset.UNAUTHORIZED: Shape(401, "unauthorized"),
    Preset.MISSING: Shape(404, "model '{model}' not found"),
    Preset.SERVER_ERROR: Shape(500, "llama runner process has terminated: exit status 2"),
    Preset.POLICY: Shape(400, "the request was blocked by the content filter"),
}


class Ollama(Engine):
    """The stand-in for Ollama, local or cloud."""

    name = "ollama"
    overflows = False
    object_arguments = True

    def __init__(self) -> None:
        root = Info(
            lambda _visit, _state: Reply(200, [(b"content-type", b"text/plain; charset=utf-8")], b"Ollama is running")
        )
        self.routes = {
            "/api/chat": Talk(Asked.CHAT, _chat, _whole_chat, _stream_chat),
            "/api/generate": Talk(Asked.COMPLETION, _generate, _whole_generate, _stream_generate),
            "/api/embed": Talk(Asked.EMBEDDING, _embed, _whole_embed),
            "/api/embeddings": Talk(Asked.EMBEDDING, _old_embed, _whole_old_embed),
            "/api/tags": Info(_tags),
            "/api/ps": Info(_running),
            "/api/show": Info(_show, ("POST",)),
            "/api/version": Info(lambda _visit, _state: _reply({"version": _VERSION})),
            "/": root,
            **V1_ROUTES,
        }

    def knows(self, model: str, script: Script) -> bool:
        """Whether `model` is one of the script's; a name without a tag means `latest`."""
        return full_name(model) in {full_name(name) for name in script.models}

    def stray(self, visit: Visit, allowed: tuple[str, ...]) -> Reply:
        """404 or 405 in plain text."""
        status, text = (405, b"405 method not allowed") if allowed else (404, b"404 page not found")
        if visit.method == "OPTIONS":
            return Reply(204, [], b"")
        return Reply(status, [(b"content-type", b"text/plain")], text)

    def unreadable(self, visit: Visit, body: bytes) -> Reply:
        """400 with a string."""
        message = "invalid character" if body else "missing request body"
        return _refusal(visit, Shape(400, message)).reply

    def error(self, spec: ErrorSpec, visit: Visit, script: Script) -> Reply:
        """A string, or OpenAI's envelope on `/v1`."""
        shape = _ERRORS[spec.preset]
        message = shape.text(spec, visit, script)
        fields: Fields = v1_error(shape.status, message) if visit.path.startswith("/v1/") else {"error": message}
        return Reply(shape.status, [*_JSON, *retry_after(spec)], json_bytes(fields))

    def error_event(self, spec: ErrorSpec, visit: Visit, script: Script) -> bytes:
        """A last line with the string; on `/v1` nothing."""
        if visit.path.startswith("/v1/"):
            return b""
        return frame(_line({"error": _ERRORS[spec.preset].text(spec, visit, script)}))


def full_name(model: str) -> str:
    """The name with its tag."""
    return model if ":" in model else f"{model}:latest"


def _reply(fields: Fields) -> Reply:
    return Reply(200, _JSON, json_bytes(fields))


def _refusal(visit: Visit, shape: Shape) -> Refused:
    fields = v1_error(shape.status, shape.message) if visit.path.startswith("/v1/") else {"error": shape.message}
    return Refused(Reply(shape.status, _JSON, json_bytes(fields)))


def _line(fields: Fields) -> bytes:
    return json_bytes(fields) + b"\n"


# ---- requests


def _shared(document: Document, visit: Visit, script: Script, texts: list[str]) -> Ask:
    """What chat and generate have in common (Ollama API reference, "Parameters")."""
    if not model_of(document):
        raise _refusal(visit, Shape(400, "model is required"))
    options = document.get("options")
    options = options if isinstance(options, dict) else {}
    limit, window = whole_number(options.get("num_predict")), whole_number(options.get("num_ctx"))
    prompt = "\n".join(texts)
    wanted = document.get("format")
    return Ask(
        Asked.CHAT,
        model=model_of(document),
        stream=document.get("stream") is not False,
        prompt=prompt,
        last=texts[-1] if texts else "",
        prompt_tokens=min(count_tokens(prompt), window or script.context_window),
        max_tokens=limit if limit is not None and limit > 0 else None,
        json_output=bool(wanted),
        schema=wanted if isinstance(wanted, dict) else None,
        reasoning=document.get("think") is not False,
    )


def _chat(document: Document, visit: Visit, script: Script) -> Ask:
    listed = document.get("messages")
    messages = [message for message in listed if isinstance(message, dict)] if isinstance(listed, list) else []
    ask = _shared(document, visit, script, [str(message.get("content") or "") for message in messages])
    ask.images = sum(len(message.get("images") or ()) for message in messages)
    tools = document.get("tools")
    functions = [tool.get("function") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    ask.tools = tuple(str(function.get("name")) for function in functions if isinstance(function, dict))
    ask.tool_use = ToolUse.AUTO if ask.tools else ToolUse.NONE
    if not messages:
        raise Refused(_loaded(ask, visit, {"message": {"role": "assistant", "content": ""}}))
    return ask


def _generate(document: Document, visit: Visit, script: Script) -> Ask:
    texts = [text for name in ("system", "prompt") for text in texts_of(document.get(name))]
    ask = _shared(document, visit, script, texts)
    ask.operation = Asked.COMPLETION
    images = document.get("images")
    ask.images = len(images) if isinstance(images, list) else 0
    if not document.get("prompt"):
        raise Refused(_loaded(ask, visit, {"response": ""}))
    return ask


def _loaded(ask: Ask, visit: Visit, empty: Fields) -> Reply:
    """A request without a prompt only loads the model."""
    head: Fields = {"model": ask.model, "created_at": visit.stamp.iso}
    return _reply(head | empty | {"done": True, "done_reason": "load"})


def _embed(document: Document, visit: Visit, script: Script) -> Ask:
    if not model_of(document):
        raise _refusal(visit, Shape(400, "model is required"))
    inputs = texts_of(document.get("input"))
    sizes = [count_tokens(text) for text in inputs]
    if document.get("truncate") is False and max(sizes, default=0) > script.context_window:
        raise _refusal(visit, Shape(400, "the input length exceeds the context length"))
    dimensions = whole_number(document.get("dimensions"))
    return Ask(
        Asked.EMBEDDING,
        model=model_of(document),
        prompt="\n".join(inputs),
        prompt_tokens=sum(min(size, script.context_window) for size in sizes),
        inputs=inputs,
        dimensions=dimensions if dimensions is not None and dimensions > 0 else None,
    )


def _old_embed(document: Document, visit: Visit, script: Script) -> Ask:
    return _embed({**document, "input": document.get("prompt", "")}, visit, script)


# ---- answers


def _call_fields(answer: Answer, stamp: Stamp) -> list[Fields]:
    return [
        {
            "id": call.id or f"call_{stamp.hex(8, str(n))}",
            "function": {"index": n, "name": call.name, "arguments": _object(call)},
        }
        for n, call in enumerate(answer.calls)
    ]


def _object(call: Call) -> object:
    return msgspec.json.decode(call.arguments)


def _ending(answer: Answer) -> Fields:
    """What the last line says besides the answer. A number that is zero is left out, as Go does."""
    if answer.finish is None:
        return {"done": True}
    reason = "length" if answer.finish is FinishReason.LENGTH else "stop"
    generated, tally = answer.generated, answer.tally
    counts: Fields = {
        "total_duration": (generated + 2) * _NS_PER_TOKEN,
        "load_duration": _NS_PER_TOKEN,
        "prompt_eval_count": 0 if tally is None else tally.prompt,
        "prompt_eval_duration": _NS_PER_TOKEN,
        "eval_count": 0 if tally is None else tally.completion,
        "eval_duration": generated * _NS_PER_TOKEN,
    }
    return {"done": True, "done_reason": reason, **{name: value for name, value in counts.items() if value}}


def _head(ask: Ask, stamp: Stamp) -> Fields:
    return {"model": ask.model, "created_at": stamp.iso}


def _whole_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    message: Fields = {"role": "assistant", "content": answer.content.text}
    if answer.reasoning:
        message["thinking"] = answer.reasoning.text
    if answer.calls:
        message["tool_calls"] = _call_fields(answer, stamp)
    return _reply(_head(ask, stamp) | {"message": message} | _ending(answer))


def _whole_generate(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    fields = _head(ask, stamp) | {"response": answer.content.text}
    if answer.reasoning:
        fields["thinking"] = answer.reasoning.text
    return _reply(fields | _ending(answer) | {"context": [1, 2, 3]})


def _whole_embed(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:  # noqa: ARG001 - embeddings have no time
    fields: Fields = {"model": ask.model, "embeddings": answer.vectors, "total_duration": 2 * _NS_PER_TOKEN}
    fields["load_duration"] = _NS_PER_TOKEN
    if answer.tally is not None:
        fields["prompt_eval_count"] = answer.tally.prompt
    return _reply(fields)


def _whole_old_embed(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:  # noqa: ARG001 - one vector, nothing else
    return _reply({"embedding": answer.vectors[0] if answer.vectors else []})


def _lines(tokens: Tokens, make: Callable[[object], Fields]) -> Iterator[bytes]:
    return map(Template(_line(make(HOLE))).fill, tokens.encoded) if tokens else iter(())


def _stream_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    def said(**message: object) -> Fields:
        return _head(ask, stamp) | {"message": {"role": "assistant", **message}}

    calls = [
        frame(_line(said(content="", tool_calls=[fields]) | {"done": False})) for fields in _call_fields(answer, stamp)
    ]
    steps = chain(
        _lines(answer.reasoning, lambda token: said(content="", thinking=token) | {"done": False}),
        _lines(answer.content, lambda token: said(content=token) | {"done": False}),
        calls,
    )
    return _reel(answer, steps, said(content=""))


def _stream_generate(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    head = _head(ask, stamp)
    steps = chain(
        _lines(answer.reasoning, lambda token: head | {"response": "", "thinking": token, "done": False}),
        _lines(answer.content, lambda token: head | {"response": token, "done": False}),
    )
    return _reel(answer, steps, head | {"response": ""})


def _reel(answer: Answer, steps: Iterator[bytes], empty: Fields) -> Reel:
    """The last line is finish reason, usage and terminator in one."""
    return Reel(_LINES, b"", steps, b"", frame(_line(empty | _ending(answer))))


# ---- information


def _details() -> Fields:
    about: Fields = {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"]}
    return about | {"parameter_size": "135M", "quantization_level": "Q4_1"}


def _about(name: str) -> Fields:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {
        "name": full_name(name),
        "model": full_name(name),
        "size": 98362432,
        "digest": digest,
        "details": _details(),
    }


def _tags(visit: Visit, state: State) -> Reply:  # noqa: ARG001 - the teller's signature
    return _reply({"models": [_about(name) | {"modified_at": _MODIFIED} for name in state.script.models]})


def _running(visit: Visit, state: State) -> Reply:
    """The models in memory: all of them once a request has come, none before."""
    used = state.running or state.finished
    more: Fields = {"expires_at": visit.stamp.iso, "size_vram": 0, "context_length": state.script.context_window}
    return _reply({"models": [_about(name) | more for name in state.script.models] if used else []})


def _show(visit: Visit, state: State) -> Reply:
    document = visit.document or {}
    name = model_of(document) or str(document.get("name") or "")
    if full_name(name) not in {full_name(known) for known in state.script.models}:
        return _refusal(visit, Shape(404, f"model '{name}' not found")).reply
    capabilities = ["completion", "tools", *(["vision"] if state.script.vision else [])]
    info = {"general.architecture": "llama", "llama.context_length": state.script.context_window}
    fields: Fields = {"modelfile": f"FROM {name}", "parameters": "", "template": "{{ .Prompt }}", "details": _details()}
    return _reply(fields | {"model_info": info, "capabilities": capabilities, "modified_at": _MODIFIED})
