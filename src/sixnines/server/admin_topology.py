"""What config lets go where: `GET /admin/v1/topology`. For whoever draws it, or looks for what hangs on one thing.

Never shows an address or a key, and nothing of how things stand: that is told by the pages of providers and models.
"""

import msgspec

from sixnines.config.snapshot import ModelSpec, ProviderSpec, RouteSpec
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class TopologyPage:
    """`GET /admin/v1/topology`: providers with their failure domains, models, routes, and further names."""

    path = "/admin/v1/topology"

    async def serve(self, visit: Visit) -> None:
        """All of the current config, in its order."""
        snapshot = visit.ticket.generation.snapshot
        body = {
            "digest": snapshot.digest,
            "expose": snapshot.server.expose,
            "providers": [_provider(each) for each in snapshot.providers.values()],
            "models": [_model(each) for each in snapshot.models.values()],
            "routes": [_route(each) for each in snapshot.routes.values()],
            "aliases": dict(snapshot.aliases),
            "patterns": [{"match": each.regex.pattern, "model": each.target} for each in snapshot.patterns],
            "default_model": snapshot.default_model,
        }
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def _provider(spec: ProviderSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "kind": spec.kind.name,
        "optional": spec.optional,
        "local": spec.local,
        "domains": spec.domains,
    }


def _model(spec: ModelSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "strategy": spec.strategy,
        "deployments": [
            {"id": each.id, "provider": each.provider.name, "weight": each.weight} for each in spec.deployments
        ],
        "fallbacks": spec.chain,
    }


def _route(spec: RouteSpec) -> dict[str, object]:
    weighed = zip(spec.models, spec.weights, strict=True)
    return {
        "name": spec.name,
        "strategy": spec.strategy,
        "models": [{"model": name, "weight": weight} for name, weight in weighed],
    }
