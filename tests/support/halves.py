"""Providers that give an answer up to a place and break off, and the gateway's side of taking it up.

What they have to say is fixed beforehand, so that the joined answer can be compared with it.
"""

from dataclasses import dataclass

import msgspec

from sixnines.dialects.codec import Telling
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import Delta, Finish, Usage
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues
from sixnines.domain.operation import Dialect, Operation
from sixnines.registry import FORMATS, codecs
from support.cuts import cut

HEAD = AnswerHead("chatcmpl-gateway", "public", 1_700_000_000, include_usage=True)
PROMPT_TOKENS = 7
CODECS = codecs()
_decode = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    Attributes:
        dialect: what it speaks.
        sizes: characters of its steps, over and over.
        breaks_at: the byte at which its stream ends, taken modulo what comes before its finish; None: it does not.
        cuts: where its bytes are cut into reads; see `cut`.
        continues: how its kind goes on.
        number: tells it from the others.
    """

    dialect: Dialect
    sizes: tuple[int, ...]
    breaks_at: int | None
    cuts: list[int] | None
    continues: Continues
    number: int = 0


@dataclass(slots=True)
class Answer:
    """What the caller has."""

    data: bytes
    said: Said
    relay: Telling
    steps: int  # that the last provider took

    @property
    def chunks(self) -> list[dict]:
        """The events without the terminator."""
        return [_decode(each) for each in self._events if each != b"[DONE]"]

    @property
    def terminators(self) -> int:
        """How many there are."""
        return self._events.count(b"[DONE]")

    @property
    def choices(self) -> list[dict]:
        """The pieces in order."""
        return [choice for chunk in self.chunks for choice in chunk["choices"]]

    @property
    def text(self) -> str:
        """What the pieces say together."""
        return "".join(choice.get("text") or choice.get("delta", {}).get("content") or "" for choice in self.choices)

    @property
    def _events(self) -> list[bytes]:
        return [each.removeprefix(b"data: ") for each in self.data.split(b"\n\n") if each]


def steps_of(text: str, sizes: tuple[int, ...]) -> list[str]:
    """`text` in steps."""
    steps: list[str] = []
    while text:
        size = sizes[len(steps) % len(sizes)]
        steps.append(text[:size])
        text = text[size:]
    return steps


def stream_of(provider: Provider, operation: Operation, text: str, usage: Usage) -> tuple[bytes, bytes]:
    """What a provider sends: up to its finish, and what follows."""
    head = AnswerHead(f"up-{provider.number}", f"upstream-{provider.number}", 100 + provider.number, include_usage=True)
    renderer = FORMATS[provider.dialect][operation].stream_renderer(head)
    before = b"".join(renderer.delta(Delta(text=step)) for step in steps_of(text, provider.sizes))
    return before, renderer.delta(Delta(finish=Finish.STOP, usage=usage)) + renderer.done()


def answer(operation: Operation, whole: str, providers: list[Provider], head: AnswerHead = HEAD) -> Answer:
    """The providers in turn, each going on with what the caller has, as the engine does it.

    Until a provider has said something the caller is told nothing, and the next one starts where it did.
    """
    told = Answer(b"", Said(), None, 0)  # type: ignore[arg-type]
    for provider in providers:
        shown = told.said.text.rstrip() if provider.continues is Continues.TRIMMED else told.said.text
        rest = whole[len(shown) :]
        steps = len(steps_of(rest, provider.sizes))
        usage = Usage(prompt_tokens=PROMPT_TOKENS + told.said.tokens, completion_tokens=steps)
        before, after = stream_of(provider, operation, rest, usage)
        data = before + after if provider.breaks_at is None else before[: provider.breaks_at % (len(before) + 1)]
        codec = CODECS[Dialect.OPENAI, provider.dialect, operation]
        relay = codec.telling(head, told.said, provider.continues)
        out = b"".join(relay.feed(piece) for piece in cut(data, provider.cuts))
        if provider.breaks_at is None:
            out += relay.end()
        if relay.ready:
            told = Answer(told.data + out, relay.said, relay, steps)
    return told
