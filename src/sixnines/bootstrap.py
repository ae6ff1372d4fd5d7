"""The composition root: the only module that builds concrete things and names implementations.

Reads top to bottom. Nothing here decides anything about a request.
"""

import asyncio
import gc
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sixnines import registry
from sixnines.admission.gate import Gate
from sixnines.clock import SystemClock
from sixnines.config.snapshot import Snapshot
from sixnines.engine.recent import Recent
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import Generation, GenerationCell, Services
from sixnines.health.board import Board
from sixnines.health.prober import Prober
from sixnines.health.watcher import Watcher
from sixnines.routing.planner import Planner
from sixnines.server.admin import RequestDetail, RequestList
from sixnines.server.admin_explain import ExplainRequest
from sixnines.server.admin_health import ProviderList
from sixnines.server.answer import DateLine
from sixnines.server.app import App
from sixnines.server.interface import Limits
from sixnines.server.lifecycle import Server
from sixnines.server.models import ModelDetail, ModelList
from sixnines.server.pages import Live, MetricsPage, Ready
from sixnines.server.protocol import Service
from sixnines.telemetry.line_log import LineLog
from sixnines.telemetry.metrics import Metrics
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.outbox import Outbox

LIMITS = Limits()

# Objects made and not yet freed from which on the collector looks for cycles among them. 64 requests in flight are more
# than Python's 700: it ran for every thirtieth request then, found nothing, and took a tenth of the time.
_YOUNG_OBJECTS = 10_000


@dataclass(slots=True)
class Gateway:
    """A built gateway.

    Attributes:
        app: answers requests.
        server: listens, once started.
        services: what outlives a config change.
        cell: the current config.
        watcher: watches the providers while the gateway runs.
        lines: where decisions are written down, while config wants that.
        recorder: writes them down there.
    """

    app: App
    server: Server
    services: Services
    cell: GenerationCell
    watcher: Watcher
    lines: LineLog
    recorder: Recorder
    _watching: asyncio.Task[None] | None = None

    async def start(self) -> list[tuple[str, int]]:
        """Listen; the addresses that are bound.

        Raises:
            ListenError: the address cannot be used.
        """
        bound = await self.server.start()
        self._record(self.cell.current.snapshot)
        self._watching = asyncio.create_task(self.watcher.run())
        # What exists now lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)
        return bound

    def swap(self, snapshot: Snapshot) -> None:
        """Serve new requests by `snapshot`; those under way keep the config they began with.

        The address and the limits of the listener stay as they were started (see `needs_restart`).
        """
        self.services.board.configure(snapshot)
        self.cell.current = _generation(snapshot, self.services)
        self._record(snapshot)

    def needs_restart(self, snapshot: Snapshot) -> list[str]:
        """The keys in which `snapshot` differs from what only a restart can change."""
        old, new = self.cell.current.snapshot.server, snapshot.server
        changed = {
            "server.listen": (old.host, old.port) != (new.host, new.port),
            "server.max_body": old.max_body != new.max_body,
        }
        return [key for key, differs in changed.items() if differs]

    async def stop(self) -> None:
        """Drain, then close what is left. May be called again while it runs, to cut the time short."""
        drain_s = 0.0 if self.app.draining else self.cell.current.snapshot.server.drain_s
        self.app.draining = True
        await self.server.drain(drain_s)
        await self.stop_watching()
        await self.services.transport.aclose()
        if self.lines.running:
            await asyncio.to_thread(self.lines.close)

    def _record(self, snapshot: Snapshot) -> None:
        """Write decisions down as `snapshot` wants it."""
        wanted = snapshot.server.decision_log
        self.lines.configure(wanted)
        self.app.record_with(None if wanted is None else self.recorder)

    async def stop_watching(self) -> None:
        """No more probes."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.wait((watching,))


def build(snapshot: Snapshot, *, limits: Limits = LIMITS) -> Gateway:
    """Build a gateway. Must be called inside the event loop that will run it.

    Args:
        snapshot: the config.
        limits: what one connection may take; `max_body` comes from the config.
    """
    clock = SystemClock()
    transport = Http1Transport()
    services = Services(
        transport=transport,
        board=Board(snapshot),
        metrics=Metrics(),
        clock=clock,
        loop_time=asyncio.get_running_loop().time,
        rng=random.Random(secrets.randbits(128)),  # noqa: S311 - request ids must differ, not be secret
        kinds={kind.info.name: kind for kind in registry.KINDS},
        codecs=registry.codecs(),
        instance=secrets.token_hex(6),
    )
    cell = GenerationCell(_generation(snapshot, services))
    created, recent, lines = int(clock.unix_s()), Recent(), LineLog()
    pages = (
        ModelList(created, clock),
        ModelDetail(created, clock),
        Live(),
        Ready(),
        MetricsPage(services, lambda: _connections(transport), lambda: lines.dropped),
        RequestList(recent),
        RequestDetail(recent),
        ProviderList(services.board, clock),
    )
    actions = (ExplainRequest(services.board, clock, registry.ENDPOINTS),)
    app = App(services, cell, endpoints=registry.ENDPOINTS, pages=pages, actions=actions, recent=recent)
    limits = replace(limits, max_body=snapshot.server.max_body)
    service = Service(app, app.refuse, app.note_bug, DateLine(clock), limits, Outbox(asyncio.get_running_loop()))
    spec = snapshot.server
    server = Server(service, host=spec.host, port=spec.port, on_deadline=app.end_streams)
    watcher = Watcher(
        Prober(transport), services.board, services.kinds,
        snapshot=lambda: cell.current.snapshot, clock=clock, rng=services.rng,
    )  # fmt: skip
    recorder = Recorder(lines, clock, secrets.token_bytes(16), asyncio.get_running_loop().call_soon)
    return Gateway(app, server, services, cell, watcher, lines, recorder)


def _generation(snapshot: Snapshot, services: Services) -> Generation:
    strategies = {strategy.info.name: strategy for strategy in registry.STRATEGIES}
    planner = Planner(snapshot, strategies, services.board, services.rng.random)
    return Generation(snapshot, planner, Gate(snapshot.server))


def _connections(transport: Http1Transport) -> Mapping[str, int]:
    return {"opened": transport.opened, "reused": transport.reused, "replaced": transport.stale_replaced}
