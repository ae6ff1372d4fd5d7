"""The parent of the workers: starts them, replaces those that end, passes on what it is told. Never serves anything.

It is a small loop over signals, the lines to its workers, and the time. It holds what must outlive a worker: the
sockets, the memory that they share, and the config that all of them go by. It has loaded the code of its workers but
never runs it: each worker is a fork, so that all run the same code whatever is installed meanwhile, and begin at once.
"""

import gc
import logging
import os
import random
import secrets
import selectors
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sixnines.clock import Clock
from sixnines.server.file_watch import EVERY_S, FileWatch
from sixnines.server.home import Home
from sixnines.server.lifecycle import url_of
from sixnines.server.notifying import NOBODY, Notifier
from sixnines.server.running import Held
from sixnines.workers.crew import Crew
from sixnines.workers.folder import private_folder
from sixnines.workers.leading import Leading
from sixnines.workers.line import HungUp, Line, close_all, line_pair
from sixnines.workers.listening import Sockets, close, listen
from sixnines.workers.memory import Cells, Keep
from sixnines.workers.orders import Lead, Leaving, Prepared, Ready, Refused, Settled, Stop
from sixnines.workers.pulse import HUNG_S, Beats, Pulse
from sixnines.workers.reloading import Reloading
from sixnines.workers.signals import Signals, as_a_worker, held_back
from sixnines.workers.slot import Process, Slot
from sixnines.workers.waking import new_bell, ring
from sixnines.workers.worker import Post, Shared, work

VAIN_STARTS = 5
"""A worker that has ended so often in a row before it served will not serve, if no other one does either."""

NOBODY_S = 0.5
"""Where no worker is left, one is started after so long at most, however often it has ended: callers wait for it."""

_GRACE_S = 10.0  # beyond its drain, for a worker that should have ended

_log = logging.getLogger("sixnines")


@dataclass(frozen=True, slots=True)
class Job:
    """What the command line wants.

    Attributes:
        start: decides which config is served; raises `ConfigError`.
        source: where that is, for the log.
        workers: how many.
        runtime_home: `$XDG_RUNTIME_DIR`, if there is one.
        state_home: where what was learned is kept.
        begin: called in each new worker with its number, before anything else.
        clock: time.
        rng: spreads what would happen at once.
        ledger: the file in which it is recorded what came of requests; None: nowhere.
        home: what the config is from, where it may be changed.
        notifier: tells the service manager how it goes.
    """

    start: Callable[[], Held]
    source: str
    workers: int
    runtime_home: Path | None
    state_home: Path | None
    begin: Callable[[int], None]
    clock: Clock
    rng: random.Random
    ledger: Path | None = None
    home: Home | None = None
    notifier: Notifier = NOBODY


def run(job: Job) -> int:
    """Run workers until a signal stops them. Returns the exit status.

    Raises:
        ConfigError: the config has an error.
        ListenError: the address cannot be used.
    """
    held = job.start()
    sets = listen(held.snapshot.server.host, held.snapshot.server.port, job.workers)
    try:
        with private_folder(job.runtime_home) as folder, Signals() as signals:
            return Parent(job, held, sets, folder=folder, signals=signals).run()
    finally:
        for sockets in sets:
            close(sockets)


