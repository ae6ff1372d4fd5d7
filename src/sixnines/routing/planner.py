"""The plan of one request: candidates in order, and what was passed over with its reason.

Pure but for the strategies' memory, which it owns. Never does I/O, never reads a clock.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.candidate import Facts
from sixnines.domain.operation import Operation
from sixnines.domain.trail import Skipped
from sixnines.routing.interface import Strategy


class Health(Protocol):
    """What the planner asks about health; `health.board.Board` tells it."""

    def objection(self, spec: DeploymentSpec, now: float) -> str | None:
        """Why a deployment should not be asked now, in a few words; None if nothing speaks against it."""
        ...

    def ready_at(self, spec: DeploymentSpec, now: float) -> float:
        """The time before which asking is known to be in vain; 0 where it may be tried."""
        ...

    def badness(self, spec: DeploymentSpec, now: float) -> tuple[float, int, float]:
        """To compare deployments that are all out: the least bad has the smallest."""
        ...


class Needs(msgspec.Struct, frozen=True, gc=False):
    """What the request needs of a candidate: the operation, and room for at least this many tokens."""

    operation: Operation
    tokens_floor: int


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A deployment that has been put in order, the model that it answers for, and what decides about its turn."""

    deployment: DeploymentSpec
    model: ModelSpec
    facts: Facts


class Plan(msgspec.Struct, frozen=True):
    """Candidates in order, each once.

    Attributes:
        candidates: the healthy ones as the strategy puts them, then as a last resort those that are out, the least bad
            first: rather ask one that is thought to be down than fail.
        skipped: what cannot serve the request at all, and those of the last resort, with the reason.
    """

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]


class Planner:
    """Plans for one snapshot."""

    def __init__(self, snapshot: Snapshot, strategies: Mapping[str, Strategy], health: Health) -> None:
        self._snapshot = snapshot
        self._strategies = strategies
        self._health = health
        self._memory: dict[tuple[str, str], list[int]] = {}
        self._usual: dict[str, Plan] = {}
        self._chains: dict[str, tuple[_Group, ...]] = {}

    def plan(self, target: ModelSpec | RouteSpec, needs: Needs, now: float) -> Plan:
        """Filter, then order, group by group: the model itself, then its fallbacks.

        Args:
            target: what the caller's name resolved to.
            needs: what every candidate must be able to do.
            now: monotonic seconds.
        """
        usual = self._usual.get(target.name)
        if usual is not None and self._holds(usual, needs, now):
            return usual
        chosen: list[Candidate] = []
        resting: list[Candidate] = []
        skipped: list[Skipped] = []
        objection = self._health.objection
        for group in self._groups(target):
            fit: list[int] = []
            for index, candidate in group.candidates.items():
                deployment = candidate.deployment
                unfit = _unfit(deployment, needs)
                why_not = unfit or objection(deployment, now)
                if why_not is None:
                    fit.append(index)
                    continue
                skipped.append(Skipped(deployment.id, why_not))
                if unfit is None:
                    resting.append(candidate)
            if len(fit) > 1:
                fit = self._ordered(target.name, group, fit)
            for index in fit:
                chosen.append(group.candidates[index])  # noqa: PERF401 - a comprehension costs a call on Python 3.11
        if resting:
            chosen += self._last_resort(resting, now)
        plan = Plan(tuple(chosen), tuple(skipped))
        if len(chosen) == 1 and not skipped and isinstance(target, ModelSpec):
            self._usual[target.name] = plan
        return plan

    def _holds(self, usual: Plan, needs: Needs, now: float) -> bool:
        """Whether a plan of one candidate is still the right one: there is nothing to order."""
        deployment = usual.candidates[0].deployment
        return _unfit(deployment, needs) is None and self._health.objection(deployment, now) is None

    def _last_resort(self, resting: list[Candidate], now: float) -> list[Candidate]:
        """Those that are out, the least bad first, with the time until which each rests."""
        health = self._health
        found: list[Candidate] = []
        for each in sorted(resting, key=lambda each: health.badness(each.deployment, now)):
            facts = msgspec.structs.replace(each.facts, ready_at=health.ready_at(each.deployment, now))
            found.append(Candidate(each.deployment, each.model, facts))
        return found

    def _ordered(self, owner: str, group: "_Group", fit: list[int]) -> list[int]:
        """The eligible deployments of one model, as its strategy puts them."""
        model = group.model
        # Memory per (asked name, model): traffic that falls back here must not disturb the shares of direct traffic.
        memory = self._memory.setdefault((owner, model.name), [0] * len(model.deployments))
        return self._strategies[model.strategy].order(fit, group.weights, memory)

    def _groups(self, target: ModelSpec | RouteSpec) -> "tuple[_Group, ...]":
        """The models to draw on, in order, each once, and of each the deployments that none before it has."""
        if isinstance(target, ModelSpec):
            found = self._chains.get(target.name)
            if found is None:
                found = self._chains[target.name] = self._grouped((target.name, *target.chain))
            return found
        memory = self._memory.setdefault((target.name, ""), [0] * len(target.models))
        order = self._strategies[target.strategy].order(range(len(target.models)), target.weights, memory)
        firsts = [target.models[index] for index in order]
        fallbacks = (fallback for first in firsts for fallback in self._snapshot.models[first].chain)
        return self._grouped(dict.fromkeys((*firsts, *fallbacks)))

    def _grouped(self, names: Iterable[str]) -> "tuple[_Group, ...]":
        groups: list[_Group] = []
        seen: set[str] = set()
        for model in map(self._snapshot.models.__getitem__, names):
            candidates: dict[int, Candidate] = {}
            for index, deployment in enumerate(model.deployments):
                if deployment.id not in seen:
                    seen.add(deployment.id)
                    candidates[index] = Candidate(deployment, model, _facts(deployment))
            groups.append(_Group(model, candidates, [each.weight for each in model.deployments]))
        return tuple(groups)


class _Group(msgspec.Struct, frozen=True):
    """One model's deployments by their place in config, without those that a model before it has, and all weights."""

    model: ModelSpec
    candidates: dict[int, Candidate]
    weights: list[int]


def _facts(deployment: DeploymentSpec) -> Facts:
    return Facts(window=deployment.context_window, queue_wait_s=deployment.provider.queue.wait_s)


def _unfit(deployment: DeploymentSpec, needs: Needs) -> str | None:
    """Why `deployment` can never serve these needs, in a few words."""
    if needs.operation not in deployment.provider.kind.paths:
        return f"{deployment.provider.kind.name} does not serve {needs.operation}"
    window = deployment.context_window
    if window is not None and needs.tokens_floor > window:
        return f"context window {window} < {needs.tokens_floor} at least"
    return None
