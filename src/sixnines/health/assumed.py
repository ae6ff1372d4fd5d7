"""The board as it would be under assumptions: what would be asked if this provider were down? Pure.

Never changes the board: what nothing is assumed of is as it is there.
"""

import enum
import math
from collections.abc import Mapping

from sixnines.config.snapshot import DeploymentSpec, ProviderSpec
from sixnines.health.board import Board
from sixnines.health.deployment import RANKS
from sixnines.health.state import HealthState


class Assumption(enum.StrEnum):
    """What can be assumed of a provider."""

    HEALTHY = "healthy"
    DOWN = "down"
    BUSY = "busy"
    LOADING = "loading"
    SATURATED = "saturated"
    COLD = "cold"  # it holds none of its models in memory
    WARM = "warm"  # it holds all of them


IN_MEMORY = frozenset({Assumption.COLD, Assumption.WARM})
"""What is said of the models; the others say how the provider is, so one of each can hold."""

Assumptions = Mapping[str, frozenset[Assumption]]
"""By the provider's name."""

_NOTHING: frozenset[Assumption] = frozenset()
_STATES = {
    Assumption.DOWN: HealthState.DOWN,
    Assumption.BUSY: HealthState.BUSY,
    Assumption.LOADING: HealthState.LOADING,
}


class Assumed:
    """What the planner asks about health and load, under assumptions."""

    __slots__ = ("_assumptions", "_board")

    def __init__(self, board: Board, assumptions: Assumptions) -> None:
        self._board = board
        self._assumptions = assumptions

    def objection(self, spec: DeploymentSpec, now: float) -> str | None:
        """Why a deployment should not be asked now."""
        assumed = self._of(spec.provider)
        state = _state(assumed)
        if state is not None:
            return f"{state}: assumed"
        return None if assumed - IN_MEMORY else self._board.objection(spec, now)

    def ready_at(self, spec: DeploymentSpec, now: float) -> float:
        """The time before which asking is known to be in vain; of what is assumed nothing is known."""
        return 0.0 if self._of(spec.provider) - IN_MEMORY else self._board.ready_at(spec, now)

    def badness(self, spec: DeploymentSpec, now: float) -> tuple[float, int, float]:
        """To compare deployments that are all out."""
        state = _state(self._of(spec.provider))
        return self._board.badness(spec, now) if state is None else (0.0, RANKS[state], 0.0)

    def in_flight(self, spec: DeploymentSpec) -> int:
        """Requests that its provider serves now, or that it would take to saturate it."""
        in_flight, provider = self._board.in_flight(spec), spec.provider
        if Assumption.SATURATED not in self._of(provider):
            return in_flight
        return max(in_flight, math.ceil((provider.saturation or 0) * (provider.max_in_flight or 0)))

    def first_token_s(self, spec: DeploymentSpec, now: float) -> float | None:
        """How long its answers take to begin of late."""
        return self._board.first_token_s(spec, now)

    def saturated(self, spec: DeploymentSpec, now: float) -> str | None:
        """That its provider has as much to do as config lets it have."""
        if Assumption.SATURATED not in self._of(spec.provider):
            return self._board.saturated(spec, now)
        return f"saturated: {self.in_flight(spec)} of {spec.provider.max_in_flight} in flight, assumed"

    def warm(self, spec: DeploymentSpec, now: float) -> bool | None:
        """Whether its provider holds the model in memory."""
        found = self._of(spec.provider) & IN_MEMORY
        return Assumption.WARM in found if found else self._board.warm(spec, now)

    def _of(self, provider: ProviderSpec) -> frozenset[Assumption]:
        return self._assumptions.get(provider.name, _NOTHING)


def _state(assumed: frozenset[Assumption]) -> HealthState | None:
    """What a probe would have found."""
    return next((_STATES[each] for each in assumed if each in _STATES), None)
