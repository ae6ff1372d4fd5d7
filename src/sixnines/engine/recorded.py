"""What is recorded of the decision about one request, and read again to be replayed. Values only.

Never holds a prompt, an answer, a key or an address: numbers, closed sets, and names of the config. A conversation is a
number that means nothing outside the process that wrote it.
"""

import msgspec

from sixnines.domain.attempt import Skipped
from sixnines.domain.capability import Capability
from sixnines.domain.features import Features
from sixnines.domain.operation import Operation
from sixnines.domain.price import Price
from sixnines.domain.tier import Quality

VERSION = 1
"""Of the format. One that adds what older readers can do without keeps the number."""


class Tried(msgspec.Struct, frozen=True, gc=False):
    """One attempt: whom, what came of it (`ok`, `cancelled` or the kind of its failure), and after how long."""

    deployment: str
    kind: str
    ms: float


class Wished(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The headers that had a say; the session is part of `Recorded.conversation`."""

    quality: Quality | None = None
    local_only: bool = False
    deny: tuple[str, ...] = ()
    provider: str | None = None
    priority: str = "normal"
    candidate: str | None = None


NOTHING_WISHED = Wished()


class Recorded(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One decision.

    Attributes:
        v: `VERSION`.
        at: when the request came, in seconds since 1970.
        id: the request id that its caller was told.
        asked, name: the name that was asked for, and the model or route that it meant.
        operation, stream: what was asked for.
        tokens_floor, prompt_tokens, answer_tokens: what was estimated before it was sent.
        outcome: how it ended, in one word.
        features: what else was measured of it; None in records of older versions.
        needs: what it needed beside answering text.
        conversation: requests with the same text in it belong together; None where that is not known.
        wishes: its headers.
        order: the deployments as they were put in order.
        skipped: those that were passed over or put behind others, and why.
        window, price: of the first in order, where they are declared.
        tried: the attempts.
        answered: the deployment that gave the answer.
        first_content_ms, total_ms: to a stream's first content and to the end of the answer.
        prompt_used, answer_used: tokens as the provider counted them.
        revision: of the config that it was served by; 0 for one that is not recorded.
    """

    v: int
    at: float
    id: str
    asked: str
    name: str
    operation: Operation
    stream: bool
    tokens_floor: int
    prompt_tokens: int
    answer_tokens: int
    outcome: str
    features: Features | None = None
    needs: tuple[Capability, ...] = ()
    conversation: str | None = None
    wishes: Wished = NOTHING_WISHED
    order: list[str] = []
    skipped: tuple[Skipped, ...] = ()
    window: int | None = None
    price: Price | None = None
    tried: list[Tried] = []
    answered: str | None = None
    first_content_ms: float | None = None
    total_ms: float = 0.0
    prompt_used: int | None = None
    answer_used: int | None = None
    revision: int = 0


class _Version(msgspec.Struct):
    v: int


_version = msgspec.json.Decoder(_Version).decode
_decode = msgspec.json.Decoder(Recorded).decode


def read_line(line: bytes) -> Recorded:
    """One line of a log.

    Raises:
        ValueError: it cannot be read; says why, in a few words, without repeating it.
    """
    try:
        version = _version(line).v
        if version == VERSION:
            return _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise ValueError(f"not a recorded decision: {problem}") from None
    except RecursionError:
        raise ValueError("not a recorded decision: nested too deeply") from None
    raise ValueError(f"written in version {version} of the format, and this sixnines reads version {VERSION}")
