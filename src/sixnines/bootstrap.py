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
from pathlib import Path

from sixnines import registry
from sixnines.admission.gate import Gate
from sixnines.clock import SystemClock
from sixnines.config.snapshot import ProviderSpec, ServerSpec, Snapshot
from sixnines.engine.keeper import Keeper
from sixnines.engine.recent import Recent
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import Generation, GenerationCell, Services
from sixnines.health.board import Board, own_places
from sixnines.health.places import Places
from sixnines.health.prober import Prober
from sixnines.health.watcher import Watcher
from sixnines.routing.learned import Learned, places_of
from sixnines.routing.lessons import Teacher
from sixnines.routing.planner import Planner
from sixnines.routing.strategies.adaptive import Adaptive
from sixnines.routing.targets import Traffic
from sixnines.server.admin import RequestDetail, RequestList
from sixnines.server.admin_adaptive import AdaptivePage
from sixnines.server.admin_explain import ExplainRequest
from sixnines.server.admin_health import ProviderList
from sixnines.server.admin_shares import ShareList
from sixnines.server.answer import DateLine
from sixnines.server.app import App
from sixnines.server.colleagues import Alone, Colleagues, Reporter
from sixnines.server.feedback import Feedback
from sixnines.server.interface import Limits
from sixnines.server.lifecycle import Server
from sixnines.server.metrics_page import Gauges, MetricsPage
from sixnines.server.models import ModelDetail, ModelList
from sixnines.server.pages import Live, Ready
from sixnines.server.protocol import Service
from sixnines.telemetry.line_log import LineLog
from sixnines.telemetry.metrics import Metrics
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Transport
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
        secret: mixed into the numbers of conversations in the decision log, which all workers write.
        colleagues: the other workers.
        places: makes the places of a provider.
        sockets: what this worker listens on; empty to bind the address of the config.
    """

    instance: str
    started_unix_s: int
    secret: bytes
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
        lines: where decisions are written down, while config wants that.
        recorder: writes them down there.
        keeper: keeps what was learned, where there is a place for it.
    """

    app: App
    server: Server
    services: Services
    cell: GenerationCell
    watcher: Watcher
    metrics: MetricsPage
    reporters: Sequence[Reporter]
    lines: LineLog
    recorder: Recorder
    keeper: Keeper | None = None
    _beside: tuple[asyncio.Task[None], ...] = ()

    async def start(self) -> list[tuple[str, int]]:
        """Listen; the addresses that are bound.

        Raises:
            ListenError: the address cannot be used.
        """
        if self.keeper is not None:
            await self.keeper.load()
        bound = await self.server.start()
        self._record(self.cell.current.snapshot)
        beside = (self.watcher.run(), *(() if self.keeper is None else (self.keeper.run(),)))
        self._beside = tuple(map(asyncio.create_task, beside))
        # What exists now lives as long as the process: the collector need not look at it again. Nor first for garbage
        # among it, which takes as long as reading the config and finds a few hundred objects of some forty thousand.
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
        self._record(generation.snapshot)

    async def stop(self) -> None:
        """Drain, then close what is left. May be called again while it runs, to cut the time short."""
        drain_s = 0.0 if self.app.draining else self.cell.current.snapshot.server.drain_s
        self.app.draining = True
        await self.server.drain(drain_s)
        await self.stop_watching()
        await self.services.transport.aclose()
        if self.keeper is not None:
            await self.keeper.save()
        if self.lines.running:
            await asyncio.to_thread(self.lines.close)

    def _record(self, snapshot: Snapshot) -> None:
        """Write decisions down as `snapshot` wants it."""
        wanted = snapshot.server.decision_log
        self.lines.configure(wanted)
        self.app.record_with(None if wanted is None else self.recorder)

    async def stop_watching(self) -> None:
        """No more probes, and nothing else beside the requests."""
        beside, self._beside = self._beside, ()
        for task in beside:
            task.cancel()
        if beside:
            await asyncio.wait(beside)


def needs_restart(old: ServerSpec, new: ServerSpec) -> list[str]:
    """The keys in which `new` differs from what only a restart can change."""
    changed = {
        "server.listen": (old.host, old.port) != (new.host, new.port),
        "server.max_body": old.max_body != new.max_body,
    }
    return [key for key, differs in changed.items() if differs]


