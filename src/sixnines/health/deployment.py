"""What is known of one provider and of one deployment of it. No I/O, no clock; written by attempts and probes.

Never takes a routing decision: it says what speaks against a deployment now, and until when.
"""

import math
from collections.abc import Callable
from typing import Final

from sixnines.config.snapshot import BreakerSettings, ProviderSpec, RetrySettings
from sixnines.domain.failure import BreakerEffect, Failure, FailureKind
from sixnines.health.breaker import Breaker, BreakerState
from sixnines.health.budget import RetryBudget
from sixnines.health.gauge import Gauge
from sixnines.health.latency import Latency, PeakEwma
from sixnines.health.places import Places
from sixnines.health.state import HealthState, Standing
from sixnines.telemetry.counting import Counter

# No provider may bench itself for longer by a silly Retry-After; a later request finds out.
_LONGEST_REST_S: Final = 600.0

# Failures that are the whole provider's: a key or a balance belongs to the account.
_OF_THE_PROVIDER: Final = frozenset({FailureKind.CREDENTIAL, FailureKind.QUOTA})
# After these the provider is worth waiting for.
_WORTH_WAITING: Final = frozenset({FailureKind.RATE, FailureKind.CAPACITY, FailureKind.LOADING})
# What a probe may find that speaks against asking. Not MISCONFIGURED: a provider that works may have an odd health
# path, and whether a key is refused is told by the requests.
_OUT: Final = frozenset({HealthState.BUSY, HealthState.LOADING, HealthState.DOWN})
# To compare those that are out, the mildest first.
RANKS: Final = {
    HealthState.UNKNOWN: 0,
    HealthState.HEALTHY: 0,
    HealthState.BUSY: 1,
    HealthState.LOADING: 2,
    HealthState.RATE_LIMITED: 3,
    HealthState.DOWN: 4,
    HealthState.MISCONFIGURED: 5,
}
_UNKNOWN: Final = HealthState.UNKNOWN  # looked up once: on Python 3.11 that takes as long as a call
_HUNG: Final = "hung: requests in flight and nothing comes"
_HELD: Final = "held back by the operator"
_OPENED: Final = "breaker opened by the operator"
_STATE_OF: Final = {
    FailureKind.RATE: HealthState.RATE_LIMITED,
    FailureKind.QUOTA: HealthState.RATE_LIMITED,
    FailureKind.CAPACITY: HealthState.BUSY,
    FailureKind.LOADING: HealthState.LOADING,
    FailureKind.CREDENTIAL: HealthState.MISCONFIGURED,
}


