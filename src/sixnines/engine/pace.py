"""How quickly an answer grows of which the caller has seen nothing yet, and when it is too slow."""

import math
from typing import Final

from sixnines.config.snapshot import DeploymentSpec
from sixnines.domain.failure import Failure, FailureKind
from sixnines.engine.judging import transport_failure
from sixnines.health.deployment import ProviderHealth
from sixnines.transport.interface import Phase, TransportError

_BODY: Final = Phase.BODY  # looked up once: on Python 3.11 that takes as long as a call
# A prompt is read before the first token, and the first tokens may come unevenly: only then is the pace judged.
_PACE_AFTER_S: Final = 5.0


class Pace:
    """The pace of one answer."""

    __slots__ = ("_health", "_idle_s", "_since", "_too_slow_at", "first_token_s")

    def __init__(self, deployment: DeploymentSpec, health: ProviderHealth, first_token_s: float) -> None:
        self.first_token_s = first_token_s
        self._idle_s = deployment.provider.timeouts.idle_s
        self._health = health
        self._since: float | None = None
        self._too_slow_at = math.inf

    def next_due(self, now: float, progress: int, min_tokens_per_s: float | None) -> float:
        """The loop time by which more must come, now that there are `progress` pieces of content."""
        self._health.progress_at = now
        if min_tokens_per_s is not None:
            if self._since is None:
                self._since = now
            # Later than this the pace since the first piece would be under the floor.
            self._too_slow_at = self._since + max(_PACE_AFTER_S, progress / min_tokens_per_s)
        return min(now + self._idle_s, self._too_slow_at)

    def failure(self, error: TransportError) -> Failure:
        """What an error while reading means."""
        if error.timed_out and self._too_slow_at < math.inf and error.phase is _BODY:
            text = "The provider's answer grew more slowly than min_tokens_per_s, or stalled."
            return Failure(FailureKind.TRUNCATED, text, code="too_slow")
        return transport_failure(error)
