"""What is asked and what is answered: the bodies of all cases, for callers and for the stand-in upstreams.

Pure. Every answer holds a text by which a caller can tell that it is the right one and complete.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

UPSTREAM_MODEL = "upstream-model"
CREATED = 1700000000
SMALL_ANSWER = "Hello there, this is a small answer of an upstream, with about as many words as a short reply has."
SYSTEM = "You are a helpful assistant that answers briefly."

LISTING = json.dumps(
    {
        "object": "list",
        "data": [{"id": UPSTREAM_MODEL, "object": "model"}],
        "models": [{"name": UPSTREAM_MODEL}],
        "version": "0.13.5",
    }
).encode()
"""What an engine answers to a GET: who looks whether it is well finds the model, in OpenAI's way and in Ollama's."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A request and its answer.

    Attributes:
        name: in file names and tables.
        prompt: what the user says.
        answer: what the model says; of a stream the contents of all chunks.
        chunks: of a stream; 0: not streamed.
    """

    name: str
    prompt: str
    answer: str
    chunks: int = 0

    def request(self, model: str) -> bytes:
        """The body of a request for `model`."""
        document: dict[str, object] = {
            "model": model,
            "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": self.prompt}],
            "temperature": 0.5,
            # Of a stream, the stand-in reads here how many chunks are wanted.
            "max_tokens": self.chunks or 64,
        }
        if self.chunks:
            document["stream"] = True
        return json.dumps(document).encode()

    def whole_answer(self) -> bytes:
        """The upstream's answer in OpenAI's format."""
        message = {"role": "assistant", "content": self.answer}
        document = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": CREATED,
            "model": UPSTREAM_MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 20, "total_tokens": 32},
        }
        return json.dumps(document).encode()

    def ollama_answer(self) -> bytes:
        """The upstream's answer in Ollama's format."""
        document = {
            "model": UPSTREAM_MODEL,
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": self.answer},
            "done": True,
            "done_reason": "stop",
            "total_duration": 5_000_000,
            "prompt_eval_count": 12,
            "eval_count": 20,
        }
        return json.dumps(document).encode()

    def is_right(self, body: bytes) -> bool:
        """Whether `body` says what the upstream said, all of it and in order, in OpenAI's format."""
        try:
            return (_streamed(body) if self.chunks else _whole(body)) == (self.answer, "stop")
        except (ValueError, LookupError, TypeError):
            return False


def http_request(port: int, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A request as it goes over the wire."""
    fields = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def numbers(count: int) -> list[str]:
    """The contents of a stream's chunks: numbered, so that none can be missing or out of order unseen."""
    return [f" {number}" if number else "0" for number in range(count)]


def stream_events(count: int) -> list[bytes]:
    """The events of a stream with `count` contents, as an engine that speaks OpenAI's format sends them."""
    parts: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    parts += [({"content": text}, None) for text in numbers(count)]
    parts.append(({}, "stop"))
    return [*(_event(delta, finish) for delta, finish in parts), b"data: [DONE]\n\n"]


def _event(delta: dict[str, str], finish: str | None) -> bytes:
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": UPSTREAM_MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n"


def _whole(body: bytes) -> tuple[str, str]:
    choice = json.loads(body)["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def _streamed(body: bytes) -> tuple[str, str | None]:
    """All contents together, and why it ended.

    Raises:
        ValueError: it has no terminator, or something after it.
    """
    events = [event for event in body.replace(b"\r\n", b"\n").split(b"\n\n") if event.startswith(b"data:")]
    if not events or events.pop().removeprefix(b"data:").strip() != b"[DONE]":
        raise ValueError("no terminator at the end")
    texts, finish = [], None
    for event in events:
        for choice in json.loads(event.removeprefix(b"data:"))["choices"]:
            texts.append(choice["delta"].get("content") or "")
            finish = choice.get("finish_reason") or finish
    return "".join(texts), finish


def streamed(chunks: int) -> Payload:
    """A stream of numbered chunks."""
    return Payload("stream", "Count.", "".join(numbers(chunks)), chunks)


SMALL = Payload("small", "Say hello to the world. " * 12, SMALL_ANSWER)
LARGE = Payload("large", "Say hello to the world once more. " * 3012, "All that can be said about the world. " * 540)
"""A prompt of 100 KB and an answer of 20 KB."""
