"""Our own supervisor, where there is no systemd: runs services until none is left or a signal comes, and ends them all.

Never decides what is run: commands send it plans. Nothing of it stays: each service is on a leash.
"""

import asyncio
import logging
import os
import signal
from pathlib import Path

import msgspec

from sixnines.quickstart.private_line import LineServer
from sixnines.services.interface import ServiceState
from sixnines.services.keeping import Keeping, Means
from sixnines.services.log_files import turn_over
from sixnines.services.orders import LOG_FILE, STATE_FILE, Ask, Reply, Wish
from sixnines.services.plan import GATEWAY, ServicePlan

_TURN_OVER_EVERY_S = 10.0
# For whoever has started it and is about to say what for.
_IDLE_S = 30.0

_log = logging.getLogger("sixnines")


class Supervisor:
    """Runs services. Must be made inside the event loop that runs it.

    Args:
        means: what they are run with.
        idle_s: seconds after which it ends if it has nothing to do.
    """

    def __init__(self, means: Means, *, idle_s: float = _IDLE_S) -> None:
        self._means = means
        self._idle_s = idle_s
        self._kept: dict[str, Keeping] = {}
        self._one_change_at_a_time = asyncio.Lock()
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Do as it is told until there is nothing left to do."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: None)  # there is nothing to read again
        chores = asyncio.create_task(self._chores(self._means.folder))
        try:
            async with LineServer(self._means.folder / STATE_FILE, self._answer):
                _log.info("supervisor %d is there", os.getpid())
                await self._over.wait()
        finally:
            chores.cancel()
            await self._stop_all()
            _log.info("supervisor %d has ended", os.getpid())

    async def _chores(self, folder: Path) -> None:
        """Keep logs small, and end when nothing is left to do."""
        waited_s = 0.0
        pause_s = min(_TURN_OVER_EVERY_S, self._idle_s)
        while True:
            await asyncio.sleep(pause_s)
            turn_over(folder / LOG_FILE)
            for keeping in self._kept.values():
                keeping.turn_log_over()
            waited_s = 0.0 if any(each.active for each in self._kept.values()) else waited_s + pause_s
            if waited_s >= self._idle_s and not self._kept:
                self._over.set()

    async def _answer(self, line: bytes) -> bytes:
        asked = msgspec.json.decode(line, type=Ask)
        if self._over.is_set():
            raise msgspec.ValidationError("too late")  # whoever asks starts another supervisor
        if asked.wish is not Wish.STATUS:
            async with self._one_change_at_a_time:
                await self._change(asked)
        reports = tuple(each.report() for each in self._kept.values())
        return msgspec.json.encode(Reply(os.getpid(), reports))

    async def _change(self, asked: Ask) -> None:
        match asked.wish, asked.plan:
            case Wish.START, ServicePlan() as plan:
                kept = self._kept.get(plan.name)
                if kept is None or not kept.active:
                    self._keep(plan)
            case Wish.REPLACE, ServicePlan() as plan:
                if plan.name in self._kept:
                    await self._kept[plan.name].stop()
                self._keep(plan)
            case Wish.STOP, _:
                if asked.name in self._kept:
                    await self._kept.pop(asked.name).stop()
                    _log.info("%s stopped, as asked", asked.name)
                self._end_if_idle()
            case _:
                raise msgspec.ValidationError("a wish without its plan")

    def _keep(self, plan: ServicePlan) -> None:
        self._kept[plan.name] = Keeping(plan, self._means)
        self._kept[plan.name].start()

    def _end_if_idle(self) -> None:
        """Whoever has stopped the last service has stopped the supervisor, once he has his answer."""
        if not self._busy():
            asyncio.get_running_loop().call_later(0.2, self._end_unless_busy)

    def _end_unless_busy(self) -> None:
        if not self._busy():
            self._over.set()

    def _busy(self) -> bool:
        """Something runs, or has failed and is to be shown."""
        return any(each.active or each.report().state is ServiceState.FAILED for each in self._kept.values())

    async def _stop_all(self) -> None:
        """The gateway first, so that it never sees its engines go."""
        if GATEWAY in self._kept:
            await self._kept.pop(GATEWAY).stop()
        await asyncio.gather(*(each.stop() for each in self._kept.values()))
