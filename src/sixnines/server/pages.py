"""What is served with GET: the list of models and health."""

import urllib.parse

import msgspec

from sixnines.config.snapshot import ModelSpec, RouteSpec
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")


def _send_json(visit: Visit, status: int, body: object) -> None:
    visit.responder.send(status, [_JSON, *visit.ticket.headers()], _encode(body))


class ModelList:
    """`GET /v1/models` (OpenAI API reference, "List models"): models and routes in config order."""

    path = "/v1/models"

    def __init__(self, started_unix_s: int) -> None:
        self._created = started_unix_s

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        generation = visit.ticket.generation
        generation.gate.admit_caller(visit.request.header(b"authorization"))
        snapshot = generation.snapshot
        names: list[ModelSpec | RouteSpec] = [*snapshot.models.values(), *snapshot.routes.values()]
        data = [_described(each, self._created) for each in names]
        _send_json(visit, 200, {"object": "list", "data": data})


class ModelDetail:
    """`GET /v1/models/{id}`: one of them, also when the name is one that a pattern or the default would serve."""

    path = "/v1/models/"

    def __init__(self, started_unix_s: int) -> None:
        self._created = started_unix_s

    async def serve(self, visit: Visit) -> None:
        """The one that the path names.

        Raises:
            UnknownModel: the name means nothing.
        """
        generation = visit.ticket.generation
        generation.gate.admit_caller(visit.request.header(b"authorization"))
        name = urllib.parse.unquote(visit.request.path.removeprefix(self.path))
        found = generation.snapshot.require(name)
        _send_json(visit, 200, _described(found, self._created) | {"id": name})


class Live:
    """`GET /health/live`: the process answers."""

    path = "/health/live"

    async def serve(self, visit: Visit) -> None:
        """Always 200."""
        _send_json(visit, 200, {"status": "live"})


class Ready:
    """`GET /health/ready`: requests are taken. Turns to 503 while draining, so that load balancers look elsewhere."""

    path = "/health/ready"

    async def serve(self, visit: Visit) -> None:
        """200, or 503 while draining."""
        snapshot = visit.ticket.generation.snapshot
        draining = visit.draining
        body = {
            "status": "draining" if draining else "ready",
            "models": len(snapshot.models),
            "config": snapshot.digest,
        }
        _send_json(visit, 503 if draining else 200, body)


def _described(target: ModelSpec | RouteSpec, created: int) -> dict[str, object]:
    """One entry of the list; what OpenAI does not know is added under names of our own."""
    entry: dict[str, object] = {"id": target.name, "object": "model", "created": created, "owned_by": "sixnines"}
    if isinstance(target, RouteSpec):
        return entry | {"kind": "route", "models": list(target.models)}
    if target.context_window is not None:
        entry["context_window"] = target.context_window
    if target.tier is not None:
        entry["tier"] = target.tier
    return entry | {"kind": "model"}
