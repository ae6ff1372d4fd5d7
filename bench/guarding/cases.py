"""What `make bench-guard` has counted: requests, the answers of the engines behind, and the config that joins them.

Only values. Answers are put together here once, so that playing them costs next to nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

CHUNKS = 200
MANY_MODELS = 10_000
MOST_UNLIKE = 0.03
_DATE = "Mon, 23 Nov 2026 22:08:16 GMT"
_WORDS = "Hello there, this is a small answer of an upstream, with about as many words as a short reply has."
_USAGE = {"prompt_tokens": 12, "completion_tokens": 20, "total_tokens": 32}


@dataclass(frozen=True, slots=True)
class Engine:
    """What an engine answers to any request.

    Attributes:
        name: of its provider in config.
        kind: of that.
        pieces: the first is sent when the request is complete, each further one when the caller has got something
            of the one before.
    """

    name: str
    kind: str
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is counted.

    Attributes:
        name: in tables and in the file of stored figures.
        body: of the caller's request, to /v1/chat/completions.
        engines: who is asked, in this order; all but the last refuse.
        said: must stand in the answer.
        models: how many are configured.
        told: each request gets a line in the log, in JSON, and spans for a collector.
        parts: what the count is divided by: 1 for a request, or the chunks of a stream.
        like: the case that this one may cost at most `MOST_UNLIKE` more than, in the same run.
    """

    name: str
    body: bytes
    engines: tuple[Engine, ...]
    said: bytes
    models: int = 1
    told: bool = False
    parts: int = 1
    like: str | None = None

    @property
    def model(self) -> str:
        """The model that the request names: one that only these engines serve."""
        return "-".join(engine.name for engine in self.engines)


def config(cases: Sequence[Case], ports: dict[str, int], collector: int = 0) -> str:
    """The config file for some cases, their engines listening on `ports`; with a `collector`, requests are told of.

    Nobody probes, because a probe comes when the clock says so; and no breaker opens, so that a fallback stays one.
    """
    engines = {engine.name: engine for case in cases for engine in case.engines}
    models = {case.model: [engine.name for engine in case.engines] for case in cases}
    server: dict[str, object] = {"listen": "127.0.0.1:0"}
    if collector:
        server["log"] = {"format": "json", "requests": True}
        server["tracing"] = {"endpoint": f"http://127.0.0.1:{collector}"}
    document = {
        "version": 1,
        "server": server,
        "defaults": {"health": {"active": False}, "breaker": {"failures": 1_000_000, "window": "1ms"}},
        "providers": {
            name: {"kind": engine.kind, "base_url": f"http://127.0.0.1:{ports[name]}"}
            for name, engine in engines.items()
        },
        "models": {
            name: {"deployments": [{"provider": provider, "model": "upstream-model"} for provider in providers],
                   "strategy": "ordered"}
            for name, providers in models.items()
        },
    }  # fmt: skip
    return json.dumps(document)  # which is YAML


def caller_request(case: Case) -> bytes:
    """What the caller of a case sends."""
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nUser-Agent: bench\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(case.body)}\r\n\r\n"
    ).encode() + case.body


def _request(model: str, prompt: str, *, stream: bool = False) -> bytes:
    asked: dict[str, object] = {
        "model": model,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant that answers briefly."},
            {"role": "user", "content": prompt},
        ],
        "temperature": 0.7,
        "max_tokens": 64,
    }
    if stream:
        asked["stream"] = True
    return json.dumps(asked).encode()


def _whole(body: dict[str, object], status: str = "200 OK") -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status}\r\nServer: bench\r\nDate: {_DATE}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: keep-alive\r\n\r\n"
    )
    return head.encode() + content


def _streamed(events: Sequence[bytes], media_type: str, *, opening: int, closing: int) -> tuple[bytes, ...]:
    """A chunked answer: the first `opening` events come with the head, the last `closing` with the end."""
    head = (
        f"HTTP/1.1 200 OK\r\nServer: bench\r\nDate: {_DATE}\r\nContent-Type: {media_type}\r\n"
        "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
    ).encode()
    chunks = [b"%x\r\n%b\r\n" % (len(event), event) for event in events]
    first, between, last = chunks[:opening], chunks[opening:-closing], chunks[-closing:]
    return (head + b"".join(first), *between, b"".join(last) + b"0\r\n\r\n")


