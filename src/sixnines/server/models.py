"""`GET /v1/models` (OpenAI API reference, "Models"): what can be asked for, and whether it can be served now.

What OpenAI does not know is added under names of our own; clients pass over them.
"""

import urllib.parse

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec, Snapshot
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")


class ModelList:
    """`GET /v1/models`: models and routes in config order."""

    path = "/v1/models"

    def __init__(self, started_unix_s: int, clock: Clock) -> None:
        self._created = started_unix_s
        self._clock = clock

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        generation = visit.ticket.generation
        visit.admit_caller()
        snapshot = generation.snapshot
        now = self._clock.monotonic_s()
        names: list[ModelSpec | RouteSpec] = [*snapshot.models.values(), *snapshot.routes.values()]
        data = [
            _described(each, snapshot, self._created) | {"available": generation.planner.available(each, now)}
            for each in names
        ]
        _send(visit, {"object": "list", "data": data})


class ModelDetail:
    """`GET /v1/models/{id}`: one of them, also by an alias or a name that a pattern or the default would serve."""

    path = "/v1/models/"

    def __init__(self, started_unix_s: int, clock: Clock) -> None:
        self._created = started_unix_s
        self._clock = clock

    async def serve(self, visit: Visit) -> None:
        """The one that the path names.

        Raises:
            UnknownModel: the name means nothing.
        """
        generation = visit.ticket.generation
        visit.admit_caller()
        name = urllib.parse.unquote(visit.request.path.removeprefix(self.path))
        found = generation.snapshot.require(name)
        available = generation.planner.available(found, self._clock.monotonic_s())
        _send(visit, _described(found, generation.snapshot, self._created) | {"id": name, "available": available})


def _send(visit: Visit, body: object) -> None:
    visit.responder.send(200, [_JSON, *visit.ticket.headers()], _encode(body))


def _described(target: ModelSpec | RouteSpec, snapshot: Snapshot, created: int) -> dict[str, object]:
    """One entry of the list."""
    entry: dict[str, object] = {"id": target.name, "object": "model", "created": created, "owned_by": "sixnines"}
    aliases = [alias for alias, meant in snapshot.aliases.items() if meant == target.name]
    if aliases:
        entry["aliases"] = aliases
    models = [snapshot.models[name] for name in target.models] if isinstance(target, RouteSpec) else [target]
    deployments = [each for model in models for each in model.deployments]
    windows = [each.context_window for each in deployments if each.context_window is not None]
    if windows:  # what no deployment holds is refused, and what one of them holds is served
        entry["context_window"] = max(windows)
    if (capabilities := _capabilities(deployments)) is not None:
        entry["capabilities"] = capabilities
    if isinstance(target, RouteSpec):
        return entry | {"kind": "route", "models": list(target.models)}
    if target.tier is not None:
        entry["tier"] = target.tier
    return entry | {"kind": "model"}


def _capabilities(deployments: list[DeploymentSpec]) -> list[str] | None:
    """What at least one deployment declares; None where one of them declares nothing, since it may do anything."""
    found: set[str] = set()
    for each in deployments:
        if each.capabilities is None:
            return None
        found |= each.capabilities
    return sorted(found)
