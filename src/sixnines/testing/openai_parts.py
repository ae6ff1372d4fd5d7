"""Pieces of OpenAI's answers that several kinds write alike. Pure."""

import base64
import struct

from sixnines.testing.answers import Answer, Call
from sixnines.testing.asks import Ask

Fields = dict[str, object]

JSON = (b"content-type", b"application/json")
EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


def error_object(message: str, kind: str, *, code: str | int | None = None, param: str | None = None) -> Fields:
    """The error envelope (OpenAI API reference, "Error codes")."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def whole_call(call: Call, made_up_id: str) -> Fields:
    """A complete call of a function."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id or made_up_id, "type": "function", "function": function}


def vectors(ask: Ask, answer: Answer) -> list[object]:
    """The embeddings as asked for: JSON numbers, or little-endian float32 in base64."""
    if not ask.base64:
        return list(answer.vectors)
    return [base64.b64encode(struct.pack(f"<{len(v)}f", *v)).decode() for v in answer.vectors]


def logprob(token: str, top: int, *, more: Fields | None = None) -> Fields:
    """A made-up log probability of `token` with `top` alternatives; `more` is added to every entry."""
    entry = _entry(token, 0, more)
    others = [_entry(f"{token}{rank}", rank, more) for rank in range(1, top)]
    return {**entry, "top_logprobs": [entry, *others][:top]}


def _entry(token: str, rank: int, more: Fields | None) -> Fields:
    return {"token": token, "logprob": -0.25 - rank, "bytes": list(token.encode()), **(more or {})}
