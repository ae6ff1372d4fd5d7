"""How every provider and deployment stands, for operators. Served to holders of the admin key (see `App`).

Asks no provider: it shows what probes and requests have found. Never shows an address or a key.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import DeploymentSpec, ProviderSpec, Snapshot
from sixnines.domain.injected_fault import FaultKind
from sixnines.health.board import Board
from sixnines.health.breaker import BreakerState
from sixnines.health.faults import Faults
from sixnines.health.gauge import Gauge
from sixnines.health.state import HealthState, Standing
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues
from sixnines.server.expiries import Certificates, key_expiry

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
# Where workers have found different things, the worst is shown first: it is what an operator looks for.
_FROM_THE_BEST = (
    HealthState.UNKNOWN, HealthState.HEALTHY, HealthState.BUSY, HealthState.LOADING, HealthState.RATE_LIMITED,
    HealthState.MISCONFIGURED, HealthState.DOWN,
)  # fmt: skip


class Load(msgspec.Struct, frozen=True):
    """What an engine said of itself, and how many seconds ago."""

    running: int
    waiting: int
    places: int | None
    age_s: float


class BrokenBy(msgspec.Struct, frozen=True):
    """What a provider is broken by on purpose, and for how many seconds still."""

    fault: FaultKind
    for_s: float


class View(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one worker sees a provider, or a deployment: then with `breaker`, and without what counts requests."""

    worker: int
    state: HealthState
    reason: str
    for_s: float | None = None
    in_flight: int | None = None
    waiting: int | None = None
    streams: int | None = None
    breaker: BreakerState | None = None
    load: Load | None = None
    since_unix_s: float | None = None
    opened_by_hand: bool = False
    broken: BrokenBy | None = None
    certificate_expires_unix_s: int | None = None


class Sight(msgspec.Struct, frozen=True):
    """How one worker sees everything: its providers by name, its deployments by id."""

    providers: dict[str, View]
    deployments: dict[str, View]


_pack = msgspec.msgpack.Encoder().encode
_sight = msgspec.msgpack.Decoder(Sight).decode


class ProviderList:
    """`GET /admin/v1/providers`: the providers of the current config, in its order, each with its deployments.

    Attributes:
        certificates: when those of providers expire.
    """

    path = "/admin/v1/providers"
    subject = "providers"

    def __init__(
        self, board: Board, clock: Clock, snapshot: Callable[[], Snapshot], colleagues: Colleagues, *, faults: Faults
    ) -> None:
        self._board = board
        self._faults = faults
        self._clock = clock
        self._snapshot = snapshot
        self._colleagues = colleagues
        self.certificates: Certificates = dict

    def report(self, about: bytes = b"") -> bytes:
        """How this worker sees them."""
        del about
        return _pack(self._look(self._snapshot()))

    async def serve(self, visit: Visit) -> None:
        """All of them."""
        snapshot = visit.ticket.generation.snapshot
        replies = await self._colleagues.ask(self.subject)
        sights = [self._look(snapshot), *map(_sight, replies.said.values())]
        together = not replies.alone
        owned = _deployments(snapshot)
        rows = [
            _provider(spec, owned.get(spec.name, ()), sights, together=together) for spec in snapshot.providers.values()
        ]
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode({"providers": rows, **replies.told()}))

    async def worst(self, snapshot: Snapshot) -> tuple[dict[str, HealthState], dict[str, object]]:
        """The worst state of each deployment that any worker sees, by id; and what is to be said of those missing."""
        replies = await self._colleagues.ask(self.subject)
        sights = [self._look(snapshot).deployments, *(_sight(said).deployments for said in replies.said.values())]
        return {name: _views(name, sights)[0].state for name in sights[0]}, replies.told()

    def _look(self, snapshot: Snapshot) -> Sight:
        now = self._clock.monotonic_s()
        deployments = {spec.id: spec for model in snapshot.models.values() for spec in model.deployments}
        return Sight(
            {name: self._provider(spec, now) for name, spec in snapshot.providers.items()},
            {name: self._deployment(spec, now) for name, spec in deployments.items()},
        )

    def _provider(self, spec: ProviderSpec, now: float) -> View:
        health = self._board.provider(spec)
        places, standing, since = health.places, health.standing(now), health.since(now)
        return View(
            self._colleagues.number, standing.state, standing.reason, _for_s(standing),
            places.in_flight, places.waiting, health.streams, load=_load(health.gauge, now),
            since_unix_s=None if since is None else round(self._clock.unix_s() - (now - since), 1),
            broken=self._broken(spec.name, now),
            certificate_expires_unix_s=self.certificates().get(spec.origin),
        )  # fmt: skip

    def _broken(self, provider: str, now: float) -> BrokenBy | None:
        found = self._faults.of(provider)
        return None if found is None else BrokenBy(found.fault.kind, max(0.0, round(found.until - now, 1)))

    def _deployment(self, spec: DeploymentSpec, now: float) -> View:
        health = self._board.deployment(spec)
        standing = health.standing(now)
        return View(
            self._colleagues.number, standing.state, standing.reason, _for_s(standing), breaker=health.breaker.state,
            opened_by_hand=health.breaker.by_hand and health.breaker.open_until > now,
        )  # fmt: skip


