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

from sixnines.bootstrap import needs_restart
from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.errors import ConfigError
from sixnines.workers.folder import private_folder
from sixnines.workers.line import HungUp, Line, line_pair
from sixnines.workers.listening import Sockets, close, listen
from sixnines.workers.memory import Cells, Keep
from sixnines.workers.orders import Commit, Cover, Drop, Leaving, Prepare, Prepared, Ready, Refused, Stop, Uncover
from sixnines.workers.payload import write_payload
from sixnines.workers.signals import Signals, as_a_worker, held_back
from sixnines.workers.slot import Process, Slot
from sixnines.workers.vote import Vote
from sixnines.workers.waking import new_bell, ring
from sixnines.workers.worker import Post, Shared, work

VAIN_STARTS = 5
"""A worker that has ended so often in a row before it served will not serve, if no other one does either."""

RELOAD_S = 10.0
"""Workers have so long to prepare another config. Ten thousand models take less than one second."""

_GRACE_S = 10.0  # beyond its drain, for a worker that should have ended

_log = logging.getLogger("sixnines")


@dataclass(frozen=True, slots=True)
class Job:
    """What the command line wants.

    Attributes:
        load: reads the config; raises `ConfigError`.
        source: where that is, for the log.
        workers: how many.
        runtime_home: `$XDG_RUNTIME_DIR`, if there is one.
        state_home: where what was learned is kept.
        begin: called in each new worker with its number, before anything else.
        clock: time.
        rng: spreads what would happen at once.
    """

    load: Callable[[], Snapshot]
    source: str
    workers: int
    runtime_home: Path | None
    state_home: Path | None
    begin: Callable[[int], None]
    clock: Clock
    rng: random.Random


def run(job: Job) -> int:
    """Run workers until a signal stops them. Returns the exit status.

    Raises:
        ConfigError: the config has an error.
        ListenError: the address cannot be used.
    """
    snapshot = job.load()
    sets = listen(snapshot.server.host, snapshot.server.port, job.workers)
    try:
        with private_folder(job.runtime_home) as folder, Signals() as signals:
            return Parent(job, snapshot, sets, folder=folder, signals=signals).run()
    finally:
        for sockets in sets:
            close(sockets)


@dataclass(frozen=True, slots=True)
class _Reload:
    """A config that the workers are asked about."""

    snapshot: Snapshot
    file: int
    vote: Vote
    until_s: float


