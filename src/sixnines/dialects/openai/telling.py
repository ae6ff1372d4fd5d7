"""OpenAI streams to a caller of the same dialect, with a record of what he was told, so that another can go on.

A first half is passed on byte for byte as `OpenAIRelay` does it. A later half is written again: it repeats nothing that
the caller has, and says the answer's id, its time and its usage as one answer.
"""

import re
from typing import Final

import msgspec

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault, Usage
from sixnines.dialects.openai.chunks import Chunk, ChunkChoice, Opening, decode_opening
from sixnines.dialects.openai.relay import TERMINATOR, OpenAIRelay
from sixnines.dialects.said import Half, Said, thinks_again
from sixnines.domain.kind import Continues

Json = dict[str, object]

_decode: Final = msgspec.json.Decoder(Json).decode
_encode: Final = msgspec.json.Encoder().encode
_PROBABILITIES: Final = b'"logprobs"'
_PROBABILITIES_GIVEN: Final = re.compile(rb'"logprobs"\s*:\s*\{')


class TellingRelay(OpenAIRelay):
    """The first half of an answer, or all of it."""

    __slots__ = ("_half",)

    def __init__(self, head: AnswerHead, said: Said, continues: Continues) -> None:
        super().__init__(head)
        self._half = Half(said, continues)

    @property
    def said(self) -> Said:
        """What the caller knows once all bytes so far are sent."""
        return self._half.said

    def closing(self) -> bytes:
        """See `Telling`. Usage that the provider did not tell is not made up."""
        return TERMINATOR if self.finished else b""

    def _emit(self, chunk: Chunk, data: bytes, out: list[bytes]) -> None:
        self._count(chunk)
        passed_on = len(out)
        super()._emit(chunk, data, out)
        if len(out) == passed_on:
            return
        half, said = self._half, self._half.said
        if not said.begun:
            _begin(said, data)
        for choice in chunk.choices or ():
            if text := _text(choice):
                half.tell(text)
            if not _is_plain(choice):
                said.plain = False
        if data.find(_PROBABILITIES) >= 0 and _PROBABILITIES_GIVEN.search(data) is not None:
            said.plain = False

    def _count(self, chunk: Chunk) -> None:
        if chunk.usage is not msgspec.UNSET and self.usage is not None:
            self._half.count(self.usage)


class ResumingRelay(TellingRelay):
    """What a later provider adds to the answer."""

    __slots__ = ()

    def _emit(self, chunk: Chunk, data: bytes, out: list[bytes]) -> None:
        self._count(chunk)
        if any(_thinks(choice) for choice in chunk.choices or ()):
            self.fault = thinks_again()
            return
        patched = self._patched(chunk, data)
        if patched is None:
            return
        try:
            wire = _decode(patched)
        except (ValueError, RecursionError) as error:  # in a part that the relay had no need to read
            self.fault = StreamFault(message=f"not a chunk: {error}", garbage=True)
            return
        news = self._join(chunk, wire)
        if self.usage is not None and wire.get("usage") is not None:
            _set_usage(wire, self._half.total(self.usage))
            news = True
        if not news:
            return
        for key, value in (("id", self.said.id), ("created", self.said.created)):
            _put(wire, key, value)
        written = _encode(wire)
        # Ids of tool calls are told once, as in every stream.
        calls = any(choice.delta is not None and choice.delta.tool_calls for choice in chunk.choices or ())
        out.append(b"data: %b\n\n" % (self._calls.trim(written) if calls else written))

    def _join(self, chunk: Chunk, wire: Json) -> bool:
        """Take out of the chunk's choices what the caller has already; whether anything is left."""
        news = False
        pieces = wire.get("choices")
        for choice, piece in zip(chunk.choices or (), pieces if isinstance(pieces, list) else (), strict=True):
            delta = piece.get("delta")
            if isinstance(delta, dict):
                delta.pop("role", None)
            if text := _text(choice):
                kept = self._half.fitted(text)
                self._half.tell(kept)
                if choice.text:
                    piece["text"] = kept
                else:
                    delta["content"] = kept
                news = news or bool(kept)
            if not _is_plain(choice):
                self.said.plain = False
                news = True
        return news


def telling(head: AnswerHead, said: Said, continues: Continues) -> TellingRelay:
    """The relay for the first half of an answer, or for what follows `said`."""
    return (ResumingRelay if said.begun else TellingRelay)(head, said, continues)


def _begin(said: Said, data: bytes) -> None:
    """Remember what every chunk of the answer repeats; the relay has seen that this is a chunk."""
    try:
        opening = decode_opening(data)
    except (ValueError, RecursionError):
        opening = Opening()
    said.begin(
        opening.id if isinstance(opening.id, str) else None,
        opening.created if isinstance(opening.created, int | float) else None,
    )


def _text(choice: ChunkChoice) -> str:
    """The text of a choice's piece; lists of parts, which a few engines send, are not plain."""
    content = None if choice.delta is None else choice.delta.content
    return choice.text or (content if isinstance(content, str) else "")


def _is_plain(choice: ChunkChoice) -> bool:
    if choice.index != 0 or choice.finish_reason is not None:
        return False
    delta = choice.delta
    return delta is None or not (
        delta.tool_calls
        or delta.reasoning_content
        or delta.reasoning
        or delta.refusal
        or delta.function_call
        or isinstance(delta.content, list)
    )


def _thinks(choice: ChunkChoice) -> bool:
    delta = choice.delta
    return delta is not None and bool(delta.reasoning_content or delta.reasoning)


def _set_usage(wire: Json, total: Usage) -> None:
    """The usage object with the counts of the whole answer; what else an engine says in it stays."""
    usage = wire["usage"]
    if not isinstance(usage, dict):
        return
    prompt, completion = total.prompt_tokens, total.completion_tokens
    usage |= {"prompt_tokens": prompt, "completion_tokens": completion}
    usage["total_tokens"] = None if prompt is None or completion is None else prompt + completion
    details = usage.get("prompt_tokens_details")
    if isinstance(details, dict) and total.cached_tokens is not None:
        details["cached_tokens"] = total.cached_tokens


def _put(wire: Json, key: str, value: object) -> None:
    if value is None:
        wire.pop(key, None)
    else:
        wire[key] = value
