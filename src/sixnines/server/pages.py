"""What is served with GET without a key: health."""

import msgspec

from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")


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
