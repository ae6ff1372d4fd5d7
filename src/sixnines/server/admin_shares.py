"""Who served the recent requests of names with traffic targets, beside what was wanted. For operators (see `App`).

Shows what was measured; a name that nobody has asked for has no share, not one of 0.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from sixnines.config.snapshot import ModelSpec, RouteSpec, Snapshot
from sixnines.routing.measured import WINDOW
from sixnines.routing.targets import Traffic
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.exposition import Labels
from sixnines.telemetry.metrics import TRAFFIC_SHARE, TRAFFIC_TARGET

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


_pack = msgspec.msgpack.Encoder().encode
_shares = msgspec.msgpack.Decoder(list[NameShares]).decode


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


def together(sights: Sequence[Sequence[NameShares]]) -> list[NameShares]:
    """What the workers have measured, as one: the shares, by how many requests each has seen, and the mean weights.

    Args:
        sights: of each worker, by its own config; the names of the first are shown.
    """
    first, *others = sights
    known = [{(each.kind, each.name): each for each in other} for other in others]
    return [
        _one([each, *(other[each.kind, each.name] for other in known if (each.kind, each.name) in other)])
        for each in first
    ]


def _one(views: Sequence[NameShares]) -> NameShares:
    """One name as all see it; targets are those of the first."""
    first, requests = views[0], sum(each.requests for each in views)
    rows = [(view, {one.provider: one for one in view.providers}) for view in views]
    targets = {each.provider: each.target for each in first.providers}
    others = sorted({each.provider for view in views for each in view.providers} - targets.keys())
    providers: list[ProviderShare] = []
    for name in (*targets, *others):
        served = sum(view.requests * (row[name].share or 0.0) for view, row in rows if name in row)
        weights = [weight for _, row in rows if name in row and (weight := row[name].weight) is not None]
        providers.append(
            ProviderShare(
                name,
                targets.get(name),
                served / requests if requests else None,
                sum(weights) / len(weights) if weights else None,
            )
        )
    return NameShares(first.name, first.kind, requests, providers)


def assign_shares(metrics: Metrics, snapshot: Snapshot, traffic: Traffic) -> None:
    """Set the metrics of the shares that this worker has measured; their mean over workers is weighed by requests."""
    found = [each for each in shares(snapshot, traffic) if each.requests > 0]
    values: dict[Labels, float] = {
        (each.name, one.provider): one.share for each in found for one in each.providers if one.share is not None
    }
    metrics.replace_means(TRAFFIC_SHARE, values, {each.name: each.requests for each in found})


def assign_targets(metrics: Metrics, snapshot: Snapshot) -> None:
    """Set the metrics of the targets, which are the same for all workers."""
    names: list[ModelSpec | RouteSpec] = [*snapshot.models.values(), *snapshot.routes.values()]
    targets: dict[Labels, float] = {
        (each.name, provider): target for each in names for provider, target in each.targets
    }
    metrics.replace(TRAFFIC_TARGET, targets)


class ShareList:
    """`GET /admin/v1/shares`: every model and route with targets, as all workers together serve it."""

    path = "/admin/v1/shares"
    subject = "shares"

    def __init__(self, traffic: Traffic, snapshot: Callable[[], Snapshot], colleagues: Colleagues) -> None:
        self._traffic = traffic
        self._snapshot = snapshot
        self._colleagues = colleagues

    def report(self, about: bytes = b"") -> bytes:
        """What this worker has measured."""
        del about
        return _pack(list(shares(self._snapshot(), self._traffic)))

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        replies = await self._colleagues.ask(self.subject)
        own = list(shares(visit.ticket.generation.snapshot, self._traffic))
        found = own if replies.alone else together([own, *map(_shares, replies.said.values())])
        body = _encode({"window": WINDOW, "shares": list(map(_shown, found)), **replies.told()})
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