class ProviderHealth:
    """One provider.

    Attributes:
        name: as in config.
        places: requests in flight, and who waits.
        repetitions: the budget for asking it again.
        state: what the last probe, or the last request that told, found.
        reason: why, in a few words.
        hung: it streams, and nothing has come for long.
        held_until: monotonic time until which an operator wants others to be asked first.
        calm: nothing speaks against it as a whole.
        streams: how many streamed answers it is giving.
        progress_at: loop time at which one of them last brought something.
        resident: the models that it holds in memory, where it tells.
        gauge: how busy it says that it is.
        used_at: monotonic time at which routing last went by how busy it is, or by what it holds in memory.
        seen: how it stood when it was last looked at, and since when (monotonic time); None before the first look.
        answers: counts the attempts that it answered; None before the first.
    """

    __slots__ = (
        "answers", "calm", "gauge", "held_until", "hung", "name", "out_kind", "out_until", "places", "progress_at",
        "reason", "repetitions", "resident", "seen", "served_s", "state", "streams", "used_at",
    )  # fmt: skip

    def __init__(self, spec: ProviderSpec, retries: RetrySettings, places: Places) -> None:
        self.name = spec.name
        self.places = places
        self.repetitions = RetryBudget(retries.ratio)
        self.state = HealthState.UNKNOWN
        self.reason = "not asked yet"
        self.hung = False
        self.held_until = 0.0
        self.calm = True
        self.out_until = 0.0
        self.out_kind = FailureKind.QUOTA
        self.streams = 0
        self.progress_at = 0.0
        self.resident: frozenset[str] | None = None
        self.gauge = Gauge()
        self.used_at = -math.inf
        self.seen: tuple[HealthState, float] | None = None
        self.answers: Counter | None = None
        self.served_s = 1.0  # how long a request takes, as a moving average; a second is a guess for short answers

    def found(self, state: HealthState, reason: str) -> None:
        """A probe, or a look at its streams, has found this."""
        self.state = state
        self.reason = reason
        self._settle()

    def holds(self, model: str) -> None:
        """It has begun to answer with `model`, which is therefore in its memory."""
        if self.resident is not None and model not in self.resident:
            self.resident |= {model}

    def opened_stream(self, loop_time: float) -> None:
        """It is asked for one more stream, from which something is owed."""
        if not self.streams:
            self.progress_at = loop_time
        self.streams += 1

    def answered(self) -> None:
        """A request was answered completely: whatever was thought of it, it works."""
        if not self.calm or self.state is _UNKNOWN:
            self.out_until = 0.0
            self.hung = False
            self.found(HealthState.HEALTHY, "answers")

    def rest(self, kind: FailureKind, until: float) -> None:
        """The account as a whole is out."""
        self.out_kind = kind
        self.out_until = max(self.out_until, until)
        self.calm = False

    def hold(self, until: float) -> None:
        """An operator wants others to be asked first until then; 0 takes it back."""
        self.held_until = until
        self._settle()

    def hangs(self, *, hung: bool) -> None:
        """Whether its streams stand still."""
        self.hung = hung
        self._settle()

    def objection(self, now: float) -> str | None:
        """What speaks against it as a whole."""
        if self.out_until > now:
            return f"resting after {self.out_kind}"
        if self.held_until > now:
            return _HELD
        if self.hung:
            return _HUNG
        if self.state in _OUT:
            return f"{self.state}: {self.reason}"
        self.calm = True
        return None

    def retry_after_s(self) -> float:
        """When a place may come free, at a guess: those before, at the pace so far."""
        return self.served_s * (self.places.crowd + 1) / (self.places.limit or 1)

    def standing(self, now: float) -> Standing:
        """How it is as a whole, for people."""
        if self.out_until > now:
            return Standing(_STATE_OF[self.out_kind], f"answered {self.out_kind}", self.out_until - now)
        if self.held_until > now:
            return Standing(HealthState.BUSY, _HELD, self.held_until - now)
        if self.hung:
            return Standing(HealthState.DOWN, _HUNG)
        return Standing(self.state, self.reason)

    def look(self, now: float) -> None:
        """Note since when it stands as it does: as exactly as somebody looks."""
        state = self.standing(now).state
        if self.seen is None or self.seen[0] is not state:
            self.seen = state, now

    def since(self, now: float) -> float | None:
        """The monotonic time since when it stands as it does; None if nobody has looked since it changed."""
        seen = self.seen
        return None if seen is None or seen[0] is not self.standing(now).state else seen[1]

    def _settle(self) -> None:
        self.calm = not self.hung and self.state not in _OUT and self.out_until == 0.0 and self.held_until == 0.0


