"""How a stream in OpenAI's format is laid out, with the places where engines differ left open.

Pure. A kind derives from `Style` and says how it writes an event; the order of events is here.
"""

import abc
from collections.abc import Callable, Iterator
from itertools import chain

from sixnines.testing.answers import Answer, Call, Tokens
from sixnines.testing.asks import Ask
from sixnines.testing.openai_parts import Fields, logprob
from sixnines.testing.stamp import Stamp
from sixnines.testing.wire import HOLE, Headers, Reel, Template, frame, json_bytes, sse, unframe

DONE = b"data: [DONE]\n\n"
SSE_PING = b": ping\n\n"


class Style(abc.ABC):
    """One stream of one kind.

    Args:
        ask: what was asked for.
        answer: what is answered.
        stamp: ids and time.

    Attributes:
        role_opens: the role event goes out right behind the head, not with the first token.
        role_joins: the role event shares the HTTP chunk of the first token.
        whole_calls: a call comes in one event, arguments and all.
        hole: what the hole for a token looks like in the events of this kind.
        finish_joins: the finish reason is on the last token of text instead of in an event of its own.
    """

    role_opens = False
    role_joins = False
    finish_joins = False
    whole_calls = False
    hole = b"\0"

    def __init__(self, ask: Ask, answer: Answer, stamp: Stamp) -> None:
        self.ask = ask
        self.answer = answer
        self.stamp = stamp

    @abc.abstractmethod
    def event(self, choices: list[Fields], *, usage: bool = False) -> bytes:
        """One event; `usage` for the one that reports it."""

    @abc.abstractmethod
    def choice(self, index: int, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> Fields:
        """One element of `choices`."""

    def role(self) -> Fields | None:
        """The delta that names the role, or None where the kind has none."""
        return {"role": "assistant", "content": ""}

    def text(self, token: object) -> Fields:
        """The delta of one token of text."""
        return {"content": token}

    def thinking(self, token: object) -> Fields:
        """The delta of one token of reasoning."""
        return {"reasoning_content": token}

    def call(self, position: int, call: Call) -> Fields:
        """The delta that begins a call of a function."""
        function = {"name": call.name, "arguments": call.arguments if self.whole_calls else ""}
        call_id = self.call_id(position, call)
        return {"tool_calls": [{"index": position, "id": call_id, "type": "function", "function": function}]}

    def arguments(self, position: int, call: Call, token: object) -> Fields:  # noqa: ARG002 - kinds differ in what they repeat
        """The delta of one token of a call's arguments."""
        return {"tool_calls": [{"index": position, "function": {"arguments": token}}]}

    def call_id(self, position: int, call: Call) -> str:
        """The id of a call, made up unless scripted."""
        return call.id or f"call_{self.stamp.hex(24, str(position))}"

    def ended(self) -> Fields:
        """The delta of the event that carries the finish reason."""
        return {}

    def logprobs(self, token: str) -> object:
        """The log probabilities of one token, in the kind's form."""
        return {"content": [logprob(token, self.ask.logprobs or 0)]}

    def each(self, delta: Fields, *, finish: str | None = None, logprobs: object = None) -> bytes:
        """The events of one delta, one per choice."""
        return b"".join(
            self.event([self.choice(index, delta, finish=finish, logprobs=logprobs)])
            for index in range(self.ask.choices)
        )

    def steps(self) -> Iterator[bytes]:
        """One item per token, framed; the role event comes with the first."""
        calls = (self._call(position, call) for position, call in enumerate(self.answer.calls))
        steps = chain(self._tokens(self.answer.reasoning, self.thinking), self._texts(), chain.from_iterable(calls))
        role = self.role()
        if role is None or self.role_opens:
            return steps
        lead = self.each(role)
        first = next(steps, b"")
        joined = frame(lead + unframe(first)) if self.role_joins else frame(lead) + first
        return chain((joined,), steps)

    def _texts(self) -> Iterator[bytes]:
        tokens = self.answer.content
        last = len(tokens) - 1 if self._finishes_on_text else -1
        if self.ask.logprobs is not None:
            for number, piece in enumerate(tokens.pieces):
                finish = self.answer.finish if number == last else None
                yield frame(self.each(self.text(piece), finish=finish, logprobs=self.logprobs(piece)))
            return
        template = Template(self.each(self.text(HOLE)), self.hole)
        for number, token in enumerate(tokens.encoded):
            if number == last:
                template = Template(self.each(self.text(HOLE), finish=self.answer.finish), self.hole)
            yield template.fill(token)

    @property
    def _finishes_on_text(self) -> bool:
        return self.finish_joins and not self.answer.calls and len(self.answer.content) > 0

    def _tokens(self, tokens: Tokens, delta: Callable[[object], Fields]) -> Iterator[bytes]:
        return map(Template(self.each(delta(HOLE)), self.hole).fill, tokens.encoded) if tokens else iter(())

    def _call(self, position: int, call: Call) -> Iterator[bytes]:
        yield frame(self.each(self.call(position, call)))
        if not self.whole_calls:
            yield from self._tokens(call.tokens, lambda token: self.arguments(position, call, token))

    def closing(self) -> bytes:
        """Finish reason and usage, framed."""
        alone = self.answer.finish is not None and not self._finishes_on_text
        finish = frame(self.each(self.ended(), finish=self.answer.finish)) if alone else b""
        wanted = self.ask.include_usage and self.answer.tally is not None
        return finish + frame(self.event([], usage=True) if wanted else b"")

    def reel(self, headers: Headers, *, ping: bytes = SSE_PING, close: bool = False) -> Reel:
        """The stream, ready to be played."""
        role = self.role() if self.role_opens else None
        return Reel(
            headers=headers,
            opening=b"" if role is None else frame(self.each(role)),
            steps=self.steps(),
            closing=self.closing(),
            terminator=frame(DONE),
            ping=frame(ping),
            close=close,
        )


class TextStyle(Style):
    """The stream of a completion: no role, `text` instead of a delta."""

    def role(self) -> Fields | None:
        """None: completions have no roles."""
        return None

    def text(self, token: object) -> Fields:
        """One token."""
        return {"text": token}

    def ended(self) -> Fields:
        """An empty text."""
        return {"text": ""}

    def logprobs(self, token: str) -> object:  # noqa: ARG002 - no kind reports them here
        """None: left out for completions."""
        return None


def compact(fields: Fields) -> bytes:
    """An event of compact JSON."""
    return sse(json_bytes(fields))
