"""An OpenAI stream on its way to a caller of the same dialect, event by event.

Decodes no more of a chunk than says whether it is content, an end, usage or an error; never holds text back.
Format: OpenAI API reference, "Chat" and "Completions", streaming; errors as vLLM and llama.cpp send them.
"""

import json
from typing import Final

import msgspec

from sixnines.dialects import rawpatch
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault, Usage
from sixnines.dialects.openai.calls_once import CallsOnce
from sixnines.dialects.openai.chunks import NO_ERROR, Chunk, ChunkChoice, WireUsage, decode_chunk, read_fault
from sixnines.dialects.openai.opening_role import with_role
from sixnines.dialects.sse import SseSplitter

TERMINATOR: Final = b"data: [DONE]\n\n"

_encode: Final = msgspec.json.Encoder().encode


class OpenAIRelay:
    """A chat or completion stream on its way to a caller of the same dialect."""

    __slots__ = (
        "_calls", "_finished", "_head", "_model_json", "_seen", "_silent", "_splitter", "_unnamed", "_upstream_needle",
        "complete", "empty", "fault", "progress", "ready", "usage",
    )  # fmt: skip

    def __init__(self, head: AnswerHead) -> None:
        self._head = head
        self._splitter = SseSplitter()
        self._model_json = _encode(head.model)
        self._upstream_needle = b""
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self._silent: set[int] = set()  # choices that have neither said anything yet nor who speaks
        self._unnamed: list[int] = []  # choices that say something in this chunk, and never said who speaks
        self._calls = CallsOnce()
        self.ready = False
        self.progress = 0
        self.complete = False
        self.empty = True
        self.fault: StreamFault | None = None
        self.usage: Usage | None = None

    def feed(self, data: bytes) -> bytes:
        """Upstream bytes in, the caller's events out; nothing after a fault or the terminator."""
        out: list[bytes] = []
        for event in self._splitter.feed(data):
            if self.fault is not None or self.complete:
                break
            if event.data:
                self.empty = False
                self._event(event.data, out)
        if self._splitter.overflow and self.fault is None:
            self.fault = StreamFault(message="an event larger than the gateway reads", garbage=True)
        return b"".join(out)

    def end(self) -> bytes:
        """Nothing is owed at the end of the body: an unfinished event is no event (WHATWG HTML 9.2.6)."""
        return b""

    @property
    def finished(self) -> bool:
        """Every choice that has begun has come to its finish."""
        return bool(self._finished) and self._finished >= self._seen

    def _event(self, data: bytes, out: list[bytes]) -> None:
        if data == b"[DONE]":
            if self.finished:
                self.complete = True
                out.append(TERMINATOR)
            else:
                self.fault = StreamFault(message="the stream ended without a finish reason", code="unfinished")
            return
        try:
            chunk = decode_chunk(data)
        except (ValueError, RecursionError) as error:
            self.fault = StreamFault(message=f"not a chunk: {error}", garbage=True)
            return
        if chunk.error not in NO_ERROR or chunk.object == "error":
            self.fault = read_fault(data if chunk.error in NO_ERROR else bytes(chunk.error), chunk.message)
            return
        self._note(chunk)
        self._emit(chunk, data, out)

    def _emit(self, chunk: Chunk, data: bytes, out: list[bytes]) -> None:
        patched = self._patched(chunk, data)
        if patched is None:
            return
        if self._unnamed:
            patched = with_role(patched, self._unnamed)
            self._unnamed = []
        for choice in chunk.choices or ():
            if choice.delta is not None and choice.delta.tool_calls:
                patched = self._calls.trim(patched)
                break
        out.append(b"data: %b\n\n" % patched)

    def _note(self, chunk: Chunk) -> None:
        """Read out of a chunk what decides about commit, completeness and accounting."""
        for choice in chunk.choices or ():
            delta = choice.delta
            news = False
            if choice.finish_reason is not None:
                self._finished.add(choice.index)
                news = True
            elif choice.text or (
                delta is not None
                and (
                    delta.content
                    or delta.tool_calls
                    or delta.reasoning_content
                    or delta.reasoning
                    or delta.refusal
                    or delta.function_call
                )
            ):
                news = True
            if news:
                self.ready = True
                self.progress += 1
            if choice.index not in self._seen or self._silent:
                self._look_for_role(choice, news=news)
        if isinstance(chunk.usage, WireUsage):
            self.usage = chunk.usage.neutral()

    def _look_for_role(self, choice: ChunkChoice, *, news: bool) -> None:
        """A choice may begin with this chunk; once it has, and that is nearly always at once, nobody looks again."""
        index, delta = choice.index, choice.delta
        if index in self._seen and index not in self._silent:
            return
        self._seen.add(index)
        self._silent.discard(index)
        if delta is None or delta.role is not None:
            return
        if news:
            self._unnamed.append(index)
        else:
            self._silent.add(index)

    def _patched(self, chunk: Chunk, data: bytes) -> bytes | None:
        """The chunk as the caller may see it, or None when it is not for the caller."""
        if chunk.usage is not msgspec.UNSET and not self._head.include_usage:
            if not chunk.choices and chunk.usage is not None:
                return None
            data = rawpatch.remove(data, "usage")
        if chunk.model is None or chunk.model == self._head.model:
            return data
        needle = self._upstream_needle
        if not needle or data.count(needle) != 1:
            return self._replaced(chunk.model, data)
        return data.replace(needle, b'"model":' + self._model_json)

    def _replaced(self, upstream: str, data: bytes) -> bytes:
        """The careful way, which also learns how this upstream spells the member, for the quick way."""
        for spelled in (b'"model":%b', b'"model": %b'):
            needle = spelled % json.dumps(upstream).encode()
            if data.count(needle) == 1:
                self._upstream_needle = needle
                break
        return rawpatch.replace(data, {"model": self._model_json}, ("model",))
