"""Put a streamed OpenAI answer together, for callers who did not ask for a stream.

Keeps what it does not know: unknown fields of chunks end up in the answer as the last chunk had them.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from sixnines.dialects.codec import Whole
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault
from sixnines.dialects.openai.chunks import Chunk
from sixnines.dialects.openai.relay import OpenAIRelay
from sixnines.domain.operation import Operation

Json = dict[str, object]

_decode: Final = msgspec.json.Decoder(Json).decode
_encode: Final = msgspec.json.Encoder().encode
# Grow piece by piece; every other string in a delta (role, id) is repeated whole.
_GROWING: Final = frozenset({"content", "reasoning_content", "reasoning", "refusal", "text"})


class OpenAICollector(OpenAIRelay):
    """A relay whose output is one body; judging the stream is the relay's part."""

    __slots__ = ("_answer", "_choices", "_operation")

    def __init__(self, head: AnswerHead, operation: Operation) -> None:
        super().__init__(head)
        self._operation = operation
        self._answer: Json = {}
        self._choices: dict[int, Json] = {}

    def feed(self, data: bytes) -> bytes:
        """Upstream bytes in; nothing goes to the caller before the end."""
        super().feed(data)
        return b""

    def _emit(self, chunk: Chunk, data: bytes, out: list[bytes]) -> None:
        del chunk, out
        try:
            self._merge(_decode(data))
        except (ValueError, RecursionError) as error:  # in a part that the relay had no need to read
            self.fault = StreamFault(message=f"not a chunk: {error}", garbage=True)

    def whole(self) -> Whole:
        """The answer as a server of this dialect would have sent it unstreamed."""
        answer = dict(self._answer)
        answer["object"] = "chat.completion" if self._operation is Operation.CHAT else "text_completion"
        answer["model"] = self._head.model
        answer["choices"] = [_settled(self._choices[index]) for index in sorted(self._choices)]
        if not answer.get("usage"):
            answer.pop("usage", None)
        return Whole(_encode(answer), self.usage)

    def _merge(self, chunk: Json) -> None:
        choices = chunk.pop("choices", None)
        if not isinstance(choices, list):
            choices = []
        self._answer.update(chunk)
        for piece in choices:
            if isinstance(piece, dict):
                self._merge_choice(piece)

    def _merge_choice(self, piece: Json) -> None:
        index = piece.get("index", 0)
        if not isinstance(index, int):
            return
        choice = self._choices.setdefault(index, self._fresh(index))
        delta = piece.pop("delta", None)
        if isinstance(delta, dict):
            message = choice["message"]
            if isinstance(message, dict):
                _grow(message, delta)
        logprobs = piece.pop("logprobs", None)
        if isinstance(logprobs, dict):
            kept = choice.get("logprobs")
            choice["logprobs"] = _extended(kept if isinstance(kept, dict) else {}, logprobs)
        _grow(choice, piece)

    def _fresh(self, index: int) -> Json:
        if self._operation is Operation.CHAT:
            return {"index": index, "message": {"role": "assistant", "content": None}, "finish_reason": None}
        return {"index": index, "text": "", "finish_reason": None}


def _settled(choice: Json) -> Json:
    """A choice without what only streams carry: the index of a tool call.

    An engine that says its calls in the old form too (llama-cpp-python) has run the arguments of several together
    there; unstreamed it names the first.
    """
    message = choice.get("message")
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    if isinstance(message, dict) and isinstance(calls, list):
        message["tool_calls"] = [{key: value for key, value in call.items() if key != "index"} for call in calls]
        if calls and message.get("function_call") is not None:
            message["function_call"] = calls[0].get("function")
    return choice


def _grow(into: Json, piece: Json) -> None:
    """Merge one delta: texts grow, tool calls merge by index, the rest is overwritten by what is not null."""
    for key, value in piece.items():
        if value is None:
            into.setdefault(key, None)
            continue
        merge = _MERGES.get(key)
        into[key] = value if merge is None else merge(into.get(key), value)


def _grown_text(kept: object, piece: object) -> object:
    return kept + piece if isinstance(kept, str) and isinstance(piece, str) else piece


def _grown_function(kept: object, piece: object) -> object:
    if not isinstance(kept, dict) or not isinstance(piece, dict):
        return piece
    merged = dict(kept)
    for key, value in piece.items():
        # The name comes whole (some engines repeat it in every fragment), the arguments in fragments.
        merged[key] = _grown_text(kept.get(key), value) if key == "arguments" else value or kept.get(key)
    return merged


def _grown_tool_calls(kept: object, pieces: object) -> object:
    calls: list[Json] = list(kept) if isinstance(kept, list) else []
    if not isinstance(pieces, list):
        return calls
    for piece in pieces:
        if not isinstance(piece, dict):
            continue
        index = piece.get("index", len(calls))
        known = next((call for call in calls if call.get("index", -1) == index), None)
        if known is None:
            calls.append({"index": index, **piece})
            continue
        for key, value in piece.items():
            known[key] = _grown_function(known.get(key), value) if key == "function" else value or known.get(key)
    return calls


def _extended(kept: Json, piece: Json) -> Json:
    merged = dict(kept)
    for key, value in piece.items():
        before = merged.get(key)
        merged[key] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return merged


_MERGES: dict[str, Callable[[object, object], object]] = {
    **dict.fromkeys(_GROWING, _grown_text),
    "tool_calls": _grown_tool_calls,
    "function_call": _grown_function,
}
