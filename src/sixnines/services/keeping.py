"""One service as our own supervisor runs it: started, watched until it is ready, started again with growing pauses.

Never leaves its process behind: who stops it waits for the end of all that it had started (`leash.py`).
"""

import asyncio
import contextlib
import logging
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sixnines.clock import Clock
from sixnines.domain.restart import Restart
from sixnines.quickstart.child import Child, Life
from sixnines.quickstart.ports import is_free
from sixnines.server.port_holder import find_port_holder
from sixnines.services import leash
from sixnines.services.interface import ServiceReport, ServiceState
from sixnines.services.log_files import turn_over
from sixnines.services.plan import ServicePlan
from sixnines.services.readiness import asked_host, is_ready
from sixnines.services.references import ReferenceMissing, resolve
from sixnines.workers.respawn import Respawn

_POLL_S = 0.1
# The leash ends what it holds within its grace, and then itself.
_LEASH_S = 5.0

_log = logging.getLogger("sixnines")


@dataclass(frozen=True, slots=True)
class Means:
    """What every service of a supervisor is run with.

    Attributes:
        folder: where the logs go.
        environment: the supervisor's own variables, which services inherit.
        known: where `env:` references look: `environment`, and what a file of the user's holds.
        clock: time.
        rng: spreads what would happen at once.
    """

    folder: Path
    environment: Mapping[str, str]
    known: Mapping[str, str]
    clock: Clock
    rng: random.Random


@dataclass(frozen=True, slots=True)
class _Ended:
    """How one life of a service ended: `failed` or by itself, after it had `served` or not."""

    reason: str
    failed: bool
    served: bool


