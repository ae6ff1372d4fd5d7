"""What is served with GET: health and metrics."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from sixnines.engine.services import Services
from sixnines.server.admin_adaptive import assign_tallies
from sixnines.server.admin_shares import shares
from sixnines.server.app import Visit
from sixnines.telemetry.metrics import (
    IN_FLIGHT,
    PROVIDER_IN_FLIGHT,
    PROVIDER_QUEUED,
    TASKS,
    TRAFFIC_SHARE,
    TRAFFIC_TARGET,
    UNRECORDED,
    UPSTREAM_CONNECTIONS,
)

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")
# Version 0.0.4 of the text format, what every Prometheus reads.
_PROMETHEUS = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


def _send_json(visit: Visit, status: int, body: object) -> None:
    visit.responder.send(status, [_JSON, *visit.ticket.headers()], _encode(body))


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

    def __init__(
        self,
        services: Services,
        connections: Callable[[], Mapping[str, int]],
        unrecorded: Callable[[], Mapping[str, int]],
    ) -> None:
        self._services = services
        self._connections = connections
        self._unrecorded = unrecorded

    async def serve(self, visit: Visit) -> None:
        """The current values."""
        visit.ticket.generation.gate.admit_admin(visit.request.header(b"authorization"))
        metrics = self._services.metrics
        for event, value in self._connections().items():
            metrics.assign(UPSTREAM_CONNECTIONS, (event,), value)
        for reason, value in self._unrecorded().items():
            metrics.assign(UNRECORDED, (reason,), value)
        metrics.assign(TASKS, (), len(asyncio.all_tasks()))
        for provider in self._services.board.providers():
            metrics.assign(PROVIDER_IN_FLIGHT, (provider.name,), provider.places.in_flight)
            metrics.assign(PROVIDER_QUEUED, (provider.name,), provider.places.waiting)
        found = [*shares(visit.ticket.generation.snapshot, self._services.traffic)]
        rows = [(each.name, one) for each in found for one in each.providers]
        metrics.replace(TRAFFIC_SHARE, {(name, one.provider): one.share for name, one in rows if one.share is not None})
        metrics.replace(
            TRAFFIC_TARGET, {(name, one.provider): one.target for name, one in rows if one.target is not None}
        )
        metrics.assign(IN_FLIGHT, (), visit.in_flight)
        assign_tallies(metrics, self._services.learned, visit.ticket.generation.snapshot)
        visit.responder.send(200, [_PROMETHEUS, *visit.ticket.headers()], metrics.render())