def _provider(
    spec: ProviderSpec, deployments: Iterable[str], sights: Sequence[Sight], *, together: bool
) -> dict[str, object]:
    """One provider as all see it; `together` if there is more than one worker."""
    views = _views(spec.name, [each.providers for each in sights])
    return {
        "name": spec.name,
        "kind": spec.kind.name,
        "optional": spec.optional,
        **_shown(views[0]),
        "since_unix_s": views[0].since_unix_s,
        "in_flight": sum(each.in_flight or 0 for each in views),
        "max_in_flight": spec.max_in_flight,
        "waiting": sum(each.waiting or 0 for each in views),
        "streams": sum(each.streams or 0 for each in views),
        # Whoever has spoken to it last has seen the newest, which is the one that ends last.
        "certificate_expires_unix_s": max(
            (each.certificate_expires_unix_s for each in views if each.certificate_expires_unix_s is not None),
            default=None,
        ),
        "key_expires_unix_s": key_expiry(spec),
        "broken_on_purpose": next((each.broken for each in views if each.broken is not None), None),
        # The newest is as true for all: they have the same engine.
        "load": min((each.load for each in views if each.load is not None), key=lambda load: load.age_s, default=None),
        **_by_worker(views, together=together),
        "deployments": [_deployment(each, sights, together=together) for each in deployments],
    }


def _deployment(deployment: str, sights: Sequence[Sight], *, together: bool) -> dict[str, object]:
    views = _views(deployment, [each.deployments for each in sights])
    worst = views[0]
    return {
        "id": deployment,
        **_shown(worst),
        "breaker": worst.breaker,
        "opened_by_hand": any(each.opened_by_hand for each in views),
        **_by_worker(views, together=together),
    }


def _views(name: str, sights: Sequence[Mapping[str, View]]) -> list[View]:
    """How everybody sees one thing, the worst first. A worker that is just taking up another config may not know it."""
    found = [each[name] for each in sights if name in each]
    return sorted(found, key=lambda view: (-_FROM_THE_BEST.index(view.state), view.worker))


def _by_worker(views: Sequence[View], *, together: bool) -> dict[str, object]:
    return {"by_worker": sorted(views, key=lambda view: view.worker)} if together else {}


def _deployments(snapshot: Snapshot) -> dict[str, dict[str, None]]:
    """The ids of the deployments of each provider, each once, though several models may have it."""
    owned: dict[str, dict[str, None]] = {}
    for model in snapshot.models.values():
        for spec in model.deployments:
            owned.setdefault(spec.provider.name, {})[spec.id] = None
    return owned


def _load(gauge: Gauge, now: float) -> Load | None:
    """What the engine said of itself, if that is still true."""
    age_s = gauge.age_s(now)
    if gauge.load is None or age_s is None:
        return None
    return Load(gauge.load.running, gauge.load.waiting, gauge.load.places, round(age_s, 1))


def _shown(view: View) -> dict[str, object]:
    return {"state": view.state, "reason": view.reason, "for_s": view.for_s}


def _for_s(standing: Standing) -> float | None:
    return None if standing.for_s is None else round(standing.for_s, 1)
