"""A gateway that is put together: how it starts, takes up another config, and stops. `bootstrap` builds it.

Never decides anything about a request, and never chooses an implementation.
"""

import asyncio
import gc
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sixnines.config.snapshot import ProviderSpec, ServerSpec, Snapshot
from sixnines.engine.keeper import Keeper
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import Generation, GenerationCell, Services
from sixnines.health.faults import Faults
from sixnines.health.places import Places
from sixnines.health.watcher import Watcher
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.server.app import App
from sixnines.server.by_hand import ByHand
from sixnines.server.colleagues import Colleagues, Reporter
from sixnines.server.home import Home
from sixnines.server.later import Later
from sixnines.server.lifecycle import Server
from sixnines.server.metrics_page import MetricsPage
from sixnines.server.observing import Observing
from sixnines.server.running import Activate, Held, Part, part_of
from sixnines.telemetry.line_log import LineLog
from sixnines.telemetry.metrics import BUGS, REQUESTS

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
        bind: makes a generation of a snapshot and the number of its revision.
        services: what outlives a config change.
        cell: the current config.
        watcher: watches the providers while the gateway runs.
        metrics: the page of figures.
        reporters: answer what other workers ask.
        lines: where decisions are written down, while config wants that.
        recorder: writes them down there.
        observing: tells of requests in the log and in traces.
        by_hand: what operators have done to providers, in whichever worker.
        keeper: keeps what was learned, where there is a place for it.
        books: records what came of requests, where there is a place for it.
        home: where its config is from, if that can be changed while it runs.
        held: the config that new requests are served by, if it is more than a snapshot.
        later: changes it.
        faults: which providers are broken on purpose.
        lead: has all workers go by another config, where there are several.
        started_with: what its listeners were made by.
        since_unix_s: when the config was taken up.
    """

    app: App
    server: Server
    bind: Callable[[Snapshot, int], Generation]
    services: Services
    cell: GenerationCell
    watcher: Watcher
    metrics: MetricsPage
    reporters: Sequence[Reporter]
    lines: LineLog
    recorder: Recorder
    observing: Observing
    started_with: ServerSpec
    since_unix_s: float
    by_hand: ByHand
    keeper: Keeper | None = None
    books: Bookkeeper | None = None
    home: Home | None = None
    held: Held | None = None
    later: Later | None = None
    lead: Activate | None = None
    faults: Faults | None = None
    _beside: tuple[asyncio.Task[None], ...] = ()
    _renewal: asyncio.Task[None] | None = None

    async def start(self) -> list[tuple[str, int]]:
        """Listen; the addresses that are bound.

        Raises:
            ListenError: the address cannot be used.
        """
        self.by_hand.take_up()
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
        return self.bind(snapshot, revision)

    def swap(self, generation: Generation, held: Held | None = None) -> None:
        """Serve new requests by what has been prepared; those under way keep the config they began with.

        The address and the limits of the listener stay as they were started (see `needs_restart`).
        """
        self.services.board.configure(generation.snapshot)
        if self.faults is not None:
            self.faults.configure(generation.snapshot)
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
        await self.observing.aclose()

    def _record(self, snapshot: Snapshot) -> None:
        """Write decisions down, and tell of requests, as `snapshot` wants it."""
        self.observing.configure(snapshot.server.observing)
        self.app.observing = self.observing if self.observing.is_on else None
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
