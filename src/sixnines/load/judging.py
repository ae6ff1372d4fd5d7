"""Is an answer whole and well formed? Looks at status, JSON, content, finish reason and the end of a stream.

Pure: bytes in, a `Fault` or None out. Never lets an answer pass because its status is 200.
"""

import enum
import re
from dataclasses import dataclass
from typing import Final

import msgspec

from sixnines.dialects.sse import SseEvent, SseSplitter

_OK: Final = 200
_DONE: Final = b"[DONE]"
_SHOWN: Final = 200
"""Characters of what a server said that are kept as an example."""


class Wrong(enum.StrEnum):
    """Kinds of what can be wrong with an answer. A status other than 200 is `HTTP` with its number."""

    CONNECTION = "no connection"
    TIME = "out of time"
    CLOSED = "closed before its end"
    NOT_HTTP = "not HTTP"
    ENCODED = "an encoding that was not asked for"
    NOT_JSON = "not JSON"
    ERROR = "an error inside a 200"
    NO_CONTENT = "no content"
    NO_FINISH = "no finish reason"
    NO_END = "no end of the stream"
    AFTER_END = "more after the end of the stream"
    NEVER_SENT = "never sent"
    OWN = "no connection, for want of something on the load machine"


@dataclass(frozen=True, slots=True)
class Fault:
    """What was wrong with one answer.

    Attributes:
        kind: of a set of less than six hundred: a `Wrong`, or `HTTP` and a status.
        said: what the server or the transport said, shortened; may be empty.
    """

    kind: str
    said: str = ""


class _Said(msgspec.Struct):
    """The parts of a message or of a piece of one that are content to somebody."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[msgspec.Raw] | None = None

    @property
    def is_content(self) -> bool:
        """Is there anything?"""
        return bool(self.content or self.tool_calls or self.reasoning_content or self.reasoning or self.refusal)


class _Choice(msgspec.Struct):
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: object = None


_decode: Final = msgspec.json.Decoder(_Answer).decode


def status_fault(status: int, body: bytes) -> Fault | None:
    """What is wrong with an answer of this status, if it is not 200."""
    return None if status == _OK else Fault(f"HTTP {status}", shortened(body))


def judge_whole(status: int, body: bytes) -> Fault | None:
    """What is wrong with an answer that was not streamed, or None."""
    fault = status_fault(status, body)
    if fault is not None:
        return fault
    try:
        answer = _decode(body)
    except msgspec.DecodeError as error:
        return Fault(Wrong.NOT_JSON, f"{error}: {shortened(body)}")
    if answer.error:
        return Fault(Wrong.ERROR, shortened(body))
    choices = answer.choices or []
    if not any(choice.message is not None and choice.message.is_content for choice in choices):
        return Fault(Wrong.NO_CONTENT, shortened(body))
    if not all(choice.finish_reason for choice in choices):
        return Fault(Wrong.NO_FINISH, shortened(body))
    return None


class StreamJudge:
    """Reads one stream of status 200 as it comes.

    Attributes:
        contents: pieces of content so far.
    """

    __slots__ = ("_done", "_fault", "_finished", "_splitter", "contents")

    def __init__(self) -> None:
        self.contents = 0
        self._splitter = SseSplitter()
        self._finished = False
        self._done = False
        self._fault: Fault | None = None

    def feed(self, data: bytes) -> int:
        """Take what has come; how many pieces of content were in it."""
        before = self.contents
        for event in self._splitter.feed(data):
            self._take(event)
        return self.contents - before

    def end(self) -> Fault | None:
        """The stream has ended well as far as HTTP goes: what is wrong with it, or None."""
        if self._splitter.overflow:
            self._note(Wrong.NOT_JSON, b"an event is too large")
        if self._fault is not None:
            return self._fault
        if not self._done:
            return Fault(Wrong.NO_END if self.contents else Wrong.NO_CONTENT)
        if not self.contents:
            return Fault(Wrong.NO_CONTENT)
        return None if self._finished else Fault(Wrong.NO_FINISH)

    def _take(self, event: SseEvent) -> None:
        if self._done:
            self._note(Wrong.AFTER_END, event.data)
            return
        if event.data == _DONE:
            self._done = True
            return
        try:
            answer = _decode(event.data)
        except msgspec.DecodeError:
            self._note(Wrong.NOT_JSON, event.data)
            return
        if answer.error or event.event == b"error":
            self._note(Wrong.ERROR, event.data)
        for choice in answer.choices or ():
            if choice.finish_reason:
                self._finished = True
            if choice.delta is not None and choice.delta.is_content:
                self.contents += 1

    def _note(self, kind: Wrong, data: bytes) -> None:
        """The first fault is the one that is told."""
        if self._fault is None:
            self._fault = Fault(kind, shortened(data))


def shortened(body: bytes) -> str:
    """The beginning of `body` on one line, without control characters."""
    text = body[: 4 * _SHOWN].decode("utf-8", "replace")
    return re.sub(r"[\x00-\x20\x7f-\x9f\s]+", " ", text).strip()[:_SHOWN]
