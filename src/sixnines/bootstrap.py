"""The composition root: the only module that builds concrete things and names implementations.

Reads top to bottom. Nothing here decides anything about a request.
"""

import asyncio
import gc
import importlib
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sixnines import registry
from sixnines.admission.gate import Gate
from sixnines.clock import Clock, SystemClock
from sixnines.config.snapshot import ProviderSpec, ServerSpec, Snapshot
from sixnines.control.lookup import Lookup
from sixnines.engine.keeper import Keeper
from sixnines.engine.recent import Recent
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import Generation, GenerationCell, Services
from sixnines.health.board import Board, own_places
from sixnines.health.places import Places
from sixnines.health.prober import Prober
from sixnines.health.watcher import Watcher
from sixnines.ledger.sqlite import SqliteLedger
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.routing.learned import Learned, places_of
from sixnines.routing.lessons import Teacher
from sixnines.routing.planner import Planner
from sixnines.routing.strategies.adaptive import Adaptive
from sixnines.routing.targets import Traffic
from sixnines.server.admin import RequestDetail, RequestList
from sixnines.server.admin_adaptive import AdaptivePage
from sixnines.server.admin_availability import AvailabilityPage
from sixnines.server.admin_explain import ExplainRequest
from sixnines.server.admin_providers import provider_paths
from sixnines.server.admin_shares import ShareList
from sixnines.server.answer import DateLine
from sixnines.server.app import Action, App, Page
from sixnines.server.books import keep_books
from sixnines.server.colleagues import Alone, Colleagues, Reporter
from sixnines.server.feedback import Feedback
from sixnines.server.home import Home
from sixnines.server.interface import Limits
from sixnines.server.later import ACTIONS, PAGES, Changing, Later, Shell
from sixnines.server.lifecycle import Server
from sixnines.server.metrics_page import Gauges, MetricsPage
from sixnines.server.models import ModelDetail, ModelList
from sixnines.server.pages import Live, Ready
from sixnines.server.protocol import Service
from sixnines.server.running import Activate, Held, Part, Running, Ways, part_of
from sixnines.telemetry.line_log import LineLog
from sixnines.telemetry.metrics import BUGS, CONFIG_CHANGES, REQUESTS, Metrics
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
        secret: mixed into the numbers of conversations in the decision log, which all workers write.
        colleagues: the other workers.
        places: makes the places of a provider.
        sockets: what this worker listens on; empty to bind the address of the config.
        pid: the gateway's process: that of the parent, where there is one.
        started_with: what the listeners were made by, if not by the config that this worker began with.
        activate: has all workers go by another config; None: this is the only one.
        settled: called after each change of the config, whatever came of it.
    """

    instance: str
    started_unix_s: int
    secret: bytes
    colleagues: Colleagues
    places: Callable[[ProviderSpec], Places]
    sockets: Sequence[socket.socket] = ()
    pid: int = 0
    started_with: ServerSpec | None = None
    activate: Activate | None = None
    settled: Callable[[], None] = lambda: None


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
        books: records what came of requests, where there is a place for it.
        home: where its config is from, if that can be changed while it runs.
        held: the config that new requests are served by, if it is more than a snapshot.
        later: changes it.
        lead: has all workers go by another config, where there are several.
        started_with: what its listeners were made by.
        since_unix_s: when the config was taken up.
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
    started_with: ServerSpec
    since_unix_s: float
    keeper: Keeper | None = None
    books: Bookkeeper | None = None
    home: Home | None = None
    held: Held | None = None
    later: Later | None = None
    lead: Activate | None = None
    _beside: tuple[asyncio.Task[None], ...] = ()
    _renewal: asyncio.Task[None] | None = None

    async def start(self) -> list[tuple[str, int]]:
        """Listen; the addresses that are bound.

        Raises:
            ListenError: the address cannot be used.
        """
        if self.keeper is not None:
            await self.keeper.load()
        bound = await self.server.start()
        if self.home is not None and self.home.attendance.socket is not None:
            await self.server.accept_from(self.home.attendance.socket.sock)
        self._record(self.cell.current.snapshot)
        beside = (self.watcher, self.keeper, self.books)
        self._beside = tuple(asyncio.create_task(each.run()) for each in beside if each is not None)
        # What exists now lives as long as the process: the collector need not look at it again. Nor first for garbage
        # among it, which takes as long as reading the config and finds a few hundred objects of some forty thousand.
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)
        return bound

    def prepare(self, snapshot: Snapshot, revision: int = 0) -> Generation:
        """All of a swap that takes time or may fail."""
        return _generation(snapshot, self.services, revision)

    def swap(self, generation: Generation, held: Held | None = None) -> None:
        """Serve new requests by what has been prepared; those under way keep the config they began with.

        The address and the limits of the listener stay as they were started (see `needs_restart`).
        """
        self.services.board.configure(generation.snapshot)
        self.cell.current, self.held = generation, held
        self.since_unix_s = self.services.clock.unix_s()
        self._record(generation.snapshot)

    async def activate(self, held: Held) -> list[str]:
        """Go by another config, with all workers: see `Activate`."""
        if self.lead is not None:
            return await self.lead(held)
        self.swap(await asyncio.to_thread(self.prepare, held.snapshot, held.revision), held)
        return self.restart_keys()

    def held_now(self) -> Held:
        """The config that new requests are served by.

        Raises:
            RuntimeError: it is a snapshot and nothing more: this gateway was not built to be changed.
        """
        if self.held is None:
            raise RuntimeError("a gateway without a home has no config that could be changed")
        return self.held

    def part(self) -> Part:
        """How this worker does."""
        ended = ((labels[-1], count) for labels, count in self.metrics.counted(REQUESTS))
        return part_of(self.app.in_flight, ended, sum(count for _, count in self.metrics.counted(BUGS)))

    def restart_keys(self) -> list[str]:
        """The keys of the config that take effect at the next start only."""
        return needs_restart(self.started_with, self.cell.current.snapshot.server)

    def renew(self) -> asyncio.Task[None]:
        """Read the files of the config again, and serve what they say.

        Raises:
            RuntimeError: this gateway was not built to be changed.
        """
        if self.later is None:
            raise RuntimeError("a gateway without a home has no files that could be read")
        self._renewal = asyncio.create_task(self.later.renew())
        return self._renewal

    async def stop(self) -> None:
        """Drain, then close what is left. May be called again while it runs, to cut the time short."""
        drain_s = 0.0 if self.app.draining else self.cell.current.snapshot.server.drain_s
        self.app.draining = True
        if self.later is not None:
            await self.later.close()
        await self.server.drain(drain_s)
        await self.stop_watching()
        await self.services.transport.aclose()
        if self.keeper is not None:
            await self.keeper.save()
        if self.books is not None:
            await self.books.stop()
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
    config: Snapshot | Held,
    *,
    limits: Limits = LIMITS,
    state_home: Path | None = None,
    team: Team | None = None,
    home: Home | None = None,
    ledger: Path | None = None,
) -> Gateway:
    """Build a gateway. Must be called inside the event loop that will run it.

    Args:
        config: what it goes by; with what it was made of, where it may be changed.
        limits: what one connection may take; `max_body` comes from the config.
        state_home: where what was learned is kept; None: nowhere.
        team: what it shares with other processes, if it is one of several workers.
        home: where the config is from, if it may be changed while the gateway runs.
        ledger: the file in which it is recorded what came of requests; None: nowhere.
    """
    held = config if isinstance(config, Held) else None
    snapshot = config.snapshot if isinstance(config, Held) else config
    clock = SystemClock()
    team = team or _alone(clock)
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
    cell = GenerationCell(_generation(snapshot, services, 0 if held is None else held.revision))
    recent, lines, colleagues, spec = Recent(), LineLog(), team.colleagues, snapshot.server
    metrics = MetricsPage(
        services,
        Gauges(
            snapshot=lambda: cell.current.snapshot,
            upstream=transport.counts,
            unrecorded=lambda: lines.dropped,
            in_flight=lambda: app.in_flight,
            connections=lambda: server.connections,
            books=lambda: books,
        ),
        colleagues,
    )
    providers = provider_paths(services.board, clock, lambda: cell.current.snapshot, colleagues)
    reports = (
        metrics, RequestList(recent, colleagues), RequestDetail(recent, colleagues),
        ShareList(services.traffic, lambda: cell.current.snapshot, colleagues),
    )  # fmt: skip
    pages: tuple[Page, ...] = (
        ModelList(team.started_unix_s, clock), ModelDetail(team.started_unix_s, clock), Live(), Ready(), *reports,
        *providers.pages, AdaptivePage(services.learned, colleagues.number), AvailabilityPage(lambda: books),
    )  # fmt: skip
    feedback = Feedback(recent, services.learned, colleagues)
    explain = ExplainRequest(services.board, clock, registry.ENDPOINTS)
    actions: tuple[Action, ...] = (explain, feedback, *providers.actions)
    reporters: tuple[Reporter, ...] = (*reports, feedback, *providers.reporters)
    later = None
    if home is not None:
        running = Running(
            Ways(lambda: gateway.held_now(), home.adjusted, lambda wanted: gateway.activate(wanted)),  # noqa: PLW0108
            lambda: gateway.part(),  # noqa: PLW0108 - it is made below
            colleagues,
        )
        later = _later(home, running, team, lambda: gateway)
        pages = (*pages, *(Shell(path, later.made) for path in PAGES))
        actions = (*actions, *(Shell(path, later.made) for path in ACTIONS))
        reporters = (*reporters, running)
    app = App(services, cell, endpoints=registry.ENDPOINTS, pages=pages, actions=actions, recent=recent)
    limits = replace(limits, max_body=spec.max_body)
    service = Service(app, app.refuse, app.note_bug, DateLine(clock), limits, Outbox(asyncio.get_running_loop()))
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
    books = keep_books(app.tally, SqliteLedger, ledger, services=services, cell=cell, worker=colleagues.number)
    gateway = Gateway(
        app, server, services, cell, watcher, metrics, reporters, lines, recorder,
        started_with=team.started_with or spec, since_unix_s=clock.unix_s(), keeper=keeper, home=home, held=held,
        later=later, lead=team.activate, books=books,
    )  # fmt: skip
    return gateway


def _alone(clock: Clock) -> Team:
    return Team(
        secrets.token_hex(6), int(clock.unix_s()), secrets.token_bytes(16), Alone(), own_places, pid=os.getpid()
    )


def _later(home: Home, running: Running, team: Team, gateway: Callable[[], Gateway]) -> Later:
    """What changes the config, once somebody wants that."""

    def load() -> object:
        return importlib.import_module("sixnines.server.changing")

    def make() -> Changing:
        from sixnines.server.admin_control import About  # noqa: PLC0415 - see `later`
        from sixnines.server.changing import Surroundings, put_together  # noqa: PLC0415

        this, services = gateway(), gateway().services
        about = About(
            str(home.file.absolute()), team.instance, team.pid, team.started_unix_s,
            lambda: this.since_unix_s, this.restart_keys,
        )  # fmt: skip
        around = Surroundings(
            Lookup(Prober(services.transport), services.kinds),
            services.clock,
            settled=team.settled,
            count=lambda result: services.metrics.count(CONFIG_CHANGES, (result,)),
        )
        return put_together(home, running, about, around)

    return Later(load, make)


@asynccontextmanager
async def looking_up() -> AsyncIterator[Lookup]:
    """Asks providers themselves, beside any gateway."""
    transport = Http1Transport()
    try:
        yield Lookup(Prober(transport), {kind.info.name: kind for kind in registry.KINDS})
    finally:
        await transport.aclose()


def _generation(snapshot: Snapshot, services: Services, revision: int) -> Generation:
    strategies = {strategy.info.name: strategy for strategy in registry.STRATEGIES}
    strategies[Adaptive.info.name] = Adaptive(services.learned)
    planner = Planner(snapshot, strategies, services.board, services.rng.random, traffic=services.traffic)
    teacher = Teacher(snapshot, services.learned) if places_of(snapshot) else None
    return Generation(snapshot, planner, Gate(snapshot.server), teacher, revision)
