"""The plan of one request: candidates in order, and what was passed over with its reason.

Pure but for the strategies' memory, which it owns. Never does I/O, never reads a clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.operation import Operation
from sixnines.domain.trail import Skipped
from sixnines.routing.interface import Strategy

Objection = Callable[[DeploymentSpec, float], str | None]
AvailableAt = Callable[[DeploymentSpec], float]
Full = Callable[[DeploymentSpec], bool]


@dataclass(frozen=True, slots=True)
class HealthView:
    """What the planner may ask about health (see `health.board.Board`, whose methods these are)."""

    objection: Objection
    available_at: AvailableAt
    full: Full


class Needs(msgspec.Struct, frozen=True, gc=False):
    """What the request needs of a candidate: the operation, and room for at least this many tokens."""

    operation: Operation
    tokens_floor: int


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A deployment that has been put in order, and the model that it answers for."""

    deployment: DeploymentSpec
    model: ModelSpec


class Plan(msgspec.Struct, frozen=True):
    """Candidates, best first, each once; `last_resort` when all were out and the least bad are tried anyway."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    last_resort: bool = False


class Planner:
    """Plans for one snapshot."""

    def __init__(self, snapshot: Snapshot, strategies: Mapping[str, Strategy], health: HealthView) -> None:
        self._snapshot = snapshot
        self._strategies = strategies
        self._health = health
        self._memory: dict[tuple[str, str], list[int]] = {}
        self._chains: dict[str, tuple[_Group, ...]] = {}

    def plan(self, target: ModelSpec | RouteSpec, needs: Needs, now: float) -> Plan:
        """Filter, then order, group by group: the model itself, then its fallbacks.

        Args:
            target: what the caller's name resolved to.
            needs: what every candidate must be able to do.
            now: monotonic seconds.
        """
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
        if chosen or not resting:
            return Plan(tuple(chosen), tuple(skipped))
        return self._last_resort(resting, skipped)

    def _last_resort(self, resting: list[Candidate], skipped: list[Skipped]) -> Plan:
        """Everything is out: rather ask the one that is expected back first than fail at once."""
        least_bad = sorted(
            (each for each in resting if not self._health.full(each.deployment)),
            key=lambda each: self._health.available_at(each.deployment),
        )
        tried = {each.deployment.id for each in least_bad}
        left = tuple(each for each in skipped if each.deployment not in tried)
        return Plan(tuple(least_bad), left, last_resort=True)

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
                    candidates[index] = Candidate(deployment, model)
            groups.append(_Group(model, candidates, [each.weight for each in model.deployments]))
        return tuple(groups)


class _Group(msgspec.Struct, frozen=True):
    """One model's deployments by their place in config, without those that a model before it has, and all weights."""

    model: ModelSpec
    candidates: dict[int, Candidate]
    weights: list[int]


def _unfit(deployment: DeploymentSpec, needs: Needs) -> str | None:
    """Why `deployment` can never serve these needs, in a few words."""
    if needs.operation not in deployment.provider.kind.paths:
        return f"{deployment.provider.kind.name} does not serve {needs.operation}"
    window = deployment.context_window
    if window is not None and needs.tokens_floor > window:
        return f"context window {window} < {needs.tokens_floor} at least"
    return None
