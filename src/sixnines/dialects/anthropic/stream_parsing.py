"""Streams in Anthropic's format to steps of the neutral form.

Never raises and never reads an event twice. Event types and block types that are new here are read over, as the API's
versioning policy asks of clients; `ping` says nothing.
Source: Anthropic API reference, "Streaming Messages"; "Errors".
"""

import msgspec

from sixnines.dialects import arguments
from sixnines.dialects.anthropic.chat_responses import parse_stop_reason
from sixnines.dialects.anthropic.usage import WireUsage
from sixnines.dialects.event_stream import EventStreamParser
from sixnines.dialects.neutral import Delta, StreamDone, StreamEvent, StreamFault, ToolCallDelta, Usage

# The status that an error's type would have had before the stream began.
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class _Message(msgspec.Struct):
    usage: WireUsage | None = None


class _Block(msgspec.Struct):
    type: str
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _Delta(msgspec.Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class _Error(msgspec.Struct):
    type: str | None = None
    message: str | None = None


class _Event(msgspec.Struct):
    type: str
    index: int = 0
    delta: _Delta | None = None
    content_block: _Block | None = None
    message: _Message | None = None
    usage: WireUsage | None = None
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Event).decode


class _OpenCall:
    """A tool call whose block is not finished. `whole` is what the block's start already held."""

    __slots__ = ("number", "streamed", "whole")

    def __init__(self, number: int, whole: str) -> None:
        self.number = number
        self.whole = whole
        self.streamed = False


class ChatStreamParser(EventStreamParser):
    """The events of `/v1/messages`."""

    __slots__ = ("_made", "_open", "_usage")

    def __init__(self) -> None:
        super().__init__()
        self._made = 0  # tool calls so far
        self._open: dict[int, _OpenCall] = {}  # by the index of their block
        self._usage = WireUsage()

    def _read(self, data: bytes, out: list[StreamEvent]) -> None:
        try:
            out += self._events(_decode(data))
        except (ValueError, RecursionError) as error:
            out.append(StreamFault(message=f"not an event of an answer: {error}", garbage=True))

    def _events(self, event: _Event) -> tuple[StreamEvent, ...]:
        match event:
            case _Event(type="content_block_delta", delta=_Delta() as delta):
                return self._step(event.index, delta)
            case _Event(type="content_block_start", content_block=_Block() as block):
                return self._started(event.index, block)
            case _Event(type="content_block_stop"):
                return self._stopped(event.index)
            case _Event(type="message_start", message=_Message(usage=WireUsage() as usage)):
                return (Delta(usage=self._counted(usage)),)
            case _Event(type="message_delta"):
                return self._ended(event)
            case _Event(type="message_stop"):
                return (StreamDone(),)
            case _Event(type="error"):
                return (_fault(event.error or _Error()),)
            case _:
                return ()

    def _step(self, index: int, delta: _Delta) -> tuple[StreamEvent, ...]:
        match delta.type:
            case "text_delta":
                return (Delta(text=delta.text),)
            case "thinking_delta":
                return (Delta(reasoning=delta.thinking),)
            case "input_json_delta" if delta.partial_json and index in self._open:
                call = self._open[index]
                call.streamed = True
                return (Delta(tool_calls=(ToolCallDelta(index=call.number, arguments=delta.partial_json),)),)
            case _:  # signatures, citations, fragments without content
                return ()

    def _started(self, index: int, block: _Block) -> tuple[StreamEvent, ...]:
        match block.type:
            case "tool_use":
                number, self._made = self._made, self._made + 1
                self._open[index] = _OpenCall(number, arguments.as_text(block.input))
                return (Delta(tool_calls=(ToolCallDelta(index=number, id=block.id, name=block.name),)),)
            case "text" if block.text:
                return (Delta(text=block.text),)
            case "thinking" if block.thinking:
                return (Delta(reasoning=block.thinking),)
            case _:
                return ()

    def _stopped(self, index: int) -> tuple[StreamEvent, ...]:
        call = self._open.pop(index, None)
        if call is None or call.streamed:
            return ()
        return (Delta(tool_calls=(ToolCallDelta(index=call.number, arguments=call.whole),)),)

    def _ended(self, event: _Event) -> tuple[StreamEvent, ...]:
        reason = None if event.delta is None else event.delta.stop_reason
        return (
            Delta(
                finish=None if reason is None else parse_stop_reason(reason),
                usage=None if event.usage is None else self._counted(event.usage),
            ),
        )

    def _counted(self, usage: WireUsage) -> Usage:
        self._usage = self._usage.updated(usage)
        return self._usage.neutral()


def _fault(error: _Error) -> StreamFault:
    return StreamFault(
        message=error.message or "error event", status=_STATUS.get(error.type or ""), type=error.type, code=error.type
    )