class DeploymentHealth:
    """One deployment.

    Attributes:
        provider: its provider.
        breaker: its breaker.
        latency: how long its answers took to begin.
        pace: the same as one number, the newest and the slowest first.
        out_until: monotonic time until which it rests; `out_kind` says why.
        calm: nothing speaks against the deployment itself, and nothing is remembered that an answer would clear.
        missing: its provider did not know the model, the last time that it was asked.
    """

    __slots__ = (
        "_suspect",
        "breaker",
        "calm",
        "latency",
        "missing",
        "out_kind",
        "out_until",
        "pace",
        "provider",
    )

    def __init__(
        self, provider: ProviderHealth, settings: BreakerSettings, suspect: Callable[[ProviderHealth], None]
    ) -> None:
        self.provider = provider
        self.breaker = Breaker(settings)
        self.latency = Latency()
        self.pace = PeakEwma()
        self.out_until = 0.0
        self.out_kind = FailureKind.RATE
        self.calm = True
        self.missing = False
        self._suspect = suspect

    # What happens to requests.

    def succeeded(self) -> None:
        """It answered completely."""
        if not self.calm:
            self.out_until = 0.0
            self.missing = False
            self.breaker.succeeded()
            self.calm = self.breaker.quiet  # one that an operator has opened stays open
        self.provider.answered()

    def abandoned(self) -> None:
        """The attempt says nothing about health."""
        self.breaker.abandoned()

    def failed(self, failure: Failure, now: float, *, pinned: bool = False) -> None:
        """The attempt failed.

        What a provider says of itself (a rate, a balance, a key) holds whoever has asked. Its breaker goes by requests
        that might have gone elsewhere: not by those that are `pinned`, which are sent to find out whether it works. A
        verification would else open what serves callers well enough. If it was not reached, a probe finds out.
        """
        self.missing = failure.kind is FailureKind.MISSING
        self.calm = False
        rest_s = failure.rest_s
        until = 0.0 if rest_s is None else now + min(rest_s, _LONGEST_REST_S)
        if failure.kind in _OF_THE_PROVIDER:
            self.provider.rest(failure.kind, until)
        elif until > self.out_until:  # an earlier answer may know of a longer rest
            self.out_until = until
            self.out_kind = failure.kind
        if failure.rule.breaker is BreakerEffect.COUNTS and not failure.starved and not pinned:
            asked_until = 0.0 if failure.retry_after_s is None else now + min(failure.retry_after_s, _LONGEST_REST_S)
            self.breaker.failed(now, not_before=asked_until, unreached=failure.unreached)
        else:
            self.breaker.abandoned()
        if failure.unreached:
            self._suspect(self.provider)

    def open_breaker(self, until: float) -> None:
        """An operator wants others to be asked until then."""
        self.breaker.open_by_hand(until)
        self.calm = False

    def close_breaker(self) -> None:
        """An operator says that it works: what was seen of it is forgotten."""
        self.breaker.close_by_hand()
        self.out_until = 0.0
        self.missing = False
        self.calm = True

    # What is known.

    def objection(self, now: float) -> str | None:
        """Why it should not be asked now, in a few words; None if nothing speaks against it."""
        if not self.calm:
            if self.out_until > now:
                return f"resting after {self.out_kind}"
            if not self.breaker.admits(now):
                return _OPENED if self.breaker.by_hand else f"breaker {self.breaker.state}"
            self.calm = self.breaker.quiet and not self.missing
        return None if self.provider.calm else self.provider.objection(now)

    def ready_at(self, now: float) -> float:
        """The time before which asking is known to be in vain; 0 where it may be tried, for want of anybody else."""
        return self.out_until if self.out_until > now and self.out_kind in _WORTH_WAITING else 0.0

    def wait_s(self, now: float) -> float:
        """Seconds until nothing known speaks against it; a full provider is guessed at by the pace so far."""
        until = max(self.out_until, self.provider.out_until, self.breaker.open_until)
        full_s = self.provider.retry_after_s() if self.provider.places.full else 0.0
        return max(until - now, full_s)

    def badness(self, now: float) -> tuple[float, int, float]:
        """To compare deployments that are all out: the least bad has the smallest."""
        return self.ready_at(now), RANKS[self.provider.state] + 10 * self.provider.hung, self.breaker.open_until

    def standing(self, now: float) -> Standing:
        """How it is, for people."""
        if self.out_until > now:
            state = _STATE_OF.get(self.out_kind, HealthState.DOWN)
            return Standing(state, f"answered {self.out_kind}", self.out_until - now)
        if self.breaker.state is BreakerState.OPEN and self.breaker.open_until > now:
            reason = _OPENED if self.breaker.by_hand else "breaker open"
            return Standing(HealthState.DOWN, reason, self.breaker.open_until - now)
        if self.missing:
            return Standing(HealthState.MISCONFIGURED, "the provider does not know the model")
        return self.provider.standing(now)
