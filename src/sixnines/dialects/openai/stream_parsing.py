"""Streams in OpenAI's format to steps of the neutral form.

Never raises and never reads a chunk twice. What engines do differently is settled here: a finish reason on the last
content chunk (vLLM) or on its own (OpenAI, llama.cpp), id and name repeated in every fragment of a tool call
(llama-cpp-python), one index for several tool calls (Ollama), thinking as `reasoning_content` or `reasoning`.
Source: OpenAI API reference, "The chat completion chunk object" and "Create completion".
"""

from collections.abc import Sequence

import msgspec

from sixnines.dialects.event_stream import EventStreamParser
from sixnines.dialects.neutral import Delta, StreamDone, StreamEvent, StreamFault, ToolCallDelta
from sixnines.dialects.openai import finish, logprobs
from sixnines.dialects.openai.chunks import WireUsage, read_fault


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Text(msgspec.Struct):
    text: str = ""


class _Delta(msgspec.Struct):
    content: str | list[_Text] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _ChatChoice(msgspec.Struct):
    index: int = 0
    delta: _Delta | None = None
    finish_reason: str | None = None
    logprobs: dict[str, object] | None = None


class _TextChoice(msgspec.Struct):
    index: int = 0
    text: str | None = None
    finish_reason: str | None = None
    logprobs: dict[str, object] | None = None


class _Chunk(msgspec.Struct):
    usage: WireUsage | None = None
    error: msgspec.Raw = msgspec.Raw()  # a union with None would take nothing but null
    object: str | None = None
    message: str | None = None


class _ChatChunk(_Chunk):
    choices: list[_ChatChoice] | None = None


class _TextChunk(_Chunk):
    choices: list[_TextChoice] | None = None


_decode_chat = msgspec.json.Decoder(_ChatChunk).decode
_decode_text = msgspec.json.Decoder(_TextChunk).decode
_NO_DELTA = _Delta()
_NO_ERROR = (b"", b"null")


class _CallNumbers:
    """Which tool call of a choice a fragment belongs to."""

    __slots__ = ("_ids", "_named", "_numbers")

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}  # an engine's index to ours
        self._ids: dict[int, str] = {}
        self._named: set[int] = set()

    def fragment(self, wire: _ToolCall) -> ToolCallDelta:
        """The fragment under its own number, with id and name where they are news."""
        number = self._number(wire)
        function = wire.function
        name = None if function is None else function.name or None
        fresh_id = wire.id if wire.id and number not in self._ids else None
        fresh_name = name if number not in self._named else None
        if fresh_id is not None:
            self._ids[number] = fresh_id
        if fresh_name is not None:
            self._named.add(number)
        arguments = "" if function is None else function.arguments or ""
        return ToolCallDelta(index=number, id=fresh_id, name=fresh_name, arguments=arguments)

    def _number(self, wire: _ToolCall) -> int:
        at = wire.index if wire.index is not None else -1
        number = self._numbers.get(at)
        another = bool(wire.id) and number is not None and self._ids.get(number, wire.id) != wire.id
        if number is None or another:
            taken = self._numbers.values()
            number = at if at >= 0 and at not in taken and not another else max(taken, default=-1) + 1
            self._numbers[at] = number
        return number


class ChatStreamParser(EventStreamParser):
    """`chat.completion.chunk` events."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, _CallNumbers] = {}

    def _read(self, data: bytes, out: list[StreamEvent]) -> None:
        if data == b"[DONE]":
            out.append(StreamDone())
            return
        try:
            chunk = _decode_chat(data)
            fault = _fault(chunk, data)
            out += [self._step(choice) for choice in chunk.choices or ()] if fault is None else [fault]
        except (ValueError, RecursionError) as error:
            out.append(_garbage(error))
            return
        if chunk.usage is not None:
            out.append(Delta(usage=chunk.usage.neutral()))

    def _step(self, choice: _ChatChoice) -> StreamEvent:
        if choice.finish_reason in finish.ABORTED:
            return _gave_up(choice.finish_reason)
        delta = choice.delta or _NO_DELTA
        content = delta.content or ""
        return Delta(
            index=choice.index,
            text=content if isinstance(content, str) else "".join(part.text for part in content),
            reasoning=delta.reasoning_content or delta.reasoning or "",
            refusal=delta.refusal or "",
            tool_calls=() if not delta.tool_calls else self._fragments(choice.index, delta.tool_calls),
            finish=None if choice.finish_reason is None else finish.parse(choice.finish_reason),
            logprobs=choice.logprobs,
        )

    def _fragments(self, index: int, calls: Sequence[_ToolCall]) -> tuple[ToolCallDelta, ...]:
        numbers = self._calls.setdefault(index, _CallNumbers())
        return tuple(numbers.fragment(call) for call in calls)


class CompletionStreamParser(EventStreamParser):
    """`text_completion` events."""

    __slots__ = ()

    def _read(self, data: bytes, out: list[StreamEvent]) -> None:
        if data == b"[DONE]":
            out.append(StreamDone())
            return
        try:
            chunk = _decode_text(data)
            fault = _fault(chunk, data)
            out += [_text_step(choice) for choice in chunk.choices or ()] if fault is None else [fault]
        except (ValueError, RecursionError) as error:
            out.append(_garbage(error))
            return
        if chunk.usage is not None:
            out.append(Delta(usage=chunk.usage.neutral()))


def _text_step(choice: _TextChoice) -> StreamEvent:
    if choice.finish_reason in finish.ABORTED:
        return _gave_up(choice.finish_reason)
    return Delta(
        index=choice.index,
        text=choice.text or "",
        finish=None if choice.finish_reason is None else finish.parse(choice.finish_reason),
        logprobs=None if choice.logprobs is None else logprobs.to_chat(choice.logprobs),
    )


def _fault(chunk: _Chunk, data: bytes) -> StreamFault | None:
    if (error := bytes(chunk.error)) not in _NO_ERROR:
        return read_fault(error, chunk.message)
    return read_fault(data, chunk.message) if chunk.object == "error" else None


def _garbage(error: Exception) -> StreamFault:
    return StreamFault(message=f"not a chunk: {error}", garbage=True)


def _gave_up(reason: str | None) -> StreamFault:
    return StreamFault(message=f"the engine gave up: finish_reason '{reason}'", type="server_error")
