"""What a stand-in answers: the scripted behaviour applied to what was asked. Pure and deterministic.

The answer is a row of tokens; engines decide how tokens become bytes. Nothing here knows a wire format.
"""

import hashlib
import random
import re
import struct
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from sixnines.testing.asks import Ask, ToolUse
from sixnines.testing.faults import DoneWithoutFinish
from sixnines.testing.schemas import example
from sixnines.testing.script import Asked, Behaviour, FinishReason

GREETING = "Hello from the stand-in: all is well."
_VOCABULARY = (
    "able air along answer apple back bird blue book bread bridge bright calm careful city clear cloud coast cold "
    "corner day deep door early earth east eight evening field final fire five flour forest four friend garden gate "
    "gentle glass gold good grain green half harbour hill hour house island keep lake large late leaf letter light "
    "line little long lower machine market meadow mill moon morning mountain narrow near night nine north number oak "
    "ocean old open orange other paper path plain quiet rain river road round salt sand seven ship shore short silver "
    "six slow small snow soft south spring star still stone street summer sun table ten three tide tower tree turn "
    "two upper valley village wall warm water wave west white wide wind window winter wood yellow young"
)
_TOKEN = re.compile(r"\s*\S+|\s+$")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text cut into tokens: `pieces` joined give `text`; `encoded` holds the same pieces as JSON string literals."""

    text: str
    pieces: tuple[str, ...]
    encoded: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.pieces)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function. `arguments` is the text as the model wrote it, `tokens` the same in pieces."""

    id: str | None
    name: str
    arguments: str
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Tally:
    """Token counts as reported. `cached` and `reasoning` are parts of `prompt` and `completion`."""

    prompt: int
    completion: int
    cached: int
    reasoning: int

    @property
    def total(self) -> int:
        """Prompt and completion together."""
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything an engine needs to render one answer.

    Attributes:
        content: the answer's text.
        reasoning: thinking before it.
        calls: calls of functions after it.
        finish: why it ends; None where a script wants the reason left out.
        tally: token counts, or None where a script wants them left out.
        generated: tokens of all of these; they are what takes time.
        vectors: embeddings, one per input.
    """

    content: Tokens
    reasoning: Tokens
    calls: tuple[Call, ...]
    finish: FinishReason | None
    tally: Tally | None
    generated: int
    vectors: tuple[tuple[float, ...], ...] = ()


@lru_cache(maxsize=1024)
def tokenize(text: str) -> Tokens:
    """`text` in word-sized pieces, each with the white space before it, like the tokens of real models."""
    pieces = tuple(_TOKEN.findall(text))
    return Tokens(text, pieces, tuple(msgspec.json.encode(piece) for piece in pieces))


@lru_cache(maxsize=1024)
def _shorten(text: str, size: int) -> Tokens:
    whole = tokenize(text)
    pieces = whole.pieces[:size]
    return Tokens("".join(pieces), pieces, whole.encoded[:size])


@lru_cache(maxsize=1024)
def lorem(size: int, seed: int) -> str:
    """Filler text of exactly `size` tokens, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - filler text, not a secret
    return " ".join(chance.choices(_VOCABULARY.split(), k=size))


def answer(ask: Ask, behaviour: Behaviour, seed: int) -> Answer:
    """What `behaviour` makes of `ask`."""
    if ask.operation is Asked.EMBEDDING:
        return _embedding(ask, behaviour, seed)
    calls = _calls(ask, behaviour)
    reasoning = tokenize(behaviour.reasoning) if behaviour.reasoning and ask.reasoning else _NOTHING
    text = _text(ask, behaviour, seed) if _has_text(behaviour) or not calls else ""
    content = tokenize(text)
    finish = FinishReason.TOOL_CALLS if calls else FinishReason.STOP
    room = None if ask.max_tokens is None else max(ask.max_tokens, 1) - len(reasoning)
    if room is not None and len(content) > room:
        content, finish, calls = _shorten(text, max(room, 0)), FinishReason.LENGTH, ()
    generated = len(content) + len(reasoning) + sum(len(call.tokens) for call in calls)
    tally = _tally(ask, behaviour, generated=generated, reasoning=len(reasoning)) if behaviour.report_usage else None
    if isinstance(behaviour.fault, DoneWithoutFinish):
        return Answer(content, reasoning, calls, None, tally, generated)
    return Answer(content, reasoning, calls, behaviour.finish or finish, tally, generated)


