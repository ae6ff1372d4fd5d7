"""Embeddings in OpenAI's format, requests and answers, both ways.

Never translates token numbers, and never passes on one vector per token as if it were one per input.
Source: OpenAI API reference, "Create embeddings"; the `base64` encoding is little-endian float32, which the SDKs ask
for by default.
"""

import base64
import sys
from array import array
from binascii import Error as Base64Error
from collections.abc import Sequence

import msgspec

from sixnines.dialects import validation
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import EmbeddingRequest, EmbeddingResponse
from sixnines.dialects.openai.chunks import WireUsage
from sixnines.dialects.validation import empty_array, inexpressible, wrong_value

_FLOAT32_BYTES = 4


class _Body(msgspec.Struct, kw_only=True):
    model: str
    input: str | list[object]
    encoding_format: str | None = None
    dimensions: int | None = None
    user: str | None = None


class _Vector(msgspec.Struct):
    embedding: list[float] | str
    index: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Vector]
    model: str | None = None
    usage: WireUsage | None = None


_KNOWN = frozenset(_Body.__struct_fields__)
_DECODER = msgspec.json.Decoder(_Body)
_decode_answer = msgspec.json.Decoder(_Answer).decode
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> EmbeddingRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format, or its input is not text.
    """
    wire = validation.decode(body, _DECODER)
    if wire.encoding_format not in (None, "float", "base64"):
        raise wrong_value("encoding_format", wire.encoding_format, ("float", "base64"))
    return EmbeddingRequest(
        model=wire.model,
        inputs=_inputs(wire.input),
        dimensions=wire.dimensions,
        base64=wire.encoding_format == "base64",
        user=wire.user,
        extras=validation.unread(body, _KNOWN),
    )


def render_request(request: EmbeddingRequest) -> bytes:
    """The request in OpenAI's words."""
    fields: dict[str, object] = {
        "encoding_format": "base64" if request.base64 else None,
        "dimensions": request.dimensions,
        "user": request.user,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return _encode({"model": request.model, "input": request.inputs} | given | request.extras)


def parse_response(body: bytes) -> EmbeddingResponse:
    """What an answer means.

    Raises:
        ValueError: it is none, or holds one vector per token.
    """
    try:
        wire = _decode_answer(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    ordered = sorted(enumerate(wire.data), key=lambda each: each[0] if each[1].index is None else each[1].index)
    return EmbeddingResponse(
        model=wire.model or "",
        vectors=tuple(_numbers(each.embedding) for _, each in ordered),
        usage=None if wire.usage is None else wire.usage.neutral(),
    )


def render_response(response: EmbeddingResponse, head: AnswerHead) -> bytes:
    """The answer in OpenAI's words; as base64 if the caller asked for that."""
    answer: dict[str, object] = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _text(vector) if head.base64 else vector}
            for index, vector in enumerate(response.vectors)
        ],
        "model": head.model,
    }
    if response.usage is not None and response.usage.prompt_tokens is not None:
        count = response.usage.prompt_tokens
        answer["usage"] = {"prompt_tokens": count, "total_tokens": count}
    return _encode(answer)


def _inputs(wire: str | list[object]) -> tuple[str, ...]:
    if isinstance(wire, str):
        return (wire,)
    if not wire:
        raise empty_array("input")
    texts = tuple(each for each in wire if isinstance(each, str))
    if len(texts) != len(wire):
        raise inexpressible("input", "its provider takes text, not tokens")
    return texts


def _numbers(embedding: list[float] | str) -> tuple[float, ...]:
    if not isinstance(embedding, str):
        return tuple(embedding)
    try:
        packed = base64.b64decode(embedding, validate=True)
    except Base64Error as error:
        raise ValueError(f"a vector that is not base64: {error}") from None
    if len(packed) % _FLOAT32_BYTES:
        raise ValueError("a vector that is cut within a number")
    return tuple(_swapped(array("f", packed)))


def _text(vector: Sequence[float]) -> str:
    return base64.b64encode(_swapped(array("f", vector)).tobytes()).decode()


def _swapped(numbers: "array[float]") -> "array[float]":
    """From the machine's byte order to the wire's, or back."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
