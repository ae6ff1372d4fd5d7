"""How every provider and deployment stands, for operators. Served to holders of the admin key (see `App`).

Asks nobody: it shows what probes and requests have found. Never shows an address or a key.
"""

from collections.abc import Iterator

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import DeploymentSpec, ProviderSpec, Snapshot
from sixnines.health.board import Board
from sixnines.health.gauge import Gauge
from sixnines.health.state import Standing
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class ProviderList:
    """`GET /admin/v1/providers`: the providers of the current config, in its order, each with its deployments."""

    path = "/admin/v1/providers"

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        snapshot, now = visit.ticket.generation.snapshot, self._clock.monotonic_s()
        rows = [self._provider(spec, snapshot, now) for spec in snapshot.providers.values()]
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode({"providers": rows}))

    def _provider(self, spec: ProviderSpec, snapshot: Snapshot, now: float) -> dict[str, object]:
        health = self._board.provider(spec)
        places = health.places
        return {
            "name": spec.name,
            "kind": spec.kind.name,
            "optional": spec.optional,
            **_shown(health.standing(now)),
            "in_flight": places.in_flight,
            "max_in_flight": places.limit,
            "waiting": places.waiting,
            "streams": health.streams,
            "load": _load(health.gauge, now),
            "deployments": [self._deployment(each, now) for each in _deployments(snapshot, spec.name)],
        }

    def _deployment(self, spec: DeploymentSpec, now: float) -> dict[str, object]:
        health = self._board.deployment(spec)
        return {"id": spec.id, **_shown(health.standing(now)), "breaker": health.breaker.state}


def _deployments(snapshot: Snapshot, provider: str) -> Iterator[DeploymentSpec]:
    """The deployments of a provider, each once, though several models may have it."""
    seen: set[str] = set()
    for model in snapshot.models.values():
        for spec in model.deployments:
            if spec.provider.name == provider and spec.id not in seen:
                seen.add(spec.id)
                yield spec


def _load(gauge: Gauge, now: float) -> dict[str, object] | None:
    """What the engine said of itself, if that is still true."""
    age_s = gauge.age_s(now)
    if gauge.load is None or age_s is None:
        return None
    load = gauge.load
    return {"running": load.running, "waiting": load.waiting, "places": load.places, "age_s": round(age_s, 1)}


def _shown(standing: Standing) -> dict[str, object]:
    for_s = None if standing.for_s is None else round(standing.for_s, 1)
    return {"state": standing.state, "reason": standing.reason, "for_s": for_s}
