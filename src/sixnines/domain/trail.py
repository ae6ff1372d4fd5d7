"""The trail of one request: every candidate that was tried or passed over, and why."""

from dataclasses import dataclass

from sixnines.domain.failure import Failure


@dataclass(frozen=True, slots=True)
class Skipped:
    """A candidate that was not tried.

    Attributes:
        deployment: its id.
        reason: a few words, e.g. `breaker open` or `context window 512 < 4031`.
    """

    deployment: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate that was tried.

    Attributes:
        deployment: its id.
        provider: the provider's name.
        failure: why it gave no answer; None for the one that answered.
        milliseconds: from the start of the attempt to its failure or its first content.
    """

    deployment: str
    provider: str
    failure: Failure | None
    milliseconds: float


@dataclass(slots=True)
class Trail:
    """What happened to one request, in order."""

    attempts: list[Attempt]
    skipped: tuple[Skipped, ...]

    def first_failure(self) -> Failure | None:
        """Why the first candidate was left, if it was."""
        return self.attempts[0].failure if self.attempts else None
