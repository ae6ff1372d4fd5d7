"""`GET /metrics`: one page for all workers. Never shows a figure that would be less on the next page and should not be.

Each worker leaves its counters where they outlive it before it shows them, so that what has been shown once is there
after its end, and the worker that takes its place counts on from there.
"""

import asyncio
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sixnines import __version__
from sixnines.config.snapshot import Snapshot
from sixnines.engine.services import Services
from sixnines.health.faults import Faults
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.server.admin_adaptive import assign_tallies
from sixnines.server.admin_availability import assign_availability, assign_goals, assign_ledger
from sixnines.server.admin_shares import assign_shares, assign_targets
from sixnines.server.admin_spend import assign_budget, assign_spending
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues
from sixnines.server.expiries import Certificates, ExpiryGauges
from sixnines.server.metrics_format import OPEN_METRICS, PROMETHEUS, wants_open_metrics
from sixnines.server.room import RoomGauge
from sixnines.server.state_gauges import StateGauges
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.exposition import Labels
from sixnines.telemetry.metric_info import MetricInfo, MetricType
from sixnines.telemetry.metrics import (
    BROKEN_ON_PURPOSE,
    BUILD_INFO,
    CONFIG_REVISION,
    DROPPED_LOG_LINES,
    DROPPED_TRACES,
    IN_FLIGHT,
    PROVIDER_IN_FLIGHT,
    PROVIDER_QUEUED,
    START_TIME,
    STATE_FREE,
    STATE_SIZE,
    TASKS,
    UNRECORDED,
    UPSTREAM_CONNECTIONS,
    WORKER_CONNECTIONS,
    WORKERS,
)
from sixnines.telemetry.stock import Stock

