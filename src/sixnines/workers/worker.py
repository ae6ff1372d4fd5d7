"""One worker: a whole gateway that shares its address, its limits and its pages with the others.

Ends when its parent says so or is gone. Never decides about the config: the parent does, for all.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from sixnines.bootstrap import build
from sixnines.config.snapshot import ServerSpec
from sixnines.control.unnoticed import unnoticed
from sixnines.engine.services import Generation
from sixnines.gateway import Gateway, Team
from sixnines.server.home import Home
from sixnines.server.running import Held
from sixnines.telemetry.metrics import HUNG_WORKERS, WORKER_RESTARTS
from sixnines.workers.asking import Asking
from sixnines.workers.line import HungUp, Line, close_all
from sixnines.workers.memory import Cells, Keep
from sixnines.workers.orders import (
    Commit,
    Cover,
    Drop,
    Leaving,
    Led,
    NotLed,
    Order,
    Prepare,
    Prepared,
    Ready,
    Refused,
    Renew,
    Stop,
    Uncover,
    Word,
)
from sixnines.workers.payload import read_payload
from sixnines.workers.pulse import BEAT_S, Beats
from sixnines.workers.talk import Hearing, Talk
from sixnines.workers.waking import Waking

KEEP_EVERY_S = 1.0
"""What a worker has counted since it last left its figures is lost when it is killed."""

# Leaving figures may take so much of a worker's time and no more, however many there are.
_KEEPING_SHARE = 0.01

_log = logging.getLogger("sixnines")


@dataclass(frozen=True, slots=True)
class Shared:
    """What a gateway's workers have in common.

    Attributes:
        instance: names the gateway.
        started_unix_s: when it was started.
        secret: for the decision log.
        state_home: where what was learned is kept.
        folder: where the sockets are by which workers talk.
        cells: how many places each has taken.
        keeps: where each leaves its figures, by number.
        orders: where each leaves what operators have ordered.
        beats: by which each shows that it does not hang.
        bells: one for each worker, in order.
        now_s: a clock that only moves forward.
        ledger: the file in which it is recorded what came of requests; None: nowhere.
        started_with: what the listeners were made by.
        home: what the config is from, where it may be changed.
        pid: of the parent.
    """

    instance: str
    started_unix_s: int
    secret: bytes
    state_home: Path | None
    folder: Path
    cells: Cells
    keeps: Mapping[int, Keep]
    orders: Mapping[int, Keep]
    beats: Beats
    bells: Sequence[int]
    now_s: Callable[[], float]
    started_with: ServerSpec
    home: Home | None
    pid: int
    ledger: Path | None


@dataclass(frozen=True, slots=True)
class Post:
    """What one worker is given.

    Attributes:
        number: the first is 1.
        line: to its parent.
        sockets: what it listens on.
        held: the config to begin with.
        successor: another one had this post before.
        after_hang: and it was killed because it hung.
    """

    number: int
    line: Line
    sockets: Sequence[socket.socket]
    held: Held
    successor: bool
    after_hang: bool = False


def work(post: Post, shared: Shared) -> None:
    """Serve until the end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(post, shared))


async def _serve(post: Post, shared: Shared) -> None:
    waking = Waking(post.number - 1, shared.bells, shared.cells, shared.now_s)
    talk = Talk(shared.folder, post.number, shared.keeps, shared.orders)
    shared.orders[post.number].take_over()
    asking = Asking(post.line)
    team = Team(
        shared.instance, shared.started_unix_s, shared.secret, talk, waking.places, post.sockets,
        pid=shared.pid, started_with=shared.started_with, activate=asking.activate, settled=asking.settled,
    )  # fmt: skip
    gateway = build(post.held, state_home=shared.state_home, team=team, home=shared.home, ledger=shared.ledger)
    if figures := shared.keeps[post.number].take_over():
        gateway.metrics.go_on_from(figures)
    if post.successor:
        gateway.services.metrics.count(WORKER_RESTARTS)
    if post.after_hang:
        gateway.services.metrics.count(HUNG_WORKERS)
    gateway.watcher.tell = talk.tell
    gateway.watcher.turn = 0 if post.successor else post.number - 1  # a successor has missed what was told
    await talk.start([*gateway.reporters, Hearing(gateway.watcher.hear)])
    await gateway.start()
    worker = _Worker(post.line, gateway, shared.cells, asking)
    beside = (
        asyncio.create_task(_keep(gateway, shared.now_s)), asyncio.create_task(_beat(shared.beats, post.number))
    )  # fmt: skip
    await worker.until_the_end()
    for task in beside:
        task.cancel()
    gateway.metrics.report()  # for the last time
    talk.stop()
    waking.stop()
    if worker.orphaned:
        # Whoever is the last to leave takes the folder away, for want of a parent that could.
        with contextlib.suppress(OSError):
            shared.folder.rmdir()


