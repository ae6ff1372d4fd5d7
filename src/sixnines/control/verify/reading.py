"""What chat answers say, read strictly by the rules of OpenAI's API reference ("Chat", "Chat streaming"). Pure.

Never mends anything: a client would not either.
"""

from dataclasses import dataclass

import msgspec

from sixnines.control.verify.answer import Answer
from sixnines.control.verify.verdict import CheckFailed, expect

_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
_DONE = b"[DONE]"


class Function(msgspec.Struct):
    """The function of a call."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    """A call of a function, or a piece of one in a stream."""

    id: str | None = None
    type: str | None = None
    function: Function | None = None
    index: int | None = None


class _Said(msgspec.Struct):
    role: str | None = None
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class _Choice(msgspec.Struct):
    index: int
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None


class Usage(msgspec.Struct):
    """Tokens, as the provider counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(msgspec.Struct):
    id: str
    object: str
    model: str
    choices: list[_Choice]
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A complete answer.

    Attributes:
        text: of the only choice.
        finish: why it ended.
        thought: there is reasoning beside the text.
        tool_calls: of the choice; empty where there are none.
        usage: None where it was not told.
    """

    text: str
    finish: str
    thought: bool
    tool_calls: tuple[ToolCall, ...]
    usage: Usage | None

    def check_content(self) -> None:
        """There is something in it, or a good reason why not.

        Raises:
            CheckFailed: neither.
        """
        excused = self.tool_calls or self.finish in ("length", "content_filter")
        expect(self.text.strip() or excused, f"an empty answer (finish_reason {self.finish})")


@dataclass(frozen=True, slots=True)
class Streamed:
    """A stream that came to its proper end.

    Attributes:
        chat: what it says all together.
        chunks: events with something to say.
        first_s: seconds from the request to the first of these.
        last_s: to the last.
    """

    chat: Chat
    chunks: int
    first_s: float
    last_s: float

    @property
    def tokens_per_s(self) -> float | None:
        """From the first content to the last; None where there is no time between them."""
        tokens = self.chunks if self.chat.usage is None else self.chat.usage.completion_tokens
        between_s = self.last_s - self.first_s
        return (tokens - 1) / between_s if tokens > 1 and self.chunks > 1 and between_s > 0 else None


def whole(answer: Answer) -> Chat:
    """An answer in one piece."""
    read = _decode(answer.body)
    expect(read.object == "chat.completion", f"the object is `{read.object}`, no chat.completion")
    expect(read.choices, "there is no choice in the answer")
    (choice, *_) = read.choices
    said = choice.message
    if said is None:
        raise CheckFailed("the choice has no message")
    return Chat(
        said.content or said.refusal or "",
        _finish(choice.finish_reason),
        bool(said.reasoning or said.reasoning_content),
        tuple(said.tool_calls or ()),
        read.usage,
    )


def streamed(answer: Answer) -> Streamed:
    """A stream: every event in its form, one finish reason, and the terminator last."""
    kind = answer.headers.get("content-type", "")
    expect(kind.startswith("text/event-stream"), f"the content type is `{kind}`, no text/event-stream")
    reading = _Reading()
    for at_s, data in _events(answer):
        reading.take(at_s, data)
    return reading.end()


class _Reading:
    """Puts a stream together."""

    def __init__(self) -> None:
        self._done = False
        self._text: list[str] = []
        self._finish: str | None = None
        self._thought = False
        self._calls: list[ToolCall] = []
        self._usage: Usage | None = None
        self._at: list[float] = []
        self._ids: set[str] = set()

    def take(self, at_s: float, data: bytes) -> None:
        """One event."""
        expect(not self._done, "the stream goes on behind its terminator")
        if data == _DONE:
            self._done = True
            return
        chunk = _decode(data)
        self._ids.add(chunk.id)
        expect(chunk.object == "chat.completion.chunk", f"an event is `{chunk.object}`, no chat.completion.chunk")
        self._usage = chunk.usage or self._usage
        for choice in chunk.choices:
            self._say(at_s, choice)

    def _say(self, at_s: float, choice: _Choice) -> None:
        said = choice.delta or _Said()
        if said.content or said.reasoning or said.reasoning_content or said.tool_calls:
            expect(self._finish is None, "the stream goes on behind its finish reason")
            self._at.append(at_s)
        self._text.append(said.content or "")
        self._thought = self._thought or bool(said.reasoning or said.reasoning_content)
        self._calls += said.tool_calls or ()
        if choice.finish_reason is not None:
            expect(self._finish is None, "there are two finish reasons")
            self._finish = _finish(choice.finish_reason)

    def end(self) -> Streamed:
        """What it was."""
        expect(self._done, "the stream ended without its terminator, [DONE]")
        expect(len(self._ids) == 1, f"the events have {len(self._ids)} different ids")
        chat = Chat("".join(self._text), _finish(self._finish), self._thought, tuple(self._calls), self._usage)
        expect(self._at, f"the stream holds nothing (finish_reason {chat.finish})")
        return Streamed(chat, len(self._at), self._at[0], self._at[-1])


def _events(answer: Answer) -> list[tuple[float, bytes]]:
    """The data of the events, each with the time at which its last byte came (HTML standard, "Server-sent events")."""
    found: list[tuple[float, bytes]] = []
    rest = b""
    for at_s, piece in answer.pieces:
        *complete, rest = (rest + piece).replace(b"\r\n", b"\n").split(b"\n\n")
        for event in complete:
            lines = [line.removeprefix(b"data:").strip() for line in event.split(b"\n") if line.startswith(b"data:")]
            if not lines:
                continue
            data = b"\n".join(lines)
            if b'"error"' in data and (told := _error_in(data)) is not None:
                raise CheckFailed(f"the stream ends with an error: {told}")
            found.append((at_s, data))
    expect(not rest.strip(), "the stream ends amid an event")
    return found


class _ErrorEvent(msgspec.Struct):
    error: dict[str, object]


def _error_in(data: bytes) -> str | None:
    try:
        return str(msgspec.json.decode(data, type=_ErrorEvent).error.get("message"))[:300]
    except msgspec.MsgspecError:
        return None


def _decode(data: bytes) -> _Completion:
    try:
        return msgspec.json.decode(data, type=_Completion)
    except (msgspec.MsgspecError, RecursionError) as problem:
        raise CheckFailed(f"not the form of a chat answer: {problem}") from None


def _finish(reason: str | None) -> str:
    if reason is None:
        raise CheckFailed("there is no finish reason")
    expect(reason in _REASONS, f"the finish reason `{reason}` is none of the API's")
    return reason
