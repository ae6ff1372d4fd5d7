"""What the gateway reads of an OpenAI stream's chunks, and of errors inside a 200 answer.

Names no more than says whether a chunk is content, an end, usage or an error. Format: OpenAI API reference, "Chat" and
"Completions", streaming; errors as vLLM and llama.cpp send them.
"""

import msgspec

from sixnines.dialects.neutral import StreamFault, Usage

# A raw field cannot be optional: absent is this, null is its four letters.
NOTHING = msgspec.Raw(b"")
NO_ERROR = (NOTHING, msgspec.Raw(b"null"))


class _TokenDetails(msgspec.Struct):
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class WireUsage(msgspec.Struct):
    """The usage object as OpenAI-compatible servers send it."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _TokenDetails | None = None
    completion_tokens_details: _TokenDetails | None = None

    def neutral(self) -> Usage:
        """The same in the neutral form."""
        prompt, completion = self.prompt_tokens_details, self.completion_tokens_details
        return Usage(
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cached_tokens=None if prompt is None else prompt.cached_tokens,
            reasoning_tokens=None if completion is None else completion.reasoning_tokens,
        )


class _Delta(msgspec.Struct):
    role: object = None
    content: str | list[msgspec.Raw] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[msgspec.Raw] | None = None
    function_call: dict[str, msgspec.Raw] | None = None


class ChunkChoice(msgspec.Struct):
    """What the gateway reads of a choice's piece."""

    index: int = 0
    delta: _Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class Chunk(msgspec.Struct):
    """What the gateway reads of a chunk."""

    model: str | None = None
    choices: list[ChunkChoice] | None = None
    usage: WireUsage | msgspec.UnsetType | None = msgspec.UNSET
    error: msgspec.Raw = NOTHING
    object: str | None = None
    message: str | None = None


class Opening(msgspec.Struct):
    """What all chunks of an answer repeat."""

    id: object = None
    created: object = None


class _WireError(msgspec.Struct):
    message: str | None = None
    type: str | None = None
    code: int | str | None = None


decode_chunk = msgspec.json.Decoder(Chunk).decode
decode_opening = msgspec.json.Decoder(Opening).decode
_decode_error = msgspec.json.Decoder(_WireError | str).decode

_HTTP_ERRORS = range(400, 600)


def read_fault(raw: bytes, fallback: str | None = None) -> StreamFault:
    """An error object (or string) inside a 200 answer."""
    try:
        error = _decode_error(raw)
    except (ValueError, RecursionError):
        return StreamFault(message=fallback or "error event", type="server_error")
    if isinstance(error, str):
        return StreamFault(message=error, type="server_error")
    status = error.code if isinstance(error.code, int) and error.code in _HTTP_ERRORS else None
    code = None if error.code is None else str(error.code)
    return StreamFault(message=error.message or fallback or "error event", status=status, type=error.type, code=code)