_pack = msgspec.msgpack.Encoder().encode
_figures = msgspec.msgpack.Decoder(Stock).decode
# What was counted stays counted when who counted it is gone; what was the case is not any more.
_THAT_OUTLIVE = frozenset({MetricType.COUNTER, MetricType.HISTOGRAM})


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is counted elsewhere, asked when somebody wants to know.

    Attributes:
        snapshot: the current config.
        upstream: connections to providers, by event.
        unrecorded: requests that are missing in the decision log, by reason.
        untold: requests whose spans were dropped, and lines of the log that were, by reason.
        in_flight: requests being served.
        connections: those of callers.
        started_unix_s: when the gateway was started.
        state_home: where it keeps its state; None: nowhere.
        books: the ledger, where there is one.
        faults: which providers are broken on purpose.
        certificates: when those of providers expire.
    """

    snapshot: Callable[[], Snapshot]
    upstream: Callable[[], Mapping[str, int]]
    unrecorded: Callable[[], Mapping[str, int]]
    untold: Callable[[], tuple[Mapping[str, int], Mapping[str, int]]]
    in_flight: Callable[[], int]
    connections: Callable[[], int]
    books: Callable[[], Bookkeeper | None]
    faults: Faults
    certificates: Certificates
    started_unix_s: int = 0
    state_home: Path | None = None


class MetricsPage:
    """`GET /metrics`: the text of Prometheus, or OpenMetrics for who asks for that; for all workers.

    Needs the admin key where one is configured.
    """

    path = "/metrics"
    subject = "metrics"

    def __init__(self, services: Services, gauges: Gauges, colleagues: Colleagues) -> None:
        self._services = services
        self._gauges = gauges
        self._colleagues = colleagues
        self._before: Stock | None = None
        self._states = StateGauges(services.board, services.clock)
        self._expiries = ExpiryGauges(gauges.certificates)
        self._room = RoomGauge(gauges.state_home)

    def go_on_from(self, figures: bytes) -> None:
        """Count on from what a worker has left whose place this one takes: counters must never fall."""
        self._before = _figures(figures)

    def report(self, about: bytes = b"") -> bytes:
        """The figures of this worker."""
        del about
        self._count()
        figures = self._services.metrics.stock()
        if self._before is not None:
            both = Metrics()
            both.add(figures)
            both.add(self._before, _THAT_OUTLIVE)
            figures = both.stock()
        told = _pack(figures)
        self._colleagues.keep(told)  # first: whatever has been shown must be there when this worker is not
        return told

    def counted(self, info: MetricInfo) -> Iterator[tuple[Labels, float]]:
        """A counter of this worker and of those whose place it has taken; the same labels may come twice."""
        yield from self._services.metrics.values(info).items()
        if self._before is not None:
            yield from self._before.numbers.get(info.name, ())

    async def serve(self, visit: Visit) -> None:
        """The current values."""
        visit.admit_admin()
        replies = await self._colleagues.ask(self.subject)
        if replies.alone:
            self._count()
            metrics = self._services.metrics
        else:
            metrics = Metrics()
            metrics.add(_figures(self.report()))
            for told in replies.said.values():
                metrics.add(_figures(told))
            for worker in replies.missing:
                if left := self._colleagues.kept_of(worker):
                    metrics.add(_figures(left), _THAT_OUTLIVE)
        snapshot = visit.ticket.generation.snapshot
        assign_targets(metrics, snapshot)
        self._states.assign_left(metrics, snapshot)
        books = self._gauges.books()
        assign_availability(metrics, None if books is None else await books.figures())
        assign_goals(metrics, snapshot)
        assign_budget(metrics, snapshot, None if books is None else books.outlay)
        room = await self._room.look()
        metrics.replace(STATE_FREE, {} if room is None else {("state",): room.free})
        metrics.replace(STATE_SIZE, {} if room is None else {("state",): room.size})
        metrics.assign(BUILD_INFO, (__version__, platform.python_version()), 1)
        metrics.assign(START_TIME, (), self._gauges.started_unix_s)
        metrics.assign(CONFIG_REVISION, (), visit.ticket.generation.revision)
        metrics.assign(WORKERS, ("answering",), len(replies.said) + 1)
        metrics.assign(WORKERS, ("missing",), len(replies.missing))
        open_metrics = wants_open_metrics(visit.request.header(b"accept"))
        parts: list[bytes] = []
        for part in metrics.families(open_metrics=open_metrics):
            parts.append(part)
            await asyncio.sleep(0)  # requests go first: a page of thousands of models takes its time
        content_type = (b"content-type", OPEN_METRICS if open_metrics else PROMETHEUS)
        visit.responder.send(200, [content_type, *visit.ticket.headers()], b"".join(parts))

    def _count(self) -> None:
        """Write down what is counted elsewhere."""
        metrics, gauges = self._services.metrics, self._gauges
        for event, value in gauges.upstream().items():
            metrics.assign(UPSTREAM_CONNECTIONS, (event,), value)
        for reason, value in gauges.unrecorded().items():
            metrics.assign(UNRECORDED, (reason,), value)
        for info, dropped in zip((DROPPED_TRACES, DROPPED_LOG_LINES), gauges.untold(), strict=True):
            for reason, value in dropped.items():
                metrics.assign(info, (reason,), value)
        metrics.assign(TASKS, (), len(asyncio.all_tasks()))
        for provider in self._services.board.providers():
            metrics.assign(PROVIDER_IN_FLIGHT, (provider.name,), provider.places.in_flight)
            metrics.assign(PROVIDER_QUEUED, (provider.name,), provider.places.waiting)
        metrics.replace(BROKEN_ON_PURPOSE, {(name, fault.kind): 1.0 for name, fault in gauges.faults.all()})
        snapshot = gauges.snapshot()
        assign_shares(metrics, snapshot, self._services.traffic)
        self._states.assign(metrics, snapshot)
        self._expiries.assign(metrics, snapshot)
        assign_tallies(metrics, self._services.learned, snapshot)
        assign_spending(metrics, self._services.spending, snapshot)
        books = gauges.books()
        if books is not None:
            books.tick()  # what was counted in this second counts here too
            assign_ledger(metrics, books.state())
        metrics.assign(IN_FLIGHT, (), gauges.in_flight())
        metrics.assign(WORKER_CONNECTIONS, (str(self._colleagues.number),), gauges.connections())
