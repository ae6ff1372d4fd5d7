"""Ollama's `/v1` routes: OpenAI's format with the fields that Ollama fills. From its public sources. Pure."""

from sixnines.testing.answers import Answer
from sixnines.testing.asks import Ask
from sixnines.testing.engines.interface import Document, Info, Refused, Route, State, Talk, Visit
from sixnines.testing.openai_asks import read_chat, read_completion, read_embedding
from sixnines.testing.openai_parts import JSON, Fields, error_object, vectors, whole_call
from sixnines.testing.openai_style import Style, TextStyle, compact
from sixnines.testing.script import Asked, Script
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import Headers, Reel, Reply, json_bytes

_EVENTS: Headers = [(b"content-type", b"text/event-stream")]
_FINGERPRINT = "fp_ollama"


def v1_error(status: int, message: str) -> Fields:
    """OpenAI's envelope; the type follows from the status."""
    kind = {400: "invalid_request_error", 404: "not_found_error"}.get(status, "api_error")
    return error_object(message, kind)


def _refuse(message: str) -> Refused:
    return Refused(Reply(400, [JSON], json_bytes(v1_error(400, message))))


def _clipped(ask: Ask, script: Script) -> Ask:
    """A prompt that is too long is cut without a word; one choice is all there is."""
    if not ask.model:
        raise _refuse("model is required")
    ask.prompt_tokens = min(ask.prompt_tokens, script.context_window)
    ask.choices = 1
    ask.logprobs = None
    return ask


def _chat(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    messages = document.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _refuse("[] is too short - 'messages'")
    return _clipped(read_chat(document), script)


def _completion(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    return _clipped(read_completion(document), script)


def _embedding(document: Document, visit: Visit, script: Script) -> Ask:  # noqa: ARG001 - the reader's signature
    if not document.get("input"):
        raise _refuse("invalid input")
    return _clipped(read_embedding(document), script)


def _short(prefix: str, stamp: Stamp) -> str:
    return f"{prefix}-{int(stamp.hex(8), 16) % 999}"


def _usage(answer: Answer) -> Fields:
    tally = answer.tally
    prompt, completion = (0, 0) if tally is None else (tally.prompt, tally.completion)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _whole(ask: Ask, answer: Answer, stamp: Stamp, what: tuple[str, str, Fields]) -> Reply:
    prefix, kind, choice = what
    fields: Fields = {"id": _short(prefix, stamp), "object": kind, "created": stamp.created, "model": ask.model}
    fields |= {"system_fingerprint": _FINGERPRINT, "choices": [choice], "usage": _usage(answer)}
    return Reply(200, [JSON], json_bytes(fields))


def _whole_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    message: Fields = {"role": "assistant", "content": answer.content.text}
    if answer.reasoning:
        message["reasoning"] = answer.reasoning.text
    if answer.calls:
        message["tool_calls"] = [
            {"index": n, **whole_call(call, f"call_{stamp.hex(8, str(n))}")} for n, call in enumerate(answer.calls)
        ]
    choice: Fields = {"index": 0, "message": message, "finish_reason": answer.finish}
    return _whole(ask, answer, stamp, ("chatcmpl", "chat.completion", choice))


def _whole_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:
    choice: Fields = {"text": answer.content.text, "index": 0, "finish_reason": answer.finish}
    return _whole(ask, answer, stamp, ("cmpl", "text_completion", choice))


def _whole_embedding(ask: Ask, answer: Answer, stamp: Stamp) -> Reply:  # noqa: ARG001 - embeddings have no id here
    data = [{"object": "embedding", "embedding": vector, "index": n} for n, vector in enumerate(vectors(ask, answer))]
    prompt = 0 if answer.tally is None else answer.tally.prompt
    usage = {"prompt_tokens": prompt, "total_tokens": prompt}
    return Reply(200, [JSON], json_bytes({"object": "list", "data": data, "model": ask.model, "usage": usage}))


class _ChatStyle(Style):
    """The role in every event; a call in one piece."""

    whole_calls = True

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {"id": _short("chatcmpl", self.stamp), "object": "chat.completion.chunk"}
        fields |= {"created": self.stamp.created, "model": self.ask.model, "system_fingerprint": _FINGERPRINT}
        return compact(fields | {"choices": choices} | ({"usage": _usage(self.answer)} if usage else {}))

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:  # noqa: ARG002 - none here
        return {"index": index, "delta": {"role": "assistant", **delta}, "finish_reason": finish}

    def role(self) -> Fields | None:
        return None

    def thinking(self, token: object) -> Fields:
        return {"content": "", "reasoning": token}

    def ended(self) -> Fields:
        return {"content": ""}


class _CompletionStyle(TextStyle):
    """Text and finish; with usage asked for, every event but the last reports zeros."""

    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        fields: Fields = {"id": _short("cmpl", self.stamp), "object": "text_completion", "created": self.stamp.created}
        fields |= {"choices": choices, "model": self.ask.model, "system_fingerprint": _FINGERPRINT}
        if self.ask.include_usage:
            zeros = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
            fields["usage"] = _usage(self.answer) if usage else zeros
        return compact(fields)

    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:  # noqa: ARG002 - none here
        return {**delta, "index": index, "finish_reason": finish}


def _stream_chat(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _ChatStyle(ask, answer, stamp).reel(_EVENTS)


def _stream_completion(ask: Ask, answer: Answer, stamp: Stamp) -> Reel:
    return _CompletionStyle(ask, answer, stamp).reel(_EVENTS)


def _model_fields(name: str, created: int) -> Fields:
    tagged = name if ":" in name else f"{name}:latest"
    return {"id": tagged, "object": "model", "created": created, "owned_by": "library"}


def _models(visit: Visit, state: State) -> Reply:
    data = [_model_fields(name, visit.stamp.created) for name in state.script.models]
    return Reply(200, [JSON], json_bytes({"object": "list", "data": data}))


def _model(visit: Visit, state: State) -> Reply:
    name = visit.path.removeprefix("/v1/models/")
    if name in {_model_fields(known, 0)["id"] for known in state.script.models} | set(state.script.models):
        return Reply(200, [JSON], json_bytes(_model_fields(name, visit.stamp.created)))
    return Reply(404, [JSON], json_bytes(v1_error(404, f"model '{name}' not found")))


V1_ROUTES: dict[str, Route] = {
    "/v1/chat/completions": Talk(Asked.CHAT, _chat, _whole_chat, _stream_chat),
    "/v1/completions": Talk(Asked.COMPLETION, _completion, _whole_completion, _stream_completion),
    "/v1/embeddings": Talk(Asked.EMBEDDING, _embedding, _whole_embedding),
    "/v1/models": Info(_models),
    "/v1/models/*": Info(_model),
}
