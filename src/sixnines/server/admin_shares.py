"""Who served the recent requests of names with traffic targets, beside what was wanted. For operators (see `App`).

Shows what was measured; a name that nobody has asked for has no share, not one of 0.
"""

from collections.abc import Iterator

import msgspec

from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.routing.measured import WINDOW
from sixnines.routing.targets import Traffic
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class ProviderShare(msgspec.Struct, frozen=True):
    """One provider's part of one name's requests.

    Attributes:
        provider: its name.
        target: the share that it is to serve, None where config leaves it to the strategy.
        share: the share that it served, None as long as nobody has served any.
        weight: the target as it is corrected now.
    """

    provider: str
    target: float | None
    share: float | None
    weight: float | None


class NameShares(msgspec.Struct, frozen=True):
    """The requests of one model or route with targets.

    Attributes:
        name: what callers ask for.
        kind: `model` or `route`.
        requests: how many the shares rest on, the old ones in part.
        providers: those with a target in the order of config, then the others that served any.
    """

    name: str
    kind: str
    requests: float
    providers: list[ProviderShare]


def shares(snapshot: Snapshot, traffic: Traffic) -> Iterator[NameShares]:
    """All models and routes with targets, in the order of config."""
    names: list[ModelSpec | RouteSpec] = [*snapshot.models.values(), *snapshot.routes.values()]
    for each in names:
        if not each.targets:
            continue
        steering = traffic.of(each.name, each.targets)
        measured, weights, targets = steering.measured.shares(), steering.weights(), dict(each.targets)
        others = sorted(name for name in measured if name not in targets and name in snapshot.providers)
        yield NameShares(
            name=each.name,
            kind="route" if isinstance(each, RouteSpec) else "model",
            requests=steering.measured.requests,
            providers=[
                ProviderShare(name, targets.get(name), measured.get(name, 0.0) if measured else None, weights.get(name))
                for name in (*targets, *others)
            ],
        )


class ShareList:
    """`GET /admin/v1/shares`: every model and route with targets."""

    path = "/admin/v1/shares"

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        found = [_shown(each) for each in shares(visit.ticket.generation.snapshot, self._traffic)]
        body = _encode({"window": WINDOW, "shares": found})
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], body)


def _shown(found: NameShares) -> dict[str, object]:
    rows = [
        {
            "provider": each.provider,
            "target": each.target,
            "share": _rounded(each.share),
            "weight": _rounded(each.weight),
        }
        for each in found.providers
    ]
    return {"name": found.name, "kind": found.kind, "requests": round(found.requests), "providers": rows}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
