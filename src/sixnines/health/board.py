"""The board: health and load of every deployment, keyed by stable ids so that it survives a config reload.

Written by the attempts, read by the planner. No I/O, no clock of its own; never takes a routing decision.
"""

from dataclasses import dataclass

from sixnines.config.snapshot import BreakerSettings, DeploymentSpec
from sixnines.domain.failure import BreakerEffect, Failure, FailureKind
from sixnines.health.breaker import Breaker

# How long a deployment rests after an answer that says "not now" without saying for how long. MISSING is not among
# them: a deployment may miss one endpoint (embeddings on a chat server) and serve another.
_REST_S: dict[FailureKind, float] = {
    FailureKind.RATE: 1.0,  # providers count per second or minute; one second costs little when it was a burst
    FailureKind.QUOTA: 60.0,  # a used-up balance does not come back by itself soon
    FailureKind.CREDENTIAL: 60.0,  # needs a person
    FailureKind.CAPACITY: 0.25,  # a queue drains quickly
    FailureKind.LOADING: 0.5,  # llama.cpp loads a small model in half a second
}
# No provider may bench itself for longer by a silly Retry-After; a later request finds out.
_LONGEST_REST_S = 600.0


@dataclass(slots=True)
class DeploymentHealth:
    """What is known about one deployment. `out_until` is in monotonic seconds, `out_reason` the kind that caused it."""

    breaker: Breaker
    out_until: float = 0.0
    out_reason: FailureKind | None = None


@dataclass(slots=True)
class ProviderLoad:
    """Requests in flight at one provider."""

    in_flight: int = 0


class Board:
    """Health by deployment id, load by provider name."""

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._health: dict[str, DeploymentHealth] = {}
        self._load: dict[str, ProviderLoad] = {}

    def configure(self, settings: BreakerSettings) -> None:
        """Go by other settings from now on (after a config change)."""
        self._settings = settings
        for health in self._health.values():
            health.breaker.configure(settings)

    def health(self, deployment: DeploymentSpec) -> DeploymentHealth:
        """The entry of `deployment`, made when first asked for."""
        found = self._health.get(deployment.id)
        if found is None:
            found = self._health[deployment.id] = DeploymentHealth(Breaker(self._settings))
        return found

    def load(self, provider: str) -> ProviderLoad:
        """The entry of a provider, made when first asked for."""
        found = self._load.get(provider)
        if found is None:
            found = self._load[provider] = ProviderLoad()
        return found

    def objection(self, deployment: DeploymentSpec, now: float) -> str | None:
        """Why `deployment` should not be tried now, in a few words; None if nothing speaks against it."""
        limit = deployment.provider.max_in_flight
        if limit is not None and self.load(deployment.provider.name).in_flight >= limit:
            return "at max_in_flight"
        health = self._health.get(deployment.id)
        if health is None:
            return None
        if health.out_until > now:
            return f"resting after {health.out_reason}"
        return None if health.breaker.admits(now) else f"breaker {health.breaker.state}"

    def full(self, deployment: DeploymentSpec) -> bool:
        """Whether its provider serves as many requests as it may: a limit that even the last resort keeps."""
        limit = deployment.provider.max_in_flight
        return limit is not None and self.load(deployment.provider.name).in_flight >= limit

    def available_at(self, deployment: DeploymentSpec) -> float:
        """The monotonic time from which nothing known speaks against `deployment`; in the past if nothing does."""
        health = self._health.get(deployment.id)
        return 0.0 if health is None else max(health.out_until, health.breaker.open_until)

    def began(self, deployment: DeploymentSpec, now: float) -> None:
        """An attempt starts."""
        self.load(deployment.provider.name).in_flight += 1
        self.health(deployment).breaker.began(now)

    def ended(self, deployment: DeploymentSpec) -> None:
        """An attempt is over, however it ended: exactly once for each `began`."""
        self.load(deployment.provider.name).in_flight -= 1

    def succeeded(self, deployment: DeploymentSpec) -> None:
        """The deployment answered completely."""
        health = self.health(deployment)
        health.breaker.succeeded()
        health.out_until = 0.0
        health.out_reason = None

    def abandoned(self, deployment: DeploymentSpec) -> None:
        """The attempt says nothing about health."""
        self.health(deployment).breaker.abandoned()

    def failed(self, deployment: DeploymentSpec, failure: Failure, now: float) -> None:
        """The attempt failed."""
        health = self.health(deployment)
        if failure.rule.breaker is BreakerEffect.COUNTS:
            health.breaker.failed(now)
        else:
            health.breaker.abandoned()
        rest_s = failure.retry_after_s if failure.retry_after_s is not None else _REST_S.get(failure.kind)
        if rest_s is not None and failure.kind in _REST_S:
            # The longer of two deadlines wins: an earlier answer may know of a longer rest.
            health.out_until = max(health.out_until, now + min(rest_s, _LONGEST_REST_S))
            health.out_reason = failure.kind
