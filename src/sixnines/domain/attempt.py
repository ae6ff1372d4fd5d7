"""What became of one candidate: it was tried, or passed over. Values only.

Apart from the trail because they leave the process: workers tell each other of them, and records are made of them.

Structs, not dataclasses, here and wherever a value is made for each request: a frozen dataclass takes about a
microsecond to make, a Struct a tenth of that.
"""

import enum
from typing import Annotated

import msgspec

from sixnines.domain.failure import Failure

SpanId = Annotated[bytes, msgspec.Meta(max_length=8)]


class AttemptRole(enum.StrEnum):
    """Why an attempt was made."""

    FIRST = "first"
    FALLBACK = "fallback"
    RETRY = "retry"
    HEDGE = "hedge"
    CONTINUATION = "continuation"


class Passed(enum.StrEnum):
    """What it means for a candidate that it was passed over."""

    OUT = "out"  # it cannot serve the request, or may not
    BUSY = "busy"  # its provider has enough to do: others are asked before it
    RESTING = "resting"  # something speaks against asking it now: a last resort


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A candidate that was not tried.

    Attributes:
        deployment: its id.
        reason: a few words, e.g. `breaker open` or `context window 512 < 4031`.
        passed: what that means for it.
    """

    deployment: str
    reason: str
    passed: Passed = Passed.OUT


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """A candidate that was tried.

    Attributes:
        deployment: its id.
        provider: the provider's name.
        failure: why it gave no answer; None for the one that answered.
        milliseconds: from the start of the attempt to its failure or its first content.
        started_ms: from the request's arrival to the start of the attempt.
        role: why it was made.
        cancelled: it was stopped before it came to anything: another answered first, or the caller left.
        span: its id in the request's trace (8 bytes); b"" where there is none.
        broke: it failed after its first content.
    """

    deployment: str
    provider: str
    failure: Failure | None
    milliseconds: float
    started_ms: float = 0.0
    role: AttemptRole = AttemptRole.FIRST
    cancelled: bool = False
    span: SpanId = b""
    broke: bool = False

    @property
    def answered(self) -> bool:
        """It gave the answer."""
        return self.failure is None and not self.cancelled

    @property
    def word(self) -> str:
        """What came of it: `ok`, `cancelled` or the kind of its failure."""
        if self.failure is not None:
            return self.failure.kind.value
        return "cancelled" if self.cancelled else "ok"
