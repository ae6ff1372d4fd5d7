"""The trail of one request: every candidate that was tried or passed over, and why.

Structs, not dataclasses, here and wherever a value is made for each request: a frozen dataclass takes about a
microsecond to make, a Struct a tenth of that.
"""

import enum

import msgspec

from sixnines.domain.failure import Failure


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


_BUSY = Passed.BUSY  # looked up once: on Python 3.11 that takes as long as a call


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
        span: its id in the request's trace; 0 where there is none.
        broke: it failed after its first content.
    """

    deployment: str
    provider: str
    failure: Failure | None
    milliseconds: float
    started_ms: float = 0.0
    role: AttemptRole = AttemptRole.FIRST
    cancelled: bool = False
    span: int = 0
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


class Trail(msgspec.Struct):
    """What happened to one request, in order.

    Attributes:
        attempts: those that were tried.
        skipped: those that were not.
        route: the name that was asked for, where it is a route; else "".
        picos: what it has cost so far in pico-dollars, as far as that is known; None while nothing is.
    """

    attempts: list[Attempt]
    skipped: tuple[Skipped, ...]
    route: str = ""
    picos: int | None = None

    def skip(self, deployment: str, reason: str) -> None:
        """A candidate is passed over, at least for now."""
        self.tried(deployment)
        self.skipped = (*self.skipped, Skipped(deployment, reason, _BUSY))

    def tried(self, deployment: str) -> None:
        """A candidate that had been passed over is tried after all."""
        if self.skipped:
            self.skipped = tuple(each for each in self.skipped if each.deployment != deployment)

    def broke(self, failure: Failure) -> None:
        """The attempt that was answering broke off."""
        for index in range(len(self.attempts) - 1, -1, -1):
            if self.attempts[index].answered:
                self.attempts[index] = msgspec.structs.replace(self.attempts[index], failure=failure, broke=True)
                return

    def lost(self, deployment: str) -> None:
        """An attempt has begun to answer, but another one was quicker."""
        for index, attempt in enumerate(self.attempts):
            if attempt.deployment == deployment and attempt.answered:
                self.attempts[index] = msgspec.structs.replace(attempt, cancelled=True)

    def __str__(self) -> str:
        """One line for a log: every attempt with the provider's sanitised words, then what was passed over."""
        tried = [
            f"{each.deployment} {each.failure.kind} ({each.failure.message})"
            if each.failure
            else f"{each.deployment} {'cancelled' if each.cancelled else 'ok'}"
            for each in self.attempts
        ]
        return (
            "; ".join([*tried, *(f"{each.deployment} skipped ({each.reason})" for each in self.skipped)])
            or "no candidate"
        )
