"""What is served with GET: the list of models, health, metrics."""

import asyncio
import urllib.parse
from collections.abc import Callable, Mapping

import msgspec

from sixnines.config.snapshot import ModelSpec, RouteSpec
from sixnines.engine.services import Services
from sixnines.routing.place import Tally
from sixnines.server.app import Visit
from sixnines.telemetry.metrics import (
    ADAPTIVE_DECISIONS,
    ADAPTIVE_EXPECTED,
    ADAPTIVE_SHADOW,
    IN_FLIGHT,
    PROVIDER_IN_FLIGHT,
    PROVIDER_QUEUED,
    TASKS,
    UPSTREAM_CONNECTIONS,
    Metrics,
)

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")
# Version 0.0.4 of the text format, what every Prometheus reads.
_PROMETHEUS = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


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


class MetricsPage:
    """`GET /metrics`: Prometheus text. Needs the admin key where one is configured."""

    path = "/metrics"

    def __init__(self, services: Services, connections: Callable[[], Mapping[str, int]]) -> None:
        self._services = services
        self._connections = connections

    async def serve(self, visit: Visit) -> None:
        """The current values."""
        visit.ticket.generation.gate.admit_admin(visit.request.header(b"authorization"))
        metrics = self._services.metrics
        for event, value in self._connections().items():
            metrics.assign(UPSTREAM_CONNECTIONS, (event,), value)
        metrics.assign(TASKS, (), len(asyncio.all_tasks()))
        for provider in self._services.board.providers():
            metrics.assign(PROVIDER_IN_FLIGHT, (provider.name,), provider.places.in_flight)
            metrics.assign(PROVIDER_QUEUED, (provider.name,), provider.places.waiting)
        metrics.assign(IN_FLIGHT, (), visit.in_flight)
        snapshot = visit.ticket.generation.snapshot
        for name, place in self._services.learned.places():
            if name in snapshot.models or name in snapshot.routes:
                _assign_tally(metrics, name, place.tally)
        visit.responder.send(200, [_PROMETHEUS, *visit.ticket.headers()], metrics.render())


def _assign_tally(metrics: Metrics, place: str, tally: Tally) -> None:
    """How decisions by experience went at one place."""
    for choice, count in (("best", tally.best), ("plausible", tally.plausible), ("worse", tally.worse)):
        metrics.assign(ADAPTIVE_DECISIONS, (place, choice), count)
    if tally.shadowed:
        metrics.assign(ADAPTIVE_SHADOW, (place, "same"), tally.shadowed - tally.other)
        metrics.assign(ADAPTIVE_SHADOW, (place, "otherwise"), tally.other)
    if tally.recent:
        for of, total in (("acting", tally.acting), ("adaptive", tally.chosen), ("best", tally.highest)):
            metrics.assign(ADAPTIVE_EXPECTED, (place, of), total / tally.recent)


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
