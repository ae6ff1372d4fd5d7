"""What the scorecard is made of: faults, rows and cells as plain values.

Plays nothing and judges nothing.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from support.hostile import Script

ANSWER = " ".join(map(str, range(10)))
"""What every engine answers: a lost, doubled or swapped token shows."""
TOKENS = 10

CONNECT_S, FIRST_TOKEN_S, IDLE_S, TOTAL_S = 0.5, 0.4, 0.3, 3.0
"""The time limits of the gateways that are played with."""
WHOLE_S = TOTAL_S / 2
"""Within this a whole answer that does not come is given up for another. With nobody else to ask there is no such limit:
it shows no sign of life before its end, and may be about to come."""
ATTEMPTS = 4
PACE = 25
"""Tokens a second where a stream is to break after content: they come so far apart that the first is with its caller
before the break, also on a machine that is busy."""
BREAKS_AFTER = 4
"""Tokens before such a break."""

SECRET = "sk-upstream-0123456789abcdef"
LEAKY = f"(key {SECRET}, see http://10.0.0.7:8080/v1 and /srv/models/up.gguf)"
"""Told by engines in their errors; nobody else may hear any of it."""
LEAKS = (SECRET, "10.0.0.7", "/srv/models", "127.0.0.1", "localhost", "no-such-host")


class Contract(enum.StrEnum):
    """The mid-stream contracts: `stream_failure` of a model."""

    ERROR = "error"
    BUFFER = "buffer"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Ends:
    """How an attempt ends that meets a fault.

    Attributes:
        kind: of the failure, in the words of `docs/reference/failures.md`; "" where nothing fails.
        after_content: in a stream the caller has had content by then.
        after_finish: and the finish reason too, so that nothing is left to go on with.
        limit_s: the time limit that it runs into; 0 for none.
        takes_s: what the fault takes besides.
        elsewhere: only this deployment cannot do it.
    """

    kind: str = ""
    after_content: bool = False
    after_finish: bool = False
    limit_s: float = 0.0
    takes_s: float = 0.0
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """A stand-in engine plays it, by these behaviours of a script."""

    stream: Mapping[str, object]
    whole: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Raw:
    """A server that knows no HTTP plays it: what it does with a connection, for a stream or a whole answer."""

    script: Callable[[bool], Script]
    scheme: str = "http"
    certificate: str = ""


class Place(enum.Enum):
    """An address where nobody answers."""

    REFUSED = enum.auto()  # bound, and nobody listens
    UNRESOLVED = enum.auto()  # a name that no resolver takes for one, so that nobody is asked
    FULL = enum.auto()  # a listener that accepts nobody and whose queue is full
    PLAIN = enum.auto()  # plain HTTP where TLS is expected


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One thing that goes wrong. There is one object of each.

    Attributes:
        name: for people.
        stage: who plays it, and how.
        stream: how an attempt at a stream ends.
        whole: how an attempt at a whole answer ends.
        engine: what the stand-in poses as.
        contracts: the mid-stream contracts under which streams are played.
        passes: only the first call meets it.
        retry_after_s: what the provider asks for.
        said: what the caller must be told.
        told: status, type and code for the caller, where they do not follow from the kind.
        more: further keys of the model.
        total_s: the deadline.
    """

    name: str
    stage: Played | Raw | Place
    stream: Ends
    whole: Ends
    engine: str = "openai"
    contracts: tuple[Contract, ...] = (Contract.ERROR,)
    passes: bool = False
    retry_after_s: float | None = None
    said: str = ""
    told: tuple[int, str, str] | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    total_s: float = TOTAL_S

    @property
    def provider_kind(self) -> str:
        """The kind in the gateway's config."""
        return "openai-compatible" if self.engine == "openai" else self.engine


@dataclass(frozen=True, slots=True)
class Row:
    """A fault under one contract."""

    fault: Fault
    contract: Contract

    @property
    def id(self) -> str:
        """For tests."""
        contract = "" if len(self.fault.contracts) == 1 else f" [{self.contract}]"
        return f"{self.fault.name}{contract} ({self.fault.engine})"

    def cells(self, *, alternative: bool) -> "list[Cell]":
        """Contracts say nothing about whole answers: those are played once."""
        streams = (True, False) if self.contract is self.fault.contracts[0] else (True,)
        return [Cell(self, stream, alternative) for stream in streams]


@dataclass(frozen=True, slots=True)
class Cell:
    """One request: `stream` or whole, with or without an `alternative`."""

    row: Row
    stream: bool
    alternative: bool

    @property
    def ends(self) -> Ends:
        """How the attempt at the faulty engine ends."""
        return self.row.fault.stream if self.stream else self.row.fault.whole

    @property
    def form(self) -> str:
        """What was asked for."""
        return "stream" if self.stream else "whole"