def _openai_answer(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "upstream-model"}
    return _whole({**body, "choices": [choice], "usage": _USAGE})


def _openai_stream() -> tuple[bytes, ...]:
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "upstream-model"}

    def event(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return b"data: %b\n\n" % json.dumps({**common, "choices": [choice]}).encode()

    usage = b"data: %b\n\n" % json.dumps({**common, "choices": [], "usage": _USAGE}).encode()
    events = [event({"role": "assistant", "content": ""})]
    events += [event({"content": f" word{number:03}"}) for number in range(CHUNKS)]
    events += [event({}, "stop"), usage, b"data: [DONE]\n\n"]
    return _streamed(events, "text/event-stream", opening=2, closing=3)


def _ollama_line(text: str, **more: object) -> dict[str, object]:
    message = {"role": "assistant", "content": text}
    return {"model": "upstream-model", "created_at": "2026-11-25T12:00:00.123456Z", "message": message, **more}


_OLLAMA_END = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 4_935_886_791,
    "load_duration": 534_986_708,
    "prompt_eval_count": 12,
    "prompt_eval_duration": 107_345_000,
    "eval_count": 20,
    "eval_duration": 4_289_432_000,
}


def _ollama_stream() -> tuple[bytes, ...]:
    lines = [_ollama_line(f" word{number:03}", done=False) for number in range(CHUNKS)]
    lines.append(_ollama_line("", **_OLLAMA_END))
    events = [json.dumps(line).encode() + b"\n" for line in lines]
    return _streamed(events, "application/x-ndjson", opening=1, closing=1)


_SMALL_PROMPT = "Say hello to the world. " * 12
_LARGE_PROMPT = "Say hello to the world. " * 4267  # 100 KB
_LARGE_TEXT = "This is an answer of some length. " * 603  # 20 KB

_REFUSAL = {"error": {"message": "The engine has failed.", "type": "server_error", "param": None, "code": None}}
ENGINE = Engine("engine", "openai-compatible", (_openai_answer(_WORDS),))
LARGE = Engine("large", "openai-compatible", (_openai_answer(_LARGE_TEXT),))
STREAM = Engine("stream", "openai-compatible", _openai_stream())
COLLECTOR = Engine("collector", "", (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",))
FAILING = Engine("failing", "openai-compatible", (_whole(_REFUSAL, "500 Internal Server Error"),))
OLLAMA = Engine("ollama", "ollama", (_whole(_ollama_line(_WORDS, **_OLLAMA_END)),))
OLLAMA_STREAM = Engine("ollama-stream", "ollama", _ollama_stream())

_SMALL_SAID, _LAST_WORD = _WORDS.encode(), b"word199"

WHOLE = Case("whole, small", _request("engine", _SMALL_PROMPT), (ENGINE,), _SMALL_SAID)
CASES = (
    WHOLE,
    Case("whole, 100 KB in, 20 KB out", _request("large", _LARGE_PROMPT), (LARGE,), _LARGE_TEXT.encode()),
    Case("stream, a chunk", _request("stream", _SMALL_PROMPT, stream=True), (STREAM,), _LAST_WORD, parts=CHUNKS),
    Case("to Ollama, whole", _request("ollama", _SMALL_PROMPT), (OLLAMA,), _SMALL_SAID),
    Case("to Ollama, stream, a chunk", _request("ollama-stream", _SMALL_PROMPT, stream=True), (OLLAMA_STREAM,),
         _LAST_WORD, parts=CHUNKS),
    Case("whole, after one fallback", _request("failing-engine", _SMALL_PROMPT), (FAILING, ENGINE), _SMALL_SAID),
    Case("whole, with a line and spans", WHOLE.body, (ENGINE,), _SMALL_SAID, told=True),
    Case("whole, 10,000 models", WHOLE.body, (ENGINE,), _SMALL_SAID, models=MANY_MODELS, like=WHOLE.name),
)  # fmt: skip


def named(name: str) -> Case:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)
