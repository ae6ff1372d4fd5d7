"""The trail of one request: every candidate that was tried or passed over, and why.

Structs, not dataclasses, here and wherever a value is made for each request: a frozen dataclass takes about a
microsecond to make, a Struct a tenth of that.
"""

import enum

import msgspec

from sixnines.domain.failure import Failure


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A candidate that was not tried.

    Attributes:
        deployment: its id.
        reason: a few words, e.g. `breaker open` or `context window 512 < 4031`.
    """

    deployment: str
    reason: str


class AttemptRole(enum.StrEnum):
    """Why a candidate was tried."""

    FIRST = "first"  # the first one
    FALLBACK = "fallback"  # another one before it failed
    RETRY = "retry"  # it had failed before in this request
    HEDGE = "hedge"  # another one was slow, and went on beside it
    CONTINUATION = "continuation"  # another one broke off in the middle, and it was given the rest to say


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """A candidate that was tried.

    Attributes:
        deployment: its id.
        provider: the provider's name.
        failure: why it gave no answer; None for the one that answered.
        milliseconds: from the start of the attempt to its failure or its first content.
        started_ms: from the arrival of the request to the start of the attempt.
        role: why it was tried.
    """

    deployment: str
    provider: str
    failure: Failure | None
    milliseconds: float
    started_ms: float = 0.0
    role: AttemptRole = AttemptRole.FIRST


class Trail(msgspec.Struct):
    """What happened to one request, in order."""

    attempts: list[Attempt]
    skipped: tuple[Skipped, ...]

    def first_failure(self) -> Failure | None:
        """Why the first candidate was left, if it was."""
        return self.attempts[0].failure if self.attempts else None

    def __str__(self) -> str:
        """One line for a log: every attempt with the provider's sanitised words, then what was passed over."""
        tried = [
            f"{each.deployment} {each.failure.kind} ({each.failure.message})"
            if each.failure
            else f"{each.deployment} ok"
            for each in self.attempts
        ]
        return (
            "; ".join([*tried, *(f"{each.deployment} skipped ({each.reason})" for each in self.skipped)])
            or "no candidate"
        )