class Parent:
    """The parent."""

    def __init__(
        self, job: Job, snapshot: Snapshot, sets: Sequence[Sockets], *, folder: Path, signals: Signals
    ) -> None:
        self._job = job
        self._now_s = job.clock.monotonic_s
        self._snapshot = snapshot
        self._signals = signals
        self._slots = [Slot(number, sockets, job.rng) for number, sockets in enumerate(sets, 1)]
        self._shared = Shared(
            instance=secrets.token_hex(6),
            started_unix_s=int(job.clock.unix_s()),
            secret=secrets.token_bytes(16),
            state_home=job.state_home,
            folder=folder,
            cells=Cells(job.workers, snapshot.providers),
            keeps={slot.number: Keep() for slot in self._slots},
            bells=[new_bell() for _ in self._slots],
            now_s=self._now_s,
        )
        # Not epoll: its set would be shared with every fork.
        self._selector = selectors.PollSelector()
        self._selector.register(signals, selectors.EVENT_READ, self._signalled)
        self._reload: _Reload | None = None
        self._reloads = 0
        self._settled = False
        self._stopping = False
        self._kill_at_s = 0.0
        self._status = 0

    def run(self) -> int:
        """Do it all. Returns the exit status."""
        gc.collect()
        gc.freeze()  # the collector of a worker must not write to memory that it would else share
        while not (self._stopping and not self._running()):
            self._start_due()
            for key, _ in self._selector.select(self._pause_s()):
                key.data()
            self._watch_the_time()
        if self._status == 0:
            _log.info("stopped")
        return self._status

    def _running(self) -> list[tuple[Slot, Process]]:
        return [(slot, slot.process) for slot in self._slots if slot.process is not None]

    # ---- time

    def _pause_s(self) -> float | None:
        """Seconds until something is due."""
        moments = [slot.due_s for slot in self._slots if slot.due_s is not None]
        if self._stopping:
            moments.append(self._kill_at_s)
        if self._reload is not None:
            moments.append(self._reload.until_s)
        return max(0.0, min(moments) - self._now_s()) if moments else None

    def _watch_the_time(self) -> None:
        now = self._now_s()
        if self._reload is not None and now >= self._reload.until_s:
            silent = ", ".join(map(str, self._reload.vote.silent))
            self._keep_the_old(f"worker {silent} did not answer within {RELOAD_S:.0f} s")
        if self._stopping and now >= self._kill_at_s:
            for slot, process in self._running():
                _log.error("worker %d (process %d) does not end: killed", slot.number, process.pid)
                os.kill(process.pid, signal.SIGKILL)
            self._kill_at_s = now + _GRACE_S

    # ---- signals

    def _signalled(self) -> None:
        for number in self._signals.caught():
            match number:
                case signal.SIGCHLD:
                    self._reap()
                case signal.SIGHUP:
                    self._reload_config()
                case _:
                    self._stop(now=self._stopping)

    def _stop(self, *, now: bool) -> None:
        """Have everybody drain and end; `now` cuts the time short."""
        self._stopping = True
        self._kill_at_s = self._now_s() + _GRACE_S + (0.0 if now else self._snapshot.server.drain_s)
        for slot in self._slots:
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
        for slot in self._slots:
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
                _log.error("worker %d cannot be started: %s", slot.number, error)
                self._replace(slot, lived_s=0.0)
                return
            if pid == 0:
                ours.close()
                self._become(slot, theirs)
        theirs.close()
        slot.process = Process(pid, ours, self._now_s())
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._listen(slot, ours))
        if self._reload is not None:
            self._reload.vote.joined(slot.number)
            ours.send(Prepare(self._reload.vote.reload), [self._reload.file])

    def _become(self, slot: Slot, line: Line) -> NoReturn:
        """What a fork does instead of returning: its work, and then it ends."""
        status = 1
        try:
            as_a_worker()
            self._let_go(slot)
            self._job.begin(slot.number)
            work(Post(slot.number, line, slot.sockets, self._snapshot, successor=slot.starts > 1), self._shared)
            status = 0
        except BaseException:  # noqa: BLE001 - a fork has nobody to raise it to
            _log.exception("worker %d cannot go on", slot.number)
        finally:
            os._exit(status)  # nothing that the parent has begun may be ended here

    def _let_go(self, slot: Slot) -> None:
        """Close what is the parent's or another worker's: held here, it would seem alive when they are not."""
        for other in self._slots:
            if other is not slot:
                close(other.sockets)
            if other.process is not None:
                other.process.line.close()
        self._signals.close()
        if self._reload is not None:
            os.close(self._reload.file)

    def _listen(self, slot: Slot, line: Line) -> None:
        if slot.process is None or slot.process.line is not line:
            return  # it has ended in the same moment, and that was told first
        try:
            while (received := line.receive()) is not None:
                match received[0]:
                    case Ready():
                        self._is_ready(slot)
                    case Prepared(reload=reload) if self._reload is not None:
                        self._reload.vote.prepared(slot.number, reload)
                        self._decide()
                    case Refused(reload=reload, reason=reason) if self._reload is not None:
                        self._reload.vote.refused(slot.number, reload, reason)
                        self._decide()
                    case Leaving():
                        slot.leaving = True
                        self._arrange_cover()
        except HungUp:
            self._selector.unregister(line)  # its end is told by a signal

    def _is_ready(self, slot: Slot) -> None:
        slot.ready = True
        self._arrange_cover()
        if not self._settled and all(each.serves for each in self._slots):
            self._settled = True
            for sock in slot.sockets:
                host, port = sock.getsockname()[:2]
                _log.info(
                    "listening on http://%s:%d with %d workers (config %s)",
                    f"[{host}]" if ":" in host else host, port, len(self._slots), self._job.source,
                )  # fmt: skip

    def _reap(self) -> None:
        for slot, process in self._running():
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
        if self._reload is not None:
            self._reload.vote.left(slot.number)
            self._decide()

    def _mourn(self, slot: Slot, process: Process, status: int) -> None:
        """Put another one in its place, unless that is in vain."""
        if self._stopping:
            return
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        ended = f"worker {slot.number} (process {process.pid}) has ended {how}"
        if not self._settled and not slot.ready:
            self._give_up(f"{ended} before it served")
            return
        pause_s = self._replace(slot, lived_s=self._now_s() - process.started_s)
        level = logging.INFO if status == 0 else logging.WARNING
        _log.log(level, "%s; another one takes its place%s", ended, f" in {pause_s:.1f} s" if pause_s else "")
        if slot.respawn.vain >= VAIN_STARTS and not any(each.serves for each in self._slots):
            self._give_up(f"{ended}, {slot.respawn.vain} times in a row before it served")

    def _replace(self, slot: Slot, *, lived_s: float) -> float:
        """Have another one started soon; the seconds until then."""
        pause_s = slot.respawn.ended(lived_s, served=slot.ready)
        slot.due_s = self._now_s() + pause_s
        self._arrange_cover()
        return pause_s

    def _arrange_cover(self) -> None:
        """See that every socket is served by somebody, as far as anybody serves, and by its own worker if that does."""
        serving = {slot.number: slot for slot in self._slots if slot.serves}
        for slot in self._slots if self._settled and not self._stopping else ():
            if slot.cover is not None and (slot.serves or slot.cover not in serving):
                if slot.cover in serving:
                    self._tell(serving[slot.cover], Uncover(slot.number))
                slot.cover = None
            if slot.cover is None and not slot.serves and serving:
                load = {number: sum(each.cover == number for each in self._slots) for number in serving}
                chosen = min(serving, key=load.__getitem__)
                if self._tell(serving[chosen], Cover(slot.number), [sock.fileno() for sock in slot.sockets]):
                    slot.cover = chosen

    def _tell(self, slot: Slot, order: Cover | Uncover | Commit, files: Sequence[int] = ()) -> bool:
        """Send an order that must not be missed: who does not take it hangs, and is replaced."""
        if slot.process is None:
            return False
        sent = slot.process.line.send(order, files)
        if not sent:
            _log.error("worker %d (process %d) does not listen: killed", slot.number, slot.process.pid)
            os.kill(slot.process.pid, signal.SIGKILL)
        return sent

    # ---- reload

    def _reload_config(self) -> None:
        """Ask all workers whether they can go by the config as it is now."""
        if self._stopping:
            return
        try:
            snapshot = self._job.load()
            self._shared.cells.add(snapshot.providers)
            file = write_payload(snapshot, dict(self._shared.cells.columns))
        except ConfigError as error:
            _log.error("config not reloaded, the old one stays:\n%s", error.report)
            return
        except Exception:  # noqa: BLE001 - a bug of ours must not end what runs
            _log.exception("config not reloaded, the old one stays")
            return
        if self._reload is not None:  # the workers forget it when they are asked about this one
            self._end_reload(self._reload)
        self._reloads += 1
        vote = Vote(self._reloads, [slot.number for slot, _ in self._running()])
        self._reload = _Reload(snapshot, file, vote, self._now_s() + RELOAD_S)
        for _, process in self._running():
            process.line.send(Prepare(self._reloads), [file])
        self._decide()

    def _decide(self) -> None:
        """Go by the other config as soon as all can; keep the old one if somebody cannot."""
        reload = self._reload
        if reload is None:
            return
        if reload.vote.refusal is not None:
            self._keep_the_old(reload.vote.refusal)
        elif reload.vote.passed:
            for key in needs_restart(self._snapshot.server, reload.snapshot.server):
                _log.warning("%s has changed; the change takes effect at the next start", key)
            self._snapshot = reload.snapshot
            self._end_reload(reload)
            for slot, _ in self._running():
                self._tell(slot, Commit(reload.vote.reload))
            _log.info("config reloaded from %s", self._job.source)

    def _keep_the_old(self, reason: str) -> None:
        reload = self._reload
        if reload is not None:
            self._end_reload(reload)
            for _, process in self._running():
                process.line.send(Drop(reload.vote.reload))
            _log.error("config not reloaded, the old one stays: %s", reason)

    def _end_reload(self, reload: _Reload) -> None:
        os.close(reload.file)
        self._reload = None
