"""Steps of the neutral form to streams in Ollama's native format.

Never sends half a tool call: fragments are held until their answer is finished, because a call is one object here. Of
several choices the first is the answer; the format has no place for others.
Source: Ollama's OpenAPI document, `ChatStreamEvent` and `GenerateStreamEvent`.
"""

import msgspec

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Delta, Finish, ToolCall, ToolCallDelta, Usage
from sixnines.dialects.ollama import answers
from sixnines.dialects.ollama.chat_responses import wire_message

_encode = msgspec.json.Encoder().encode


class _HeldCall:
    """A tool call that is still growing."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self, number: int) -> None:
        self.id = f"call_{number}"
        self.name = ""
        self.arguments: list[str] = []

    def grow(self, piece: ToolCallDelta) -> None:
        """Add a fragment."""
        self.id = piece.id or self.id
        self.name = piece.name or self.name
        self.arguments.append(piece.arguments)


class ChatStreamRenderer:
    """The lines of `/api/chat` for one answer."""

    __slots__ = ("_calls", "_finish", "_opening", "_usage")

    def __init__(self, head: AnswerHead) -> None:
        self._opening = answers.opening(head)
        self._calls: dict[int, _HeldCall] = {}
        self._finish: Finish | None = None
        self._usage: Usage | None = None

    def delta(self, event: Delta) -> bytes:
        """The line for one step; b"" where it brings nothing that can be said yet."""
        if event.usage is not None:
            self._usage = event.usage
        if event.index != 0:
            return b""
        for piece in event.tool_calls:
            self._calls.setdefault(piece.index, _HeldCall(piece.index)).grow(piece)
        self._finish = event.finish or self._finish
        calls = self._finished_calls() if event.finish is not None else ()
        text = event.text + event.refusal
        if not text and not event.reasoning and not calls and event.logprobs is None:
            return b""
        line = self._opening | {"message": wire_message(text, reasoning=event.reasoning, calls=calls), "done": False}
        if (listed := answers.render_logprobs(event.logprobs)) is not None:
            line["logprobs"] = listed
        return _encode(line) + b"\n"

    def done(self) -> bytes:
        """The last line."""
        line = self._opening | {"message": wire_message("")} | answers.ending(self._finish, self._usage)
        return _encode(line) + b"\n"

    def _finished_calls(self) -> tuple[ToolCall, ...]:
        calls = tuple(
            ToolCall(id=held.id, name=held.name, arguments="".join(held.arguments))
            for _, held in sorted(self._calls.items())
        )
        self._calls.clear()
        return calls


class GenerateStreamRenderer:
    """The lines of `/api/generate` for one answer."""

    __slots__ = ("_finish", "_opening", "_usage")

    def __init__(self, head: AnswerHead) -> None:
        self._opening = answers.opening(head)
        self._finish: Finish | None = None
        self._usage: Usage | None = None

    def delta(self, event: Delta) -> bytes:
        """The line for one step; b"" where it brings nothing that can be said yet."""
        if event.usage is not None:
            self._usage = event.usage
        if event.index != 0:
            return b""
        self._finish = event.finish or self._finish
        if not event.text and not event.reasoning and event.logprobs is None:
            return b""
        line = self._opening | {"response": event.text, "done": False}
        if event.reasoning:
            line["thinking"] = event.reasoning
        if (listed := answers.render_logprobs(event.logprobs)) is not None:
            line["logprobs"] = listed
        return _encode(line) + b"\n"

    def done(self) -> bytes:
        """The last line."""
        return _encode(self._opening | {"response": ""} | answers.ending(self._finish, self._usage)) + b"\n"
