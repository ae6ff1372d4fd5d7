"""Who may serve a request at all, who should wait until the others are asked, and why. Pure.

What cannot serve a request is left out; what should not be asked now is only moved back.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from sixnines.config.snapshot import NO_RULES, DeploymentSpec, Rules
from sixnines.domain.attempt import Passed, Skipped
from sixnines.domain.candidate import Facts
from sixnines.domain.tier import Tier
from sixnines.domain.wishes import NO_WISHES
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate


class Health(Protocol):
    """What the planner asks about health and load; `health.board.Board` tells it."""

    def objection(self, spec: DeploymentSpec, now: float) -> str | None:
        """Why a deployment should not be asked now, in a few words; None if nothing speaks against it."""
        ...

    def ready_at(self, spec: DeploymentSpec, now: float) -> float:
        """The time before which asking is known to be in vain; 0 where it may be tried."""
        ...

    def badness(self, spec: DeploymentSpec, now: float) -> tuple[float, int, float]:
        """To compare deployments that are all out: the least bad has the smallest."""
        ...

    def in_flight(self, spec: DeploymentSpec) -> int:
        """Requests that its provider serves now."""
        ...

    def first_token_s(self, spec: DeploymentSpec, now: float) -> float | None:
        """How long its answers take to begin of late; None if nothing is known."""
        ...

    def saturated(self, spec: DeploymentSpec, now: float) -> str | None:
        """That its provider has as much to do as config lets it have, in a few words."""
        ...

    def warm(self, spec: DeploymentSpec, now: float) -> bool | None:
        """Whether its provider holds the model in memory; None where it does not tell."""
        ...


class Sifted(msgspec.Struct):
    """The candidates of one group, told apart.

    Attributes:
        fit: indexes of those that may be asked now, ascending.
        busy: indexes of those whose providers have enough to do.
        resting: those that are out.
        skipped: all that are not fit, with the reason.
    """

    fit: list[int]
    busy: list[int]
    resting: list[Candidate]
    skipped: list[Skipped]


class Sieve:
    """Tells candidates apart for one request.

    Args:
        health: how they are.
        ask: the request.
        rules: of the model or route that it names.
        best: the tier that steps down are counted from, None to count none.
        now: monotonic seconds.
    """

    __slots__ = ("_ask", "_health", "_local_only", "_lowest", "_now", "_plain", "_rules")

    def __init__(self, health: Health, ask: Ask, rules: Rules, *, best: Tier | None, now: float) -> None:
        self._health = health
        self._ask = ask
        self._rules = rules
        self._now = now
        self._plain = ask.wishes is NO_WISHES and rules is NO_RULES
        self._local_only = ask.wishes.local_only or rules.local_only
        drop = rules.max_tier_drop
        self._lowest = None if drop is None or best is None else best.step + drop

    def sift(self, candidates: Iterable[tuple[int, Candidate]]) -> Sifted:
        """Tell `candidates`, which come with their indexes, apart."""
        sifted = Sifted([], [], [], [])
        health, now = self._health, self._now
        for index, candidate in candidates:
            deployment = candidate.deployment
            reason = self._unfit(candidate)
            if reason is not None:
                sifted.skipped.append(Skipped(deployment.id, reason))
                continue
            if (reason := health.objection(deployment, now)) is not None:
                sifted.resting.append(candidate)
                sifted.skipped.append(Skipped(deployment.id, reason, _RESTING))
            elif deployment.provider.saturation is None or (reason := health.saturated(deployment, now)) is None:
                sifted.fit.append(index)
            else:
                sifted.busy.append(index)
                sifted.skipped.append(Skipped(deployment.id, reason, _BUSY))
        return sifted

    def last_resort(self, resting: Iterable[Candidate]) -> list[Candidate]:
        """Those that are out, the least bad first, with the time until which each rests."""
        health, now = self._health, self._now
        found: list[Candidate] = []
        for each in sorted(resting, key=lambda each: health.badness(each.deployment, now)):
            facts = Facts(each.facts.window, health.ready_at(each.deployment, now), each.facts.queue_wait_s)
            found.append(Candidate(each.deployment, each.model, facts))
        return found

    def _unfit(self, candidate: Candidate) -> str | None:
        """Why a candidate can never serve the request, or may not."""
        deployment = candidate.deployment
        reason = cannot(deployment, self._ask)
        if reason is not None or (self._plain and deployment.capabilities is None):
            return reason
        return self._may_not(deployment) or self._lacks(deployment) or self._too_low(candidate)

    def _may_not(self, deployment: DeploymentSpec) -> str | None:
        wishes, provider = self._ask.wishes, deployment.provider
        if wishes.candidate is not None and deployment.id != wishes.candidate:
            return f"only {wishes.candidate} may be asked"
        if wishes.pin is not None and provider.name != wishes.pin:
            return f"only {wishes.pin} may be asked"
        if provider.name in wishes.deny:
            return "the caller does not want it"
        if self._local_only and not provider.local:
            return NOT_LOCAL
        return None

    def _lacks(self, deployment: DeploymentSpec) -> str | None:
        """What the request or the rules need and it does not declare.

        To declare nothing counts against the rules, not against the request: it may well work.
        """
        window, declared = deployment.context_window, deployment.capabilities
        rules = self._rules
        if rules.context and (window is None or window < rules.context):
            return f"context window {window or 'not declared'}, and {rules.context} is required"
        lacking = rules.capabilities - (declared or _NONE)
        if declared is not None:
            lacking |= self._ask.needs - declared
        return f"does not declare {', '.join(sorted(lacking))}" if lacking else None

    def _too_low(self, candidate: Candidate) -> str | None:
        tier = candidate.model.tier
        if self._lowest is None or tier is None or tier.step <= self._lowest:
            return None
        return f"tier {tier} is further down than max_tier_drop allows"


_NONE: frozenset[str] = frozenset()
# Looked up once: on Python 3.11 that takes as long as a call.
_BUSY = Passed.BUSY
_RESTING = Passed.RESTING

NOT_LOCAL = "the data may not leave the host"
"""The reason for passing over a provider that is elsewhere."""


def cannot(deployment: DeploymentSpec, ask: Ask) -> str | None:
    """Why `deployment` can never serve this request, whatever anybody wishes, in a few words."""
    if ask.operation not in deployment.provider.kind.paths:
        return f"{deployment.provider.kind.name} does not serve {ask.operation}"
    window = deployment.context_window
    if window is not None and ask.tokens_floor > window:
        return f"context window {window} < {ask.tokens_floor} at least"
    return None
