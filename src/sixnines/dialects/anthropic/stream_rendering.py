"""Steps of the neutral form to streams in Anthropic's format.

Never mixes blocks: one is open at a time. The first tool call streams as it comes; what comes beside it waits until the
answer is finished, because a block that is closed cannot be opened again. Of several choices the first is the answer.
Source: Anthropic API reference, "Streaming Messages".
"""

from collections.abc import Mapping

import msgspec

from sixnines.dialects.anthropic import usage
from sixnines.dialects.anthropic.chat_responses import render_stop_reason
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Delta, Finish, ToolCallDelta, Usage

_encode = msgspec.json.Encoder().encode


class ChatStreamRenderer:
    """The events of `/v1/messages` for one answer."""

    __slots__ = ("_blocks", "_call", "_finish", "_head", "_kind", "_started", "_usage", "_waiting")

    def __init__(self, head: AnswerHead) -> None:
        self._head = head
        self._started = False
        self._blocks = 0  # begun so far
        self._kind = ""  # of the open block
        self._call: int | None = None  # the tool call that streams, until the answer is finished
        self._waiting: list[Delta] = []
        self._finish: Finish | None = None
        self._usage: Usage | None = None

    def delta(self, event: Delta) -> bytes:
        """The events for one step; b"" where it brings nothing that can be said yet."""
        if event.usage is not None:
            self._usage = event.usage
        if event.index != 0:
            return b""
        out: list[bytes] = []
        if event.reasoning:
            out += self._say("thinking", event.reasoning)
        if event.text or event.refusal:
            out += self._say("text", event.text + event.refusal)
        for piece in event.tool_calls:
            out += self._call_on(piece)
        if event.finish is not None:
            self._finish = event.finish
            out += self._release()
        return b"".join(self._opening() + out) if out else b""

    def done(self) -> bytes:
        """The end of the last block and of the message."""
        ending = {"stop_reason": render_stop_reason(self._finish), "stop_sequence": None}
        return b"".join([
            *self._opening(),
            *self._release(),
            *self._close(),
            _event({"type": "message_delta", "delta": ending, "usage": usage.render(self._usage)}),
            _event({"type": "message_stop"}),
        ])  # fmt: skip

    def _opening(self) -> list[bytes]:
        if self._started:
            return []
        self._started = True
        message: dict[str, object] = {
            "id": self._head.id,
            "type": "message",
            "role": "assistant",
            "model": self._head.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage.render(self._usage),
        }
        return [_event({"type": "message_start", "message": message})]

    def _say(self, kind: str, text: str) -> list[bytes]:
        if self._call is not None:
            self._waiting.append(Delta(text=text) if kind == "text" else Delta(reasoning=text))
            return []
        out: list[bytes] = []
        if self._kind != kind:
            signature = {"signature": ""} if kind == "thinking" else {}
            out = [*self._close(), self._open({"type": kind, kind: "", **signature})]
        return [*out, self._grow({"type": f"{kind}_delta", kind: text})]

    def _call_on(self, piece: ToolCallDelta) -> list[bytes]:
        if self._call is not None and piece.index != self._call:
            self._waiting.append(Delta(tool_calls=(piece,)))
            return []
        out: list[bytes] = []
        if self._call is None:
            self._call = piece.index
            call_id = piece.id or f"call_{piece.index}"
            block = {"type": "tool_use", "id": call_id, "name": piece.name or "", "input": {}}
            out = [*self._close(), self._open(block)]
        if piece.arguments:
            out.append(self._grow({"type": "input_json_delta", "partial_json": piece.arguments}))
        return out

    def _release(self) -> list[bytes]:
        """What waited for the tool call to end: the other calls one after the other, then the rest."""
        waiting, self._waiting, self._call = self._waiting, [], None
        out: list[bytes] = []
        calls: dict[int, list[ToolCallDelta]] = {}
        for piece in (piece for step in waiting for piece in step.tool_calls):
            calls.setdefault(piece.index, []).append(piece)
        for pieces in calls.values():
            for piece in pieces:
                out += self._call_on(piece)
            self._call = None
        for step in waiting:
            if step.reasoning:
                out += self._say("thinking", step.reasoning)
            if step.text:
                out += self._say("text", step.text)
        return out

    def _open(self, block: Mapping[str, object]) -> bytes:
        self._kind = str(block["type"])
        self._blocks += 1
        return _event({"type": "content_block_start", "index": self._blocks - 1, "content_block": block})

    def _grow(self, delta: Mapping[str, object]) -> bytes:
        return _event({"type": "content_block_delta", "index": self._blocks - 1, "delta": delta})

    def _close(self) -> list[bytes]:
        if not self._kind:
            return []
        self._kind = ""
        return [_event({"type": "content_block_stop", "index": self._blocks - 1})]


def _event(data: Mapping[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (str(data["type"]).encode(), _encode(data))