class Keeping:
    """Runs one service. Must be made inside an event loop."""

    def __init__(self, plan: ServicePlan, means: Means) -> None:
        self.plan = plan
        self._means = means
        self._respawn = Respawn(means.rng)
        self._child = _child(plan, means, None)
        self._state = ServiceState.STOPPED
        self._note = ""
        self._last_end = ""
        self._restarts = 0
        self._asked_to_stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        """It runs, or will."""
        return self._task is not None and not self._task.done()

    def report(self) -> ServiceReport:
        """How it is."""
        return ServiceReport(
            name=self.plan.name, state=self._state, pid=self._child.pid, restarts=self._restarts, note=self._note
        )

    def start(self) -> None:
        """Run it from now on."""
        if not self.active:
            self._now(ServiceState.STARTING, "")
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End it, and wait for that."""
        self._asked_to_stop.set()
        if self._task is not None:
            await asyncio.wait({self._task})
        self._now(ServiceState.STOPPED, "")

    def turn_log_over(self) -> None:
        """Keep its log from growing without end."""
        turn_over(self._child.log)

    async def _run(self) -> None:
        name, clock = self.plan.name, self._means.clock
        try:
            while True:
                began_s = clock.monotonic_s()
                ended = await self._live()
                if ended is None:
                    return
                self._last_end = ended.reason
                if not self._again(ended):
                    self._now(ServiceState.FAILED if ended.failed else ServiceState.STOPPED, ended.reason)
                    _log.log(logging.ERROR if ended.failed else logging.INFO, "%s %s", name, ended.reason)
                    return
                pause_s = self._respawn.ended(clock.monotonic_s() - began_s, served=ended.served)
                self._now(ServiceState.WAITING, f"{ended.reason}; started again in {pause_s:.1f} s")
                _log.warning("%s %s", name, self._note)
                if await self._stopped_within(pause_s):
                    return
                self._restarts += 1
        except Exception as error:  # noqa: BLE001 - a bug of ours must show in the status, not vanish with its task
            self._now(ServiceState.FAILED, f"cannot be run: {type(error).__name__}: {error}")
            _log.exception("%s cannot be run", name)
        finally:
            await self._child.stop()

    def _again(self, ended: _Ended) -> bool:
        match self.plan.restart:
            case Restart.ALWAYS:
                return True
            case Restart.ON_FAILURE:
                return ended.failed
            case Restart.NEVER:
                return False

    async def _live(self) -> _Ended | None:
        """One life, from start to end. None where somebody asked for the end."""
        self._now(ServiceState.STARTING, self._last_end)
        plan = self.plan
        if plan.port and not is_free(plan.port, host=asked_host(plan)):
            return _Ended(_taken(plan), failed=True, served=False)
        try:
            variables = {name: resolve(each, self._means.known) for name, each in plan.secrets.items()}
            self._child = _child(plan, self._means, variables)
            turn_over(self._child.log)
            wait = await self._child.start()
        except ReferenceMissing as missing:
            return _Ended(f"cannot be started: {missing}", failed=True, served=False)
        except OSError as problem:
            reason = f"cannot be started: {problem.strerror} ({problem.filename})"
            return _Ended(reason, failed=True, served=False)
        self._child.log.chmod(0o600)
        life = asyncio.ensure_future(wait())
        if await self._becomes_ready(life):
            self._now(ServiceState.READY, "")
            _log.info("%s is ready on %s (process %s)", plan.name, plan.address, self._child.pid)
            return await self._until_ended(life, served=True)
        if life.done() or self._asked_to_stop.is_set():
            return await self._until_ended(life, served=False)
        await self._child.stop()
        return _Ended(f"was not ready within {plan.ready_within_s:g} s", failed=True, served=False)

    async def _becomes_ready(self, life: "asyncio.Future[int]") -> bool:
        """Whether it answers in time, neither ending nor being told to."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.plan.ready_within_s):
                while not life.done() and not self._asked_to_stop.is_set():
                    if self.plan.port == 0 or await asyncio.to_thread(is_ready, self.plan):
                        return not life.done()
                    await asyncio.sleep(_POLL_S)
        return False

    async def _until_ended(self, life: "asyncio.Future[int]", *, served: bool) -> _Ended | None:
        asked = asyncio.ensure_future(self._asked_to_stop.wait())
        either: set[asyncio.Future[int] | asyncio.Future[Literal[True]]] = {life, asked}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if self._asked_to_stop.is_set():
            await self._child.stop()
            return None
        status = life.result()
        return _Ended(_how(status), failed=status != 0, served=served)

    async def _stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked_to_stop.wait(), seconds)
        return self._asked_to_stop.is_set()

    def _now(self, state: ServiceState, note: str) -> None:
        self._state, self._note = state, note


def log_name(name: str) -> str:
    """The file name of a service's log: its name may hold slashes."""
    return name.replace("/", "%2F") + ".log"


def _child(plan: ServicePlan, means: Means, secrets: Mapping[str, str] | None) -> Child:
    inherited = means.known if plan.is_gateway else means.environment
    seen = {name: value for name, value in inherited.items() if name not in plan.hidden}
    # Isolated (-I) and without site packages (-S): a leash is there for each engine, and needs nothing but Python.
    leashed = [sys.executable, "-I", "-S", str(leash.__file__), f"{plan.stop_within_s:g}", *plan.command]
    return Child(
        plan.name,
        command=leashed,
        log=means.folder / log_name(plan.name),
        life=Life(
            environment={**seen, **plan.environment, **(secrets or {})},
            directory=Path(plan.directory),
            keep_log=True,
            grace_s=plan.stop_within_s + _LEASH_S,
        ),
    )


def _how(status: int) -> str:
    # The leash says of a signal what a shell says of it.
    if status > 128:  # noqa: PLR2004 - the shells' convention
        return f"ended by itself, by signal {status - 128}"
    return f"ended by itself, with status {status}"


def _taken(plan: ServicePlan) -> str:
    holder = find_port_holder(asked_host(plan), plan.port)
    by = "another process" if holder is None else f"{holder.command} (process {holder.pid})"
    return f"cannot be started: port {plan.port} is taken by {by}"