async def _keep(gateway: Gateway, now_s: Callable[[], float]) -> None:
    """Leave the figures again and again, for the case that this worker is killed."""
    while True:
        began_s = now_s()
        gateway.metrics.report()
        await asyncio.sleep(max(KEEP_EVERY_S, (now_s() - began_s) / _KEEPING_SHARE))


async def _beat(beats: Beats, number: int) -> None:
    """Show that the loop comes round."""
    while True:
        beats.beat(number)
        await asyncio.sleep(BEAT_S)


class _Worker:
    """Does what the parent says.

    Attributes:
        orphaned: the parent is gone.
    """

    def __init__(self, line: Line, gateway: Gateway, cells: Cells, asking: Asking) -> None:
        self.orphaned = False
        self._line = line
        self._gateway = gateway
        self._cells = cells
        self._asking = asking
        self._wanted = 0
        self._prepared: tuple[int, Held, Generation] | None = None
        self._covering: dict[int, list[asyncio.Server]] = {}
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._stopped: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(line.fileno(), self._listen)
        self._loop.add_signal_handler(signal.SIGTERM, self._leave)
        self._say(Ready())

    async def until_the_end(self) -> None:
        """Return when the gateway has stopped."""
        await self._stopped
        self._loop.remove_reader(self._line.fileno())

    def _say(self, word: Word) -> None:
        self._line.send(word)  # a parent that is gone, or that does not listen, shows in other ways

    def _listen(self) -> None:
        try:
            while (received := self._line.receive()) is not None:
                self._follow(*received)
        except HungUp:
            self._loop.remove_reader(self._line.fileno())
            self.orphaned = True
            self._asking.hung_up()
            _log.warning("the parent of this worker is gone: it finishes what is under way and ends")
            self._stop(now=False)

    def _follow(self, message: Order | Word, files: list[int]) -> None:
        try:
            match message:
                case Prepare(reload=reload):
                    self._wanted = reload
                    self._spawn(self._prepare(reload, files.copy()))
                    files.clear()  # they are closed there
                case Commit(reload=reload):
                    self._commit(reload)
                case Drop():
                    self._wanted, self._prepared = 0, None
                case (Led() | NotLed()) as answer:
                    self._asking.heard(answer)
                case Renew():
                    self._gateway.renew()
                case Cover(worker=worker):
                    self._spawn(self._cover(worker, [socket.socket(fileno=os.dup(file)) for file in files]))
                case Uncover(worker=worker):
                    self._spawn(self._uncover(worker))
                case Stop(now=now):
                    self._stop(now=now)
                case _:
                    raise TypeError(f"no order: {message}")
        finally:
            close_all(files)

    async def _prepare(self, reload: int, files: list[int]) -> None:
        try:
            (file,) = files  # there is none if this process may not open another
            held, columns, generation = await asyncio.to_thread(self._make_ready, file)
            self._cells.learn(columns)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must keep the old config too
            self._say(Refused(reload, f"{type(error).__name__}: {error}"))
        else:
            if reload == self._wanted:  # nobody has thought better of it meanwhile
                self._prepared = reload, held, generation
                self._say(Prepared(reload))
        finally:
            close_all(files)

    def _make_ready(self, file: int) -> tuple[Held, Mapping[str, int], Generation]:
        """What takes time; in a thread, so that requests go on."""
        with unnoticed():
            held, columns = read_payload(file)
            return held, columns, self._gateway.prepare(held.snapshot, held.revision)

    def _commit(self, reload: int) -> None:
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared[0] == reload:
            self._gateway.swap(prepared[2], prepared[1])

    async def _cover(self, worker: int, sockets: list[socket.socket]) -> None:
        """Serve what connects to another worker's sockets."""
        covering: list[asyncio.Server] = []
        self._covering[worker] = covering
        for sock in sockets:
            if self._stopping or self._covering.get(worker) is not covering:
                sock.close()
            else:
                covering.append(await self._gateway.server.accept_from(sock))

    async def _uncover(self, worker: int) -> None:
        for listener in self._covering.pop(worker, ()):
            self._gateway.server.stop_accepting(listener)

    def _leave(self) -> None:
        """Somebody has told this worker, and not its parent, to end."""
        if not self._stopping:
            _log.info("told to end: finishing what is under way")
            self._say(Leaving())
            self._stop(now=False)

    def _stop(self, *, now: bool) -> None:
        """Drain, once; `now` cuts the time short."""
        if now or not self._stopping:
            self._stopping = True
            self._spawn(self._drain())

    async def _drain(self) -> None:
        await self._gateway.stop()
        if not self._stopped.done():
            self._stopped.set_result(None)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
