"""The trail of one request: every candidate that was tried or passed over, and why."""

from typing import Final

import msgspec

from sixnines.domain.attempt import Attempt, Passed, Skipped
from sixnines.domain.failure import Failure

_BUSY: Final = Passed.BUSY  # looked up once: on Python 3.11 that takes as long as a call


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