class Parent:
    """The parent."""

    def __init__(self, job: Job, held: Held, sets: Sequence[Sockets], *, folder: Path, signals: Signals) -> None:
        self._job = job
        self._now_s = job.clock.monotonic_s
        self._signals = signals
        self._crew = Crew([Slot(number, sockets, job.rng) for number, sockets in enumerate(sets, 1)])
        self._config = Reloading(held, self._crew, self._now_s)
        self._shared = Shared(
            instance=secrets.token_hex(6),
            started_unix_s=int(job.clock.unix_s()),
            secret=secrets.token_bytes(16),
            state_home=job.state_home,
            folder=folder,
            cells=Cells(job.workers, held.snapshot.providers),
            keeps={slot.number: Keep() for slot in self._crew.slots},
            orders={slot.number: Keep() for slot in self._crew.slots},
            beats=Beats(job.workers),
            bells=[new_bell() for _ in self._crew.slots],
            now_s=self._now_s,
            ledger=job.ledger,
            started_with=held.snapshot.server,
            home=job.home,
            pid=os.getpid(),
        )
        home = job.home
        self._leading = Leading(
            self._config, self._crew, self._shared.cells, (lambda: None) if home is None else home.head
        )
        self._watch = (
            None if home is None or not home.watch else FileWatch(lambda: home.files(self._config.held.loaded))
        )
        self._look_at_s = self._now_s()
        self._pulse = Pulse(self._shared.beats)
        # Not epoll: its set would be shared with every fork.
        self._selector = selectors.PollSelector()
        self._selector.register(signals, selectors.EVENT_READ, self._signalled)
        self._settled = False
        self._stopping = False
        self._kill_at_s = 0.0
        self._beat_at_s = 0.0
        self._reloading = False
        self._status = 0

    def run(self) -> int:
        """Do it all. Returns the exit status."""
        gc.collect()
        gc.freeze()  # the collector of a worker must not write to memory that it would else share
        while not (self._stopping and not self._crew.running()):
            self._start_due()
            for key, _ in self._selector.select(self._pause_s()):
                key.data()
            self._watch_the_time()
        if self._status == 0:
            _log.info("stopped")
        return self._status

    # ---- time

    def _pause_s(self) -> float | None:
        """Seconds until something is due."""
        moments = [slot.due_s for slot in self._crew.slots if slot.due_s is not None]
        if self._stopping:
            moments.append(self._kill_at_s)
        if self._config.until_s is not None:
            moments.append(self._config.until_s)
        if self._watch is not None and not self._stopping:
            moments.append(self._look_at_s)
        else:
            moments.append(self._pulse.due_s)
        if self._job.notifier.beat_s is not None:
            moments.append(self._beat_at_s)
        return max(0.0, min(moments) - self._now_s()) if moments else None

    def _watch_the_time(self) -> None:
        self._config.look_at_the_time()
        now = self._now_s()
        if self._watch is not None and now >= self._look_at_s:
            self._look_at_s = now + EVERY_S
            if self._watch.changed():
                self._renew()
        if self._reloading and not self._leading.renewing:
            self._reloading = False
            self._job.notifier.ready(f"serving {self._job.source}")
        beat_s = self._job.notifier.beat_s
        if beat_s is not None and now >= self._beat_at_s:
            self._job.notifier.alive()
            self._beat_at_s = now + beat_s
        if not self._stopping:
            self._kill_the_hung(now)
        if self._stopping and now >= self._kill_at_s:
            for slot, process in self._crew.running():
                _log.error("worker %d (process %d) does not end: killed", slot.number, process.pid)
                os.kill(process.pid, signal.SIGKILL)
            self._kill_at_s = now + _GRACE_S

    def _kill_the_hung(self, now: float) -> None:
        """A worker whose loop stands still answers nobody, and will not: another one takes its place."""
        serving = {slot.number: (slot, process) for slot, process in self._crew.running() if slot.ready}
        for number in self._pulse.look(now, serving):
            slot, process = serving[number]
            slot.hung = True
            _log.error("worker %d (process %d) has hung for %g s: killed", number, process.pid, HUNG_S)
            os.kill(process.pid, signal.SIGKILL)

    # ---- signals

    def _signalled(self) -> None:
        for number in self._signals.caught():
            match number:
                case signal.SIGCHLD:
                    self._reap()
                case signal.SIGHUP:
                    self._renew()
                case _:
                    self._stop(now=self._stopping)

    def _renew(self) -> None:
        """Have a worker read the files of the config."""
        if not self._stopping:
            self._reloading = True
            self._job.notifier.reloading()
            self._leading.renew()

    def _stop(self, *, now: bool) -> None:
        """Have everybody drain and end; `now` cuts the time short."""
        if not self._stopping:
            self._job.notifier.stopping()
        self._stopping = True
        if self._job.home is not None:
            self._job.home.attendance.close()
        self._kill_at_s = self._now_s() + _GRACE_S + (0.0 if now else self._config.held.snapshot.server.drain_s)
        for slot in self._crew.slots:
            slot.due_s = None
            close(slot.sockets)  # nobody shall wait where nobody accepts
            if slot.process is not None:
                slot.process.line.send(Stop(now))

    def _give_up(self, reason: str) -> None:
        _log.error("%s; the messages before this one say why. Nothing is served", reason)
        self._status = 1
        self._stop(now=True)

    # ---- workers

    def _start_due(self) -> None:
        for slot in self._crew.slots:
            if slot.due_s is not None and slot.due_s <= self._now_s():
                self._start(slot)

    def _start(self, slot: Slot) -> None:
        ours, theirs = line_pair()
        slot.due_s, slot.ready, slot.leaving, slot.starts = None, False, False, slot.starts + 1
        with held_back():
            try:
                pid = os.fork()
            except OSError as error:
                ours.close()
                theirs.close()
                self._lost(slot, f"worker {slot.number} cannot be started ({error})", lived_s=0.0)
                return
            if pid == 0:
                ours.close()
                self._become(slot, theirs)
        theirs.close()
        slot.hung = False
        slot.process = Process(pid, ours, self._now_s())
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._listen(slot, ours))
        self._config.started(slot)

    def _become(self, slot: Slot, line: Line) -> NoReturn:
        """What a fork does instead of returning: its work, and then it ends."""
        status = 1
        try:
            as_a_worker()
            self._let_go(slot)
            self._job.begin(slot.number)
            successor = slot.starts > 1
            post = Post(slot.number, line, slot.sockets, self._config.held, successor, after_hang=slot.hung)
            work(post, self._shared)
            status = 0
        except BaseException:  # noqa: BLE001 - a fork has nobody to raise it to
            _log.exception("worker %d cannot go on", slot.number)
        finally:
            os._exit(status)  # nothing that the parent has begun may be ended here

    def _let_go(self, slot: Slot) -> None:
        """Close what is the parent's or another worker's: held here, it would seem alive when they are not."""
        for other in self._crew.slots:
            if other is not slot:
                close(other.sockets)
            if other.process is not None:
                other.process.line.close()
        self._signals.close()
        self._config.close()

    def _listen(self, slot: Slot, line: Line) -> None:
        if slot.process is None or slot.process.line is not line:
            return  # it has ended in the same moment, and that was told first
        try:
            while (received := line.receive()) is not None:
                message, files = received
                match message:
                    case Ready():
                        self._is_ready(slot)
                    case (Prepared() | Refused()) as answer:
                        self._config.heard(slot, answer)
                    case Leaving():
                        slot.leaving = True
                        self._arrange_cover()
                    case Lead():
                        self._leading.lead(slot, message, files)
                    case Settled():
                        self._leading.settled(slot)
                close_all(files)
        except HungUp:
            self._selector.unregister(line)  # its end is told by a signal

    def _is_ready(self, slot: Slot) -> None:
        slot.ready = True
        self._arrange_cover()
        self._leading.serves()
        if not self._settled and self._crew.all_serve:
            self._settled = True
            addresses = [url_of(*sock.getsockname()[:2]) for sock in slot.sockets]
            if self._job.home is not None and addresses:
                shared = self._shared
                self._job.home.attendance.announce(addresses[0], shared.instance, shared.started_unix_s)
            for each in addresses:
                _log.info("listening on %s with %d workers (config %s)", each, len(self._crew.slots), self._job.source)
            self._job.notifier.ready(f"serving {self._job.source}")

    def _reap(self) -> None:
        for slot, process in self._crew.running():
            pid, status = os.waitpid(process.pid, os.WNOHANG)
            if pid:
                self._bury(slot, process)
                self._mourn(slot, process, os.waitstatus_to_exitcode(status))

    def _bury(self, slot: Slot, process: Process) -> None:
        """A worker has ended: nothing of it may seem to be there."""
        if process.line in self._selector.get_map():
            self._selector.unregister(process.line)
        process.line.close()
        slot.process = None
        self._shared.cells.clear(slot.number - 1)
        for bell in self._shared.bells:
            ring(bell)  # its places are free
        if not self._stopping:
            self._leading.ended(slot)
        self._config.ended(slot)

    def _mourn(self, slot: Slot, process: Process, status: int) -> None:
        """Say how a worker has ended, unless all are to end."""
        if not self._stopping:
            how = f"by signal {-status}" if status < 0 else f"with status {status}"
            what = f"worker {slot.number} (process {process.pid}) has ended {how}"
            self._lost(slot, what, lived_s=self._now_s() - process.started_s, expected=status == 0)

    def _lost(self, slot: Slot, what: str, *, lived_s: float, expected: bool = False) -> None:
        """Put another one in its place, unless that is in vain."""
        now = self._now_s()
        slot.due_s = now + slot.respawn.ended(lived_s, served=slot.ready)
        if not self._crew.running():
            self._crew.hasten(now + NOBODY_S)
        pause_s = slot.due_s - now
        self._arrange_cover()
        if not self._settled and not slot.ready:
            self._give_up(f"{what} before it served")
        elif slot.respawn.vain >= VAIN_STARTS and not self._crew.some_serve:
            self._give_up(f"{what}, {slot.respawn.vain} times in a row before it served")
        else:
            level = logging.INFO if expected else logging.WARNING
            _log.log(level, "%s; another one takes its place%s", what, f" in {pause_s:.1f} s" if pause_s else "")

    def _arrange_cover(self) -> None:
        if self._settled and not self._stopping:
            self._crew.arrange_cover()
