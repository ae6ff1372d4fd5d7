"""The plan of one request: candidates in order, and what was passed over with its reason.

Pure but for the strategies' memory, which it owns. Never does I/O, never reads a clock.
"""

from collections.abc import Callable, Iterator, Mapping
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
        visited: set[str] = set()
        for model in self._models(target):
            fit: list[int] = []
            for index, deployment in enumerate(model.deployments):
                if deployment.id in visited:
                    continue
                visited.add(deployment.id)
                unfit = _unfit(deployment, needs)
                if unfit is not None:
                    skipped.append(Skipped(deployment.id, unfit))
                    continue
                objection = self._health.objection(deployment, now)
                if objection is None:
                    fit.append(index)
                else:
                    skipped.append(Skipped(deployment.id, objection))
                    resting.append(Candidate(deployment, model))
            chosen += [Candidate(model.deployments[index], model) for index in self._ordered(target.name, model, fit)]
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

    def _ordered(self, owner: str, model: ModelSpec, fit: list[int]) -> list[int]:
        if len(fit) < 2:  # noqa: PLR2004 - nothing to order
            return fit
        # Memory per (asked name, model): traffic that falls back here must not disturb the shares of direct traffic.
        memory = self._memory.setdefault((owner, model.name), [0] * len(model.deployments))
        weights = [each.weight for each in model.deployments]
        return self._strategies[model.strategy].order(fit, weights, memory)

    def _models(self, target: ModelSpec | RouteSpec) -> Iterator[ModelSpec]:
        """The models to draw on, in order, each once."""
        models = self._snapshot.models
        if isinstance(target, ModelSpec):
            yield target
            for name in target.chain:
                yield models[name]
            return
        memory = self._memory.setdefault((target.name, ""), [0] * len(target.models))
        order = self._strategies[target.strategy].order(range(len(target.models)), target.weights, memory)
        seen: set[str] = set()
        firsts = [target.models[index] for index in order]
        for name in [*firsts, *(fallback for first in firsts for fallback in models[first].chain)]:
            if name not in seen:
                seen.add(name)
                yield models[name]


def _unfit(deployment: DeploymentSpec, needs: Needs) -> str | None:
    """Why `deployment` can never serve these needs, in a few words."""
    if needs.operation not in deployment.provider.kind.paths:
        return f"{deployment.provider.kind.name} does not serve {needs.operation}"
    window = deployment.context_window
    if window is not None and needs.tokens_floor > window:
        return f"context window {window} < {needs.tokens_floor} at least"
    return None