_NOTHING = tokenize("")


def _has_text(behaviour: Behaviour) -> bool:
    return (
        behaviour.text is not None
        or behaviour.echo
        or behaviour.lorem is not None
        or behaviour.count is not None
        or behaviour.json is not msgspec.UNSET
    )


def _text(ask: Ask, behaviour: Behaviour, seed: int) -> str:
    if behaviour.text is not None:
        return behaviour.text
    if behaviour.echo:
        return ask.last
    if behaviour.lorem is not None:
        return lorem(behaviour.lorem, seed)
    if behaviour.count is not None:
        return counted(behaviour.count)
    if behaviour.json is not msgspec.UNSET:
        return msgspec.json.encode(behaviour.json).decode()
    if ask.schema is not None:
        return msgspec.json.encode(example(ask.schema)).decode()
    return '{"answer": "all is well"}' if ask.json_output else GREETING


@lru_cache(maxsize=64)
def counted(size: int) -> str:
    """The text "0 1 2 ..." of exactly `size` tokens."""
    return " ".join(map(str, range(size)))


def _calls(ask: Ask, behaviour: Behaviour) -> tuple[Call, ...]:
    """The scripted calls, or one made up when the caller insists on one and the script says nothing."""
    scripted = [
        (spec.id, spec.name, spec.arguments if isinstance(spec.arguments, str) else _json(spec.arguments))
        for spec in behaviour.tool_calls
    ]
    if not scripted and not _has_text(behaviour) and ask.tool_use is ToolUse.REQUIRED and ask.tools:
        scripted = [(None, ask.tool_name or ask.tools[0], "{}")]
    return tuple(Call(call_id, name, arguments, tokenize(arguments)) for call_id, name, arguments in scripted)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _tally(ask: Ask, behaviour: Behaviour, *, generated: int, reasoning: int) -> Tally:
    told = behaviour.usage
    return Tally(
        prompt=ask.prompt_tokens if told.prompt_tokens is None else told.prompt_tokens,
        completion=generated * ask.choices if told.completion_tokens is None else told.completion_tokens,
        cached=told.cached_tokens or 0,
        reasoning=reasoning if told.reasoning_tokens is None else told.reasoning_tokens,
    )


def _embedding(ask: Ask, behaviour: Behaviour, seed: int) -> Answer:
    size = behaviour.dimensions if ask.dimensions is None else max(ask.dimensions, 1)
    told = behaviour.usage.prompt_tokens
    prompt = ask.prompt_tokens if told is None else told
    tally = Tally(prompt, 0, 0, 0) if behaviour.report_usage else None
    vectors = tuple(vector(text, size, seed) for text in ask.inputs)
    return Answer(_NOTHING, _NOTHING, (), None, tally, 0, vectors)


@lru_cache(maxsize=1024)
def vector(text: str, size: int, seed: int) -> tuple[float, ...]:
    """A unit vector that depends on the text alone. Every number is an exact float32, as engines compute them."""
    chance = random.Random(hashlib.sha256(f"{seed}\0{text}".encode()).digest())  # noqa: S311 - a made-up vector
    raw = [chance.gauss(0.0, 1.0) for _ in range(size)]
    norm = sum(number * number for number in raw) ** 0.5
    packed = struct.pack(f"<{size}f", *(number / norm for number in raw))
    return struct.unpack(f"<{size}f", packed)