def build(
    snapshot: Snapshot, *, limits: Limits = LIMITS, state_home: Path | None = None, team: Team | None = None
) -> Gateway:
    """Build a gateway. Must be called inside the event loop that will run it.

    Args:
        snapshot: the config.
        limits: what one connection may take; `max_body` comes from the config.
        state_home: where what was learned is kept; None: nowhere.
        team: what it shares with other processes, if it is one of several workers.
    """
    clock = SystemClock()
    team = team or Team(secrets.token_hex(6), int(clock.unix_s()), secrets.token_bytes(16), Alone(), own_places)
    transport = Http1Transport()
    services = Services(
        transport=transport,
        board=Board(snapshot, team.places),
        traffic=Traffic(),
        metrics=Metrics(),
        clock=clock,
        loop_time=asyncio.get_running_loop().time,
        rng=random.Random(secrets.randbits(128)),  # noqa: S311 - request ids must differ, not be secret
        kinds={kind.info.name: kind for kind in registry.KINDS},
        codecs=registry.codecs(),
        instance=team.instance,
        learned=Learned(),
    )
    cell = GenerationCell(_generation(snapshot, services))
    created, recent, lines, colleagues = team.started_unix_s, Recent(), LineLog(), team.colleagues
    metrics = MetricsPage(
        services,
        Gauges(
            snapshot=lambda: cell.current.snapshot,
            upstream=lambda: _connections(transport),
            unrecorded=lambda: lines.dropped,
            in_flight=lambda: app.in_flight,
            connections=lambda: server.connections,
        ),
        colleagues,
    )
    reports = (
        metrics,
        RequestList(recent, colleagues),
        RequestDetail(recent, colleagues),
        ProviderList(services.board, clock, lambda: cell.current.snapshot, colleagues),
        ShareList(services.traffic, lambda: cell.current.snapshot, colleagues),
    )
    adaptive = AdaptivePage(services.learned, colleagues.number)
    pages = (ModelList(created, clock), ModelDetail(created, clock), Live(), Ready(), *reports, adaptive)
    feedback = Feedback(recent, services.learned, colleagues)
    actions = (ExplainRequest(services.board, clock, registry.ENDPOINTS), feedback)
    app = App(services, cell, endpoints=registry.ENDPOINTS, pages=pages, actions=actions, recent=recent)
    limits = replace(limits, max_body=snapshot.server.max_body)
    service = Service(app, app.refuse, app.note_bug, DateLine(clock), limits, Outbox(asyncio.get_running_loop()))
    spec = snapshot.server
    server = Server(service, host=spec.host, port=spec.port, sockets=team.sockets, on_deadline=app.end_streams)
    watcher = Watcher(
        Prober(transport), services.board, services.kinds,
        snapshot=lambda: cell.current.snapshot, clock=clock, rng=services.rng,
    )  # fmt: skip
    recorder = Recorder(lines, clock, team.secret, asyncio.get_running_loop().call_soon)
    keeper = None
    if state_home is not None:
        keeper = Keeper(
            services.learned, state_home / "learned.json",
            snapshot=lambda: cell.current.snapshot, clock=clock, writes=colleagues.number == 1,
        )  # fmt: skip
    return Gateway(app, server, services, cell, watcher, metrics, (*reports, feedback), lines, recorder, keeper)


def load_transport(most_open: int) -> Transport:
    """What `sixnines bench` sends its requests with: keeps as many connections as it may have requests open."""
    return Http1Transport(idle_per_origin=most_open)


def _generation(snapshot: Snapshot, services: Services) -> Generation:
    strategies = {strategy.info.name: strategy for strategy in registry.STRATEGIES}
    strategies[Adaptive.info.name] = Adaptive(services.learned)
    planner = Planner(snapshot, strategies, services.board, services.rng.random, traffic=services.traffic)
    teacher = Teacher(snapshot, services.learned) if places_of(snapshot) else None
    return Generation(snapshot, planner, Gate(snapshot.server), teacher)


def _connections(transport: Http1Transport) -> Mapping[str, int]:
    return {"opened": transport.opened, "reused": transport.reused, "replaced": transport.stale_replaced}
