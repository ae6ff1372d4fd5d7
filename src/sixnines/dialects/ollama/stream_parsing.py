"""Streams in Ollama's native format to steps of the neutral form.

Never raises and never reads a line twice. A line with `error` is a fault, although the status was 200; a line with
`done` ends the answer, and nothing else does.
Source: Ollama's OpenAPI document, `ChatStreamEvent` and `GenerateStreamEvent`; `server/routes.go`, `streamResponse`.
"""

import abc
import contextlib
from collections.abc import Sequence

import msgspec

from sixnines.dialects.ndjson import LineSplitter
from sixnines.dialects.neutral import Delta, StreamDone, StreamEvent, StreamFault, ToolCallDelta
from sixnines.dialects.ollama import answers, messages
from sixnines.dialects.ollama.messages import WireToolCall

_encode = msgspec.json.Encoder().encode


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[WireToolCall] | None = None


class _Line(answers.Metrics, kw_only=True):
    logprobs: list[dict[str, object]] | None = None
    error: object = None


class _ChatLine(_Line, kw_only=True):
    message: _Message = _Message()


class _GenerateLine(_Line, kw_only=True):
    response: str = ""
    thinking: str | None = None


_decode_chat = msgspec.json.Decoder(_ChatLine).decode
_decode_generate = msgspec.json.Decoder(_GenerateLine).decode


class _LineParser(abc.ABC):
    """A parser that is given one line at a time. Subclasses say what a line means in `_step`."""

    __slots__ = ("_overflowed", "_splitter")

    def __init__(self) -> None:
        self._splitter = LineSplitter()
        self._overflowed = False

    def feed(self, data: bytes) -> list[StreamEvent]:
        """The events completed by `data`."""
        out: list[StreamEvent] = []
        for line in self._splitter.feed(data):
            try:
                out += self._read(line)
            except (ValueError, RecursionError) as error:
                out.append(StreamFault(message=f"not a line of an answer: {error}", garbage=True))
        if self._splitter.overflow and not self._overflowed:
            self._overflowed = True
            out.append(StreamFault(message="a line larger than the gateway reads", garbage=True))
        return out

    def end(self) -> list[StreamEvent]:
        """The event of a last line without its line feed. A line that was cut is none: it is the stream that broke."""
        out: list[StreamEvent] = []
        for line in self._splitter.end():
            with contextlib.suppress(ValueError, RecursionError):
                out += self._read(line)
        return out

    @abc.abstractmethod
    def _read(self, line: bytes) -> tuple[StreamEvent, ...]:
        """What a line means; raises `ValueError` or `RecursionError` for what is none."""


class ChatStreamParser(_LineParser):
    """The lines of `/api/chat`."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0

    def _read(self, line: bytes) -> tuple[StreamEvent, ...]:
        wire = _decode_chat(line)
        if wire.error is not None:
            return (_fault(wire.error),)
        message = wire.message
        calls = () if not message.tool_calls else self._tool_calls(message.tool_calls)
        step = Delta(
            text=message.content or "",
            reasoning=message.thinking or "",
            tool_calls=calls,
            finish=wire.finish(called_tools=self._calls > 0),
            usage=wire.usage() if wire.done else None,
            logprobs=None if wire.logprobs is None else answers.parse_logprobs(wire.logprobs),
        )
        return (step, StreamDone()) if wire.done else (step,)

    def _tool_calls(self, wire: Sequence[WireToolCall]) -> tuple[ToolCallDelta, ...]:
        """The calls of a line, each of which is complete."""
        steps: list[ToolCallDelta] = []
        for each in wire:
            call = messages.parse_call(each, self._calls)
            steps.append(ToolCallDelta(index=self._calls, id=call.id, name=call.name, arguments=call.arguments))
            self._calls += 1
        return tuple(steps)


class GenerateStreamParser(_LineParser):
    """The lines of `/api/generate`."""

    __slots__ = ()

    def _read(self, line: bytes) -> tuple[StreamEvent, ...]:
        wire = _decode_generate(line)
        if wire.error is not None:
            return (_fault(wire.error),)
        step = Delta(
            text=wire.response,
            reasoning=wire.thinking or "",
            finish=wire.finish(called_tools=False),
            usage=wire.usage() if wire.done else None,
            logprobs=None if wire.logprobs is None else answers.parse_logprobs(wire.logprobs),
        )
        return (step, StreamDone()) if wire.done else (step,)


def _fault(error: object) -> StreamFault:
    message = error if isinstance(error, str) else _encode(error).decode()
    return StreamFault(message=message, type="server_error")
