"""The composition root: the only module that builds concrete things and names implementations.

Reads top to bottom. Nothing here decides anything about a request.
"""

import asyncio
import gc
import random
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sixnines import registry
from sixnines.admission.gate import Gate
from sixnines.clock import SystemClock
from sixnines.config.snapshot import ProviderSpec, ServerSpec, Snapshot
from sixnines.engine.recent import Recent
from sixnines.engine.services import Generation, GenerationCell, Services
from sixnines.health.board import Board, own_places
from sixnines.health.places import Places
from sixnines.health.prober import Prober
from sixnines.health.watcher import Watcher
from sixnines.routing.planner import Planner
from sixnines.server.admin import RequestDetail, RequestList
from sixnines.server.admin_health import ProviderList
from sixnines.server.answer import DateLine
from sixnines.server.app import App
from sixnines.server.colleagues import Alone, Colleagues, Reporter
from sixnines.server.interface import Limits
from sixnines.server.lifecycle import Server
from sixnines.server.metrics_page import Gauges, MetricsPage
from sixnines.server.pages import Live, ModelDetail, ModelList, Ready
from sixnines.server.protocol import Service
from sixnines.telemetry.metrics import Metrics
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.outbox import Outbox

LIMITS = Limits()

# Objects made and not yet freed from which on the collector looks for cycles among them. 64 requests in flight are more
# than Python's 700: it ran for every thirtieth request then, found nothing, and took a tenth of the time.
_YOUNG_OBJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Team:
    """What the workers of one gateway have in common. A gateway of one process is a team of its own.

    Attributes:
        instance: names the gateway in `x-sixnines-via`, so that a loop is seen whichever worker it comes back to.
        started_unix_s: when the gateway was started.
        colleagues: the other workers.
        places: makes the places of a provider.
        sockets: what this worker listens on; empty to bind the address of the config.
    """

    instance: str
    started_unix_s: int
    colleagues: Colleagues
    places: Callable[[ProviderSpec], Places]
    sockets: Sequence[socket.socket] = ()


@dataclass(slots=True)
class Gateway:
    """A built gateway.

    Attributes:
        app: answers requests.
        server: listens, once started.
        services: what outlives a config change.
        cell: the current config.
        watcher: watches the providers while the gateway runs.
        metrics: the page of figures.
        reporters: answer what other workers ask.
    """

    app: App
    server: Server
    services: Services
    cell: GenerationCell
    watcher: Watcher
    metrics: MetricsPage
    reporters: Sequence[Reporter]
    _watching: asyncio.Task[None] | None = None

    async def start(self) -> list[tuple[str, int]]:
        """Listen; the addresses that are bound.

        Raises:
            ListenError: the address cannot be used.
        """
        bound = await self.server.start()
        self._watching = asyncio.create_task(self.watcher.run())
        # What exists now lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)
        return bound

    def prepare(self, snapshot: Snapshot) -> Generation:
        """All of a swap that takes time or may fail."""
        return _generation(snapshot, self.services)

    def swap(self, generation: Generation) -> None:
        """Serve new requests by what has been prepared; those under way keep the config they began with.

        The address and the limits of the listener stay as they were started (see `needs_restart`).
        """
        self.services.board.configure(generation.snapshot)
        self.cell.current = generation

    async def stop(self) -> None:
        """Drain, then close what is left. May be called again while it runs, to cut the time short."""
        drain_s = 0.0 if self.app.draining else self.cell.current.snapshot.server.drain_s
        self.app.draining = True
        await self.server.drain(drain_s)
        await self.stop_watching()
        await self.services.transport.aclose()

    async def stop_watching(self) -> None:
        """No more probes."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.wait((watching,))


def needs_restart(old: ServerSpec, new: ServerSpec) -> list[str]:
    """The keys in which `new` differs from what only a restart can change."""
    changed = {
        "server.listen": (old.host, old.port) != (new.host, new.port),
        "server.max_body": old.max_body != new.max_body,
    }
    return [key for key, differs in changed.items() if differs]


def build(snapshot: Snapshot, *, limits: Limits = LIMITS, team: Team | None = None) -> Gateway:
    """Build a gateway. Must be called inside the event loop that will run it.

    Args:
        snapshot: the config.
        limits: what one connection may take; `max_body` comes from the config.
        team: what it shares with other processes, if it is one of several workers.
    """
    clock = SystemClock()
    team = team or Team(secrets.token_hex(6), int(clock.unix_s()), Alone(), own_places)
    transport = Http1Transport()
    services = Services(
        transport=transport,
        board=Board(snapshot, team.places),
        metrics=Metrics(),
        clock=clock,
        loop_time=asyncio.get_running_loop().time,
        rng=random.Random(secrets.randbits(128)),  # noqa: S311 - request ids must differ, not be secret
        kinds={kind.info.name: kind for kind in registry.KINDS},
        codecs=registry.codecs(),
        instance=team.instance,
    )
    cell = GenerationCell(_generation(snapshot, services))
    created, recent, colleagues = team.started_unix_s, Recent(), team.colleagues
    gauges = Gauges(lambda: _connections(transport), lambda: app.in_flight, lambda: server.connections)
    metrics = MetricsPage(services, gauges, colleagues)
    reports = (
        metrics,
        RequestList(recent, colleagues),
        RequestDetail(recent, colleagues),
        ProviderList(services.board, clock, lambda: cell.current.snapshot, colleagues),
    )
    pages = (ModelList(created), ModelDetail(created), Live(), Ready(), *reports)
    app = App(services, cell, endpoints=registry.ENDPOINTS, pages=pages, recent=recent)
    limits = replace(limits, max_body=snapshot.server.max_body)
    service = Service(app, app.refuse, app.note_bug, DateLine(clock), limits, Outbox(asyncio.get_running_loop()))
    spec = snapshot.server
    server = Server(service, host=spec.host, port=spec.port, sockets=team.sockets, on_deadline=app.end_streams)
    watcher = Watcher(
        Prober(transport), services.board, services.kinds,
        snapshot=lambda: cell.current.snapshot, clock=clock, rng=services.rng,
    )  # fmt: skip
    return Gateway(app, server, services, cell, watcher, metrics, reports)


def _generation(snapshot: Snapshot, services: Services) -> Generation:
    strategies = {strategy.name: strategy for strategy in registry.STRATEGIES}
    return Generation(snapshot, Planner(snapshot, strategies, services.board), Gate(snapshot.server))


def _connections(transport: Http1Transport) -> Mapping[str, int]:
    return {"opened": transport.opened, "reused": transport.reused, "replaced": transport.stale_replaced}
