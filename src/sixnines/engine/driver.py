"""The driver: performs the attempt machine's commands and reports back what happened.

Decides nothing. Keeps the books of each attempt: board, metrics, trail. Whatever ends an attempt, also the caller's
leaving, ends it in the books exactly once.
"""

import msgspec

from sixnines.config.snapshot import DeploymentSpec
from sixnines.dialects.codec import Whole
from sixnines.domain.failure import Failure
from sixnines.domain.trail import Attempt, Trail
from sixnines.engine.attempt import Asked, Attempter, Live
from sixnines.engine.machine import Command, Deliver, GiveUp, Machine, Try
from sixnines.engine.services import Services
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.planner import Candidate, Plan
from sixnines.telemetry.metrics import ATTEMPTS, FALLBACKS


class Delivery(msgspec.Struct, frozen=True):
    """An answer to pass on, and who gave it. `began_s` is monotonic seconds."""

    answer: Live | Whole
    candidate: Candidate
    began_s: float


class Driver:
    """Runs the attempts of one request after another."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._attempter = Attempter(services)

    async def deliver(self, plan: Plan, asked: Asked, trail: Trail, attempts: int) -> Delivery:
        """The first answer that a candidate gives.

        Raises:
            AllAttemptsFailed: none gave one.
        """
        clock = self._services.clock
        now = clock.monotonic_s()
        windows = [each.deployment.context_window for each in plan.candidates]
        deadline_at = now + asked.until - self._services.loop_time()
        machine = Machine(windows, attempts=attempts, deadline_at=deadline_at)
        commands = machine.start(now)
        began_s = now
        results: dict[int, Live | Whole] = {}
        while True:
            match commands[0]:
                case Try(candidate=index):
                    candidate = plan.candidates[index]
                    began_s = now
                    self._services.board.began(candidate.deployment, now)
                    result: Live | Whole | Failure | None = None
                    try:
                        result = await self._attempter.run(candidate, asked)
                    finally:
                        now = clock.monotonic_s()
                        self._note(candidate.deployment, result, trail, milliseconds=(now - began_s) * 1000)
                    if isinstance(result, Failure):
                        commands = machine.failed(index, result, now)
                        self._note_fallback(candidate, result, commands[0])
                    else:
                        results[index] = result
                        commands = machine.first_content(index)
                case Deliver(candidate=index):
                    return Delivery(results[index], plan.candidates[index], began_s)
                case GiveUp(failure=Failure() as failure):
                    raise AllAttemptsFailed(failure, retry_after_s=self._retry_after_s(plan, trail))
                case unexpected:
                    raise RuntimeError(f"the machine asked for {unexpected}")

    def _note(
        self, deployment: DeploymentSpec, result: Live | Whole | Failure | None, trail: Trail, *, milliseconds: float
    ) -> None:
        """An attempt has come to its first content, its whole answer or its end; None: its caller has left."""
        board = self._services.board
        if isinstance(result, Whole):
            board.ended(deployment)
            trail.attempts.append(Attempt(deployment.id, deployment.provider.name, None, milliseconds))
            self.note_success(deployment)
        elif result is None:  # the caller left, or a bug: either way it says nothing about the provider
            board.ended(deployment)
            board.abandoned(deployment)
        elif isinstance(result, Failure):
            board.ended(deployment)
            trail.attempts.append(Attempt(deployment.id, deployment.provider.name, result, milliseconds))
            self.note_failure(deployment, result)
        else:
            trail.attempts.append(Attempt(deployment.id, deployment.provider.name, None, milliseconds))

    def note_success(self, deployment: DeploymentSpec) -> None:
        """The deployment answered completely."""
        self._services.board.succeeded(deployment)
        self._services.metrics.count(ATTEMPTS, (deployment.provider.name, "ok"))

    def note_failure(self, deployment: DeploymentSpec, failure: Failure) -> None:
        """The deployment failed, before or after the commit point."""
        self._services.board.failed(deployment, failure, self._services.clock.monotonic_s())
        self._services.metrics.count(ATTEMPTS, (deployment.provider.name, failure.kind.value))

    def note_end(self, deployment: DeploymentSpec, failure: Failure | None, *, complete: bool) -> None:
        """A delivered stream is over: complete, broken, or left by its caller."""
        self._services.board.ended(deployment)
        if complete:
            self.note_success(deployment)
        elif failure is not None:
            self.note_failure(deployment, failure)
        else:
            self._services.board.abandoned(deployment)

    def _note_fallback(self, candidate: Candidate, failure: Failure, next_command: Command) -> None:
        if isinstance(next_command, Try):
            labels = (candidate.model.name, candidate.deployment.provider.name, failure.kind.value)
            self._services.metrics.count(FALLBACKS, labels)

    def _retry_after_s(self, plan: Plan, trail: Trail) -> float | None:
        """Seconds until the first of the candidates may work again, as far as anything is known about it."""
        now = self._services.clock.monotonic_s()
        board = self._services.board
        waits = [board.available_at(each.deployment) - now for each in plan.candidates]
        waits += [each.failure.retry_after_s for each in trail.attempts if each.failure and each.failure.retry_after_s]
        coming = [wait for wait in waits if wait > 0]
        return min(coming) if coming else None
