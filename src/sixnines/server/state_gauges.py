"""What the metrics tell of states: of providers and breakers, and of what is left for each model.

Asks nobody: it writes down what the board knows. Shows names that config declares, never an address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sixnines.clock import Clock
from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.health.board import Board
from sixnines.health.breaker import BreakerState
from sixnines.health.state import HealthState
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.exposition import Labels
from sixnines.telemetry.metrics import (
    BREAKER_STATE,
    CONFIG_CHANGES,
    MODEL_PROVIDERS,
    PROVIDER_INFO,
    PROVIDER_STATE,
    TRUNCATED_PROMPTS,
)

_OUT: Final = (HealthState.DOWN, HealthState.MISCONFIGURED)
_NUMBERS: Final = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
_EVERYWHERE: Final = ""
# What is rare and bad is there before it happens: of a counter that begins with 1, Prometheus sees no increase.
_RESULTS: Final = ("applied", "refused", "rolled_back", "failed")


@dataclass(frozen=True, slots=True)
class _Layout:
    """What of a config the states are told by; made once for each.

    Attributes:
        deployments: the ids of all.
        groups: for each name and failure domain, the providers there that may serve the name.
        infos: the labels of each provider.
        awaited: the providers that may answer without having read the whole prompt.
    """

    snapshot: Snapshot
    deployments: frozenset[str]
    groups: Mapping[tuple[str, str], tuple[str, ...]]
    infos: Mapping[Labels, float]
    awaited: tuple[Labels, ...]


class StateGauges:
    """Writes states down."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._known: _Layout | None = None

    def assign(self, metrics: Metrics, snapshot: Snapshot) -> None:
        """Set the metrics of what this worker sees."""
        layout, now = self._layout(snapshot), self._clock.monotonic_s()
        standings = {name: self._board.provider(spec).standing(now).state for name, spec in snapshot.providers.items()}
        metrics.replace(
            PROVIDER_STATE,
            {(name, state): float(state is found) for name, found in standings.items() for state in HealthState},
        )
        metrics.replace(PROVIDER_INFO, layout.infos)
        for labels in layout.awaited:
            metrics.count(TRUNCATED_PROMPTS, labels, 0)
        for result in _RESULTS:
            metrics.count(CONFIG_CHANGES, (result,), 0)
        metrics.replace(
            BREAKER_STATE,
            {
                (name, health.provider.name): _NUMBERS[health.breaker.state]
                for name, health in self._board.deployments()
                if name in layout.deployments
            },
        )

    def assign_left(self, metrics: Metrics, snapshot: Snapshot) -> None:
        """Set the metrics of what is left for each name, by the states that `metrics` has, from all workers."""
        out = {
            name
            for name in snapshot.providers
            if any(metrics.value(PROVIDER_STATE, (name, state)) > 0 for state in _OUT)
        }
        values: dict[Labels, float] = {}
        for (name, domain), providers in self._layout(snapshot).groups.items():
            gone = sum(each in out for each in providers) if out else 0
            values[name, domain, "out"] = gone
            values[name, domain, "usable"] = len(providers) - gone
        metrics.replace(MODEL_PROVIDERS, values)

    def _layout(self, snapshot: Snapshot) -> _Layout:
        if self._known is None or self._known.snapshot is not snapshot:
            self._known = _layout(snapshot)
        return self._known


def _layout(snapshot: Snapshot) -> _Layout:
    groups: dict[tuple[str, str], tuple[str, ...]] = {}
    names: list[ModelSpec | RouteSpec] = [*snapshot.models.values(), *snapshot.routes.values()]
    for target in names:
        for provider in _providers(snapshot, target):
            for domain in (_EVERYWHERE, *snapshot.providers[provider].domains):
                key = (target.name, domain)
                groups[key] = (*groups.get(key, ()), provider)
    return _Layout(
        snapshot,
        frozenset(spec.id for model in snapshot.models.values() for spec in model.deployments),
        groups,
        {
            (name, spec.kind.name, next(iter(spec.domains), ""), "true" if spec.optional else "false"): 1.0
            for name, spec in snapshot.providers.items()
        },
        tuple((name,) for name, spec in snapshot.providers.items() if spec.kind.may_truncate),
    )


def _providers(snapshot: Snapshot, target: ModelSpec | RouteSpec) -> dict[str, None]:
    """Who may serve a name, fallbacks included, each once."""
    models = [target.name] if isinstance(target, ModelSpec) else list(target.models)
    chains = [each for model in models for each in snapshot.models[model].chain]
    return {spec.provider.name: None for model in (*models, *chains) for spec in snapshot.models[model].deployments}
