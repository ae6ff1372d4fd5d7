"""`GET /admin/v1/models`: who can serve each model and route as things are, and which of them nobody can.

Asks no provider: it goes by what probes and requests have found, in whichever worker that speaks worst of it. Never a
promise: a request goes to whoever is left all the same, and may be answered.
"""

from collections.abc import Iterator, Mapping

import msgspec

from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.health.state import HealthState
from sixnines.server.admin_health import ProviderList
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
# One that is busy or loading is waited for within the deadline; one that nobody has asked yet may be well.
_OUT = frozenset({HealthState.DOWN, HealthState.MISCONFIGURED, HealthState.RATE_LIMITED})


class ServingList:
    """The models and routes of the current config, in its order."""

    path = "/admin/v1/models"

    def __init__(self, providers: ProviderList) -> None:
        self._providers = providers

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        snapshot = visit.ticket.generation.snapshot
        worst, told = await self._providers.worst(snapshot)
        body = {"models": list(_rows(snapshot, worst)), **told}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def _rows(snapshot: Snapshot, states: Mapping[str, HealthState]) -> Iterator[dict[str, object]]:
    named: list[ModelSpec | RouteSpec] = [*snapshot.models.values(), *snapshot.routes.values()]
    for spec in named:
        own = list(_own(spec, snapshot))
        rest = list(_others(spec, snapshot, own))
        yield {
            "name": spec.name,
            "kind": "model" if isinstance(spec, ModelSpec) else "route",
            "state": _verdict(own, rest, states),
            "deployments": own,
            "fallbacks": rest,
            "left": [each for each in (*own, *rest) if states[each] not in _OUT],
        }


def _verdict(own: list[str], rest: list[str], states: Mapping[str, HealthState]) -> str:
    """`ok`: one of its own is left; `fallback`: only others are; `nobody`."""
    if any(states[each] not in _OUT for each in own):
        return "ok"
    return "fallback" if any(states[each] not in _OUT for each in rest) else "nobody"


def _own(spec: ModelSpec | RouteSpec, snapshot: Snapshot) -> dict[str, None]:
    models = (spec,) if isinstance(spec, ModelSpec) else tuple(snapshot.models[name] for name in spec.models)
    return {each.id: None for model in models for each in model.deployments}


def _others(spec: ModelSpec | RouteSpec, snapshot: Snapshot, own: list[str]) -> dict[str, None]:
    """Those of the fallbacks that are not its own."""
    models = (spec,) if isinstance(spec, ModelSpec) else tuple(snapshot.models[name] for name in spec.models)
    chain = (name for model in models for name in model.chain)
    return {each.id: None for name in chain for each in snapshot.models[name].deployments if each.id not in own}
