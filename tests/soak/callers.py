"""Who calls during a soak: what each sort asks for, how he reads, and when he goes. Drawn from a seeded generator."""

import enum
import json
import random
from dataclasses import dataclass

from soak.wire import Habits

PATIENCE_S = 20.0
"""More than twice the gateway's own limit for a request: who waits longer has been forgotten."""


class Sort(enum.StrEnum):
    """The sorts of callers."""

    STREAM = "stream"
    WHOLE = "whole"
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    LEAVES_STREAM = "leaves a stream"
    LEAVES_WHOLE = "leaves before his answer"
    SLOW = "reads slowly"
    MISTAKEN = "asks wrongly"


@dataclass(frozen=True, slots=True)
class Model:
    """What the gateway serves.

    Attributes:
        tokens: how many numbers a complete answer has.
        tokens_per_s: at which pace the engines make them; 0 is at once.
        contract: its `stream_failure`.
    """

    tokens: int
    tokens_per_s: float
    contract: str = "error"

    @property
    def text(self) -> str:
        """A complete answer."""
        return " ".join(map(str, range(self.tokens)))

    @property
    def nominal_s(self) -> float:
        """How long it takes an engine that nothing ails."""
        return (self.tokens - 1) / self.tokens_per_s if self.tokens_per_s else 0.0


EMBEDDER = "embedder"
MODELS = {
    "short": Model(8, 100),
    "short-held": Model(8, 100, "buffer"),
    "short-continued": Model(8, 100, "continue"),
    "long": Model(40, 100),
    # More than all the buffers between an engine and a caller hold.
    "big": Model(1500, 0),
}
_SHARES = {
    Sort.STREAM: 34,
    Sort.WHOLE: 28,
    Sort.COMPLETION: 5,
    Sort.EMBEDDING: 8,
    Sort.LEAVES_STREAM: 12,
    Sort.LEAVES_WHOLE: 8,
    Sort.SLOW: 1,
    Sort.MISTAKEN: 4,
}
# What is wrong with a request, and what its caller must be told.
_MISTAKES = {
    b'{"model": "shrot", "messages": [{"role": "user", "content": "?"}]}': (404, "model_not_found"),
    b'{"model": "short", "messages": "?"}': (400, "invalid_type"),
    b'{"model": "short", "messages": [': (400, "invalid_json"),
    b'{"model": "short", "messages": [{"role": "user", "content": "?"}], "stream": "yes"}': (400, "invalid_type"),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller.

    Attributes:
        number: counted from 0.
        sort: what he is.
        model: what he asks for.
        streams: he wants a stream.
        request: the bytes he sends.
        habits: how he reads.
        told: status and code of the refusal that he must get; None for everybody but the mistaken.
    """

    number: int
    sort: Sort
    model: str
    streams: bool
    request: bytes
    habits: Habits
    told: tuple[int, str] | None = None


def draw(rng: random.Random, number: int) -> Caller:
    """The caller with this number."""
    (sort,) = rng.choices(list(_SHARES), weights=list(_SHARES.values()))
    habits = _habits(rng, sort)
    if sort is Sort.MISTAKEN:
        body, told = rng.choice(list(_MISTAKES.items()))
        return Caller(number, sort, "", False, _post("/v1/chat/completions", body), habits, told)
    if sort is Sort.EMBEDDING:
        body = json.dumps({"model": EMBEDDER, "input": f"text {number}"}).encode()
        return Caller(number, sort, EMBEDDER, False, _post("/v1/embeddings", body), habits)
    model = "big" if sort is Sort.SLOW else rng.choice(("short", "short-held", "short-continued", "long"))
    if sort is Sort.COMPLETION:
        streams = rng.random() < 0.5
        body = json.dumps({"model": model, "prompt": f"count {number}", "stream": streams}).encode()
        return Caller(number, sort, model, streams, _post("/v1/completions", body), habits)
    streams = sort in {Sort.STREAM, Sort.LEAVES_STREAM, Sort.SLOW}
    message = {"role": "user", "content": f"count {number}"}
    body = json.dumps({"model": model, "messages": [message], "stream": streams}).encode()
    return Caller(number, sort, model, streams, _post("/v1/chat/completions", body), habits)


def _habits(rng: random.Random, sort: Sort) -> Habits:
    resets = rng.random() < 0.5
    match sort:
        case Sort.LEAVES_STREAM:
            return Habits(PATIENCE_S, leaves_at_byte=rng.randrange(1, 1500), leaves_after_s=1.0, resets=resets)
        case Sort.LEAVES_WHOLE:
            return Habits(PATIENCE_S, leaves_after_s=rng.uniform(0, 0.3), resets=resets)
        case Sort.SLOW:
            return Habits(PATIENCE_S, gap_s=0.05)
        case _:
            return Habits(PATIENCE_S)


def _post(path: str, body: bytes) -> bytes:
    head = "POST {} HTTP/1.1\r\nhost: soak\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
    return head.format(path, len(body)).encode() + body
