"""Steps of the neutral form to streams in OpenAI's format.

Never holds text back and never ends a stream by itself. The order is OpenAI's: a chunk with the role first, the finish
reason in a chunk of its own, usage after all choices and only for who asked, `[DONE]` last.
Source: OpenAI API reference, "The chat completion chunk object"; `stream_options.include_usage`.
"""

import msgspec

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Delta, ToolCallDelta, Usage
from sixnines.dialects.openai import logprobs
from sixnines.dialects.openai.chat_responses import render_usage
from sixnines.dialects.openai.completions import finish_reason

_encode = msgspec.json.Encoder().encode
_DONE = b"data: [DONE]\n\n"
_ROLE = b'{"role":"assistant","content":""}'


class _Envelope:
    """What every chunk of one answer repeats, as bytes made once."""

    __slots__ = ("_before", "_with_usage", "after")

    def __init__(self, head: AnswerHead, kind: bytes) -> None:
        self._before = b'data: {"id":%b,"object":"%b","created":%d,"model":%b,"choices":[' % (
            _encode(head.id), kind, head.created, _encode(head.model),
        )  # fmt: skip
        self._with_usage = head.include_usage
        # Who asked for usage is told in every chunk that it is not this one.
        self.after = b'],"usage":null}\n\n' if head.include_usage else b"]}\n\n"

    def opening(self, index: int) -> bytes:
        """A chunk up to and including the index of its one choice."""
        return b'%b{"index":%d' % (self._before, index)

    def usage(self, usage: Usage | None) -> bytes:
        """The last chunk before the terminator, if it is wanted and known."""
        wire = render_usage(usage) if self._with_usage else None
        return b"" if wire is None else b'%b],"usage":%b}\n\n' % (self._before, _encode(wire))


class ChatStreamRenderer:
    """`chat.completion.chunk` events for one answer."""

    __slots__ = ("_envelope", "_openings", "_text_end", "_usage")

    def __init__(self, head: AnswerHead) -> None:
        self._envelope = _Envelope(head, b"chat.completion.chunk")
        self._openings: dict[int, bytes] = {}  # of the choices that have begun
        if head.begun:
            self._openings[0] = self._opening(0)
        self._text_end = b'},"logprobs":null,"finish_reason":null}' + self._envelope.after
        self._usage: Usage | None = None

    def delta(self, event: Delta) -> bytes:
        """The chunks for one step; b"" where it only brings usage, or nothing."""
        if event.usage is not None:
            self._usage = event.usage
        members = _members(event)
        if not members and event.finish is None and event.logprobs is None:
            return b""
        out: list[bytes] = []
        opening = self._openings.get(event.index)
        if opening is None:
            opening = self._openings[event.index] = self._opening(event.index)
            out.append(self._chunk(opening, _ROLE, None, b"null"))
        if len(members) == 1 and event.logprobs is None:
            out.append(b"%b{%b%b" % (opening, members[0], self._text_end))
        elif members or event.logprobs is not None:
            out.append(self._chunk(opening, b"{%b}" % b",".join(members), event.logprobs, b"null"))
        if event.finish is not None:
            out.append(self._chunk(opening, b"{}", None, _encode(event.finish)))
        return b"".join(out)

    def done(self) -> bytes:
        """Usage, where it was asked for and is known, and the terminator."""
        return self._envelope.usage(self._usage) + _DONE

    def _opening(self, index: int) -> bytes:
        return self._envelope.opening(index) + b',"delta":'

    def _chunk(self, opening: bytes, delta: bytes, probabilities: dict[str, object] | None, finish: bytes) -> bytes:
        rest = (opening, delta, _encode(probabilities), finish, self._envelope.after)
        return b'%b%b,"logprobs":%b,"finish_reason":%b}%b' % rest


class CompletionStreamRenderer:
    """`text_completion` events for one answer."""

    __slots__ = ("_envelope", "_offsets", "_usage")

    def __init__(self, head: AnswerHead) -> None:
        self._envelope = _Envelope(head, b"text_completion")
        self._offsets: dict[int, int] = {}  # characters of each choice that log probabilities were given for
        self._usage: Usage | None = None

    def delta(self, event: Delta) -> bytes:
        """The chunk for one step; b"" where it only brings usage, or nothing."""
        if event.usage is not None:
            self._usage = event.usage
        if not event.text and event.finish is None and event.logprobs is None:
            return b""
        probabilities: dict[str, object] | None = None
        if event.logprobs is not None:
            offset = self._offsets.get(event.index, 0)
            probabilities, self._offsets[event.index] = logprobs.to_legacy(event.logprobs, offset)
        return b'%b,"text":%b,"logprobs":%b,"finish_reason":%b}%b' % (
            self._envelope.opening(event.index),
            _encode(event.text),
            _encode(probabilities),
            _encode(finish_reason(event.finish)),
            self._envelope.after,
        )

    def done(self) -> bytes:
        """Usage, where it was asked for and is known, and the terminator."""
        return self._envelope.usage(self._usage) + _DONE


def _members(event: Delta) -> list[bytes]:
    """The members of a chunk's delta."""
    members: list[bytes] = []
    if event.text:
        members.append(b'"content":' + _encode(event.text))
    if event.reasoning:
        members.append(b'"reasoning_content":' + _encode(event.reasoning))
    if event.refusal:
        members.append(b'"refusal":' + _encode(event.refusal))
    if event.tool_calls:
        members.append(b'"tool_calls":' + _encode([_fragment(call) for call in event.tool_calls]))
    return members


def _fragment(call: ToolCallDelta) -> dict[str, object]:
    function = {"arguments": call.arguments} if call.name is None else {"name": call.name, "arguments": call.arguments}
    if call.id is None:
        return {"index": call.index, "function": function}
    return {"index": call.index, "id": call.id, "type": "function", "function": function}
