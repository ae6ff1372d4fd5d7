"""Embeddings in Ollama's native format (`/api/embed`), both ways.

Never lets an input be cut: `truncate` is false unless the caller sets it, because Ollama otherwise embeds the beginning
of a text that is too long as if it were the whole. `user` is left out; it changes nothing.
Source: Ollama's OpenAPI document, `EmbedRequest` and `EmbedResponse`.
"""

import msgspec

from sixnines.dialects import extras, validation
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import EmbeddingRequest, EmbeddingResponse, Sampling, Usage
from sixnines.dialects.ollama import options

_PASSED_ON = frozenset({"keep_alive", "options", "truncate"})


class _Body(msgspec.Struct, kw_only=True):
    model: str
    input: str | list[str]
    dimensions: int | None = None


class _Answer(msgspec.Struct):
    embeddings: list[list[float]]
    model: str = ""
    prompt_eval_count: int | None = None


_KNOWN = frozenset(_Body.__struct_fields__)
_DECODER = msgspec.json.Decoder(_Body)
_decode_answer = msgspec.json.Decoder(_Answer).decode
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> EmbeddingRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format.
    """
    wire = validation.decode(body, _DECODER)
    others = validation.unread(body, _KNOWN)
    return EmbeddingRequest(
        model=wire.model,
        inputs=(wire.input,) if isinstance(wire.input, str) else tuple(wire.input),
        dimensions=wire.dimensions,
        extras={name: value for name, value in others.items() if name != "truncate" or bytes(value) != b"false"},
    )


def render_request(request: EmbeddingRequest) -> bytes:
    """The request in Ollama's words.

    Raises:
        MalformedRequest: it asks for what Ollama has not.
    """
    passed_on = extras.forwarded(request.extras, _PASSED_ON)
    given: dict[str, object] = {**passed_on}
    if request.dimensions is not None:
        given["dimensions"] = request.dimensions
    wire_options = options.render(Sampling(), request.context_window, passed_on)
    if wire_options is not None:
        given["options"] = wire_options
    return _encode({"model": request.model, "input": request.inputs, "truncate": False} | given)


def parse_response(body: bytes) -> EmbeddingResponse:
    """What an answer means.

    Raises:
        ValueError: it is none.
    """
    try:
        wire = _decode_answer(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    count = wire.prompt_eval_count
    return EmbeddingResponse(
        model=wire.model,
        vectors=tuple(tuple(vector) for vector in wire.embeddings),
        usage=None if count is None else Usage(prompt_tokens=count),
    )


def render_response(response: EmbeddingResponse, head: AnswerHead) -> bytes:
    """The answer in Ollama's words."""
    answer: dict[str, object] = {"model": head.model, "embeddings": response.vectors}
    if response.usage is not None and response.usage.prompt_tokens is not None:
        answer["prompt_eval_count"] = response.usage.prompt_tokens
    return _encode(answer)
