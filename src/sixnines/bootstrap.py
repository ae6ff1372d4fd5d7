"""The composition root: the only module that builds concrete things and names implementations.

Reads top to bottom. Nothing here decides anything about a request.
"""

import asyncio
import importlib
import os
import random
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sixnines import registry
from sixnines.accounting.spending import Spending
from sixnines.admission.gate import Gate
from sixnines.clock import Clock, SystemClock
from sixnines.config.snapshot import Snapshot
from sixnines.control.lookup import Lookup
from sixnines.domain.log_settings import TracingSettings
from sixnines.engine.keeper import Keeper
from sixnines.engine.recent import Recent
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import Generation, GenerationCell, Services
from sixnines.gateway import Gateway, Team
from sixnines.health.board import Board, own_places
from sixnines.health.faults import Faults
from sixnines.health.prober import Prober
from sixnines.health.watcher import Watcher
from sixnines.ledger.sqlite import SqliteLedger
from sixnines.routing.learned import Learned, places_of
from sixnines.routing.lessons import Teacher
from sixnines.routing.planner import Planner
from sixnines.routing.strategies.adaptive import Adaptive
from sixnines.routing.targets import Traffic
from sixnines.server.admin import RequestDetail, RequestList
from sixnines.server.admin_adaptive import AdaptivePage
from sixnines.server.admin_availability import AvailabilityPage
from sixnines.server.admin_calendar import CalendarPage
from sixnines.server.admin_explain import ExplainRequest
from sixnines.server.admin_minutes import MinutesPage
from sixnines.server.admin_providers import provider_paths
from sixnines.server.admin_shares import ShareList
from sixnines.server.admin_spend import SpendPage
from sixnines.server.admin_topology import TopologyPage
from sixnines.server.answer import DateLine
from sixnines.server.app import Action, App, Page
from sixnines.server.books import keep_books
from sixnines.server.colleagues import Alone, Reporter
from sixnines.server.feedback import Feedback
from sixnines.server.home import Home
from sixnines.server.interface import Limits
from sixnines.server.later import ACTIONS, PAGES, Changing, Later, Serves, Shell
from sixnines.server.lifecycle import Server
from sixnines.server.metrics_page import Gauges, MetricsPage
from sixnines.server.models import ModelDetail, ModelList
from sixnines.server.observing import Observing, Traces
from sixnines.server.pages import Live, Ready
from sixnines.server.protocol import Service
from sixnines.server.running import Held, Running, Ways
from sixnines.telemetry import log_output
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.line_log import LineLog
from sixnines.telemetry.metrics import CONFIG_CHANGES
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Transport
from sixnines.transport.outbox import Outbox
from sixnines.web.door import Door

LIMITS = Limits()


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
        spending=Spending(),
    )
    faults = Faults(
        transport, services.detours, clock, asyncio.get_running_loop().call_later, tells=team.colleagues.number == 1
    )
    bind = partial(_generation, services)
    cell = GenerationCell(bind(snapshot, 0 if held is None else held.revision))
    created, recent, lines, colleagues = team.started_unix_s, Recent(), LineLog(), team.colleagues
    observing = Observing(
        services.rng,
        log_output.installed,
        lambda where: _export(where, f"{team.instance}-{colleagues.number}"),
        asyncio.get_running_loop().call_later,
    )
    metrics = MetricsPage(
        services,
        Gauges(
            snapshot=lambda: cell.current.snapshot,
            upstream=lambda: _connections(transport),
            unrecorded=lambda: lines.dropped,
            untold=lambda: (observing.dropped_spans, observing.dropped_lines),
            in_flight=lambda: app.in_flight,
            connections=lambda: server.connections,
            books=lambda: books,
            certificates=lambda: transport.certificates,
            faults=faults,
            started_unix_s=team.started_unix_s,
            state_home=state_home,
        ),
        colleagues,
    )
    providers = provider_paths(
        services.board, clock, lambda: cell.current.snapshot, colleagues,
        faults=faults, certificates=lambda: transport.certificates,
    )  # fmt: skip
    reports = (
        metrics,
        RequestList(recent, colleagues),
        RequestDetail(recent, colleagues),
        ShareList(services.traffic, lambda: cell.current.snapshot, colleagues),
    )
    pages: tuple[Page, ...] = (
        ModelList(created, clock), ModelDetail(created, clock), Live(), Ready(), *reports,
        *providers.pages, AdaptivePage(services.learned, colleagues.number), AvailabilityPage(lambda: books),
        MinutesPage(lambda: books), SpendPage(lambda: books), CalendarPage(lambda: books, clock), TopologyPage(),
    )  # fmt: skip
    feedback = Feedback(recent, services.learned, colleagues)
    explain = ExplainRequest(services.board, clock, registry.ENDPOINTS)
    actions: tuple[Action, ...] = (explain, feedback, *providers.by_hand.actions)
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
    app.site = Door(lambda: _site(app, team.secret, clock))
    limits = replace(limits, max_body=snapshot.server.max_body)
    service = Service(app, app.refuse, app.note_bug, DateLine(clock), limits, Outbox(asyncio.get_running_loop()))
    spec = snapshot.server
    server = Server(service, host=spec.host, port=spec.port, sockets=team.sockets, on_deadline=app.end_streams)
    watcher = Watcher(
        Prober(transport, faults.probe_ways), services.board, services.kinds,
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
        app, server, bind, services, cell, watcher, metrics, reporters, lines, recorder, observing,
        started_with=team.started_with or spec, since_unix_s=clock.unix_s(), keeper=keeper, home=home, held=held,
        later=later, lead=team.activate, books=books, by_hand=providers.by_hand, faults=faults,
    )  # fmt: skip
    return gateway


def load_transport(most_open: int) -> Transport:
    """What `sixnines bench` sends its requests with: keeps as many connections as it may have requests open."""
    return Http1Transport(idle_per_origin=most_open)


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


def _site(app: App, secret: bytes, clock: Clock) -> Serves:
    """The web page, once somebody wants to see it."""
    from sixnines.web.registry import PAGES as web_pages  # noqa: PLC0415, N811 - see `web.door`
    from sixnines.web.website import put_together  # noqa: PLC0415

    return put_together(web_pages, app, secret, clock)


@asynccontextmanager
async def looking_up() -> AsyncIterator[Lookup]:
    """Asks providers themselves, beside any gateway."""
    transport = Http1Transport()
    try:
        yield Lookup(Prober(transport), {kind.info.name: kind for kind in registry.KINDS})
    finally:
        await transport.aclose()


def _generation(services: Services, snapshot: Snapshot, revision: int) -> Generation:
    strategies = {strategy.info.name: strategy for strategy in registry.STRATEGIES}
    strategies[Adaptive.info.name] = Adaptive(services.learned)
    planner = Planner(snapshot, strategies, services.board, services.rng.random, traffic=services.traffic)
    teacher = Teacher(snapshot, services.learned) if places_of(snapshot) else None
    return Generation(snapshot, planner, Gate(snapshot.server), teacher, revision)


def _export(where: TracingSettings, instance: str) -> Traces:
    """Loaded where config wants traces: nobody else waits for it at the start."""
    from sixnines.server.collector import CollectorWire  # noqa: PLC0415
    from sixnines.telemetry.otlp import SpanExport  # noqa: PLC0415

    return SpanExport(CollectorWire(where, Http1Transport()), where.service, instance)


def _connections(transport: Http1Transport) -> Mapping[str, int]:
    return {"opened": transport.opened, "reused": transport.reused, "replaced": transport.stale_replaced}
