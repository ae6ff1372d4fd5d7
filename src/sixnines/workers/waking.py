"""Sees to it that who waits for a place gets it, whichever worker it came free in.

Whoever leaves a place free for somebody in another worker rings that worker's bell (eventfd(2): a ring is never lost,
and many are one). A ring that nobody gave, because both looked in the same moment, is made up for by the ticks.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence

from sixnines.config.snapshot import ProviderSpec
from sixnines.health.shared_places import SharedPlaces
from sixnines.workers.memory import Cells

TICK_S = 0.05
"""Only while somebody waits."""


def new_bell() -> int:
    """A bell, as an open file."""
    return os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)


def ring(bell: int) -> None:
    """Wake whoever watches this bell."""
    with contextlib.suppress(BlockingIOError):  # it has been rung 2^64 times and not been heard once
        os.eventfd_write(bell, 1)


class Waking:
    """The waking of one worker. Must be made inside its event loop.

    Args:
        own: this worker, counted from 0.
        bells: one for each worker.
        cells: where they write down their places.
        now_s: a clock that only moves forward, the same for all workers.
    """

    def __init__(self, own: int, bells: Sequence[int], cells: Cells, now_s: Callable[[], float]) -> None:
        self._own = own
        self._bells = bells
        self._cells = cells
        self._now_s = now_s
        self._all: list[SharedPlaces] = []
        self._ticking: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bells[own], self._rung)

    def places(self, spec: ProviderSpec) -> SharedPlaces:
        """The places of a provider."""
        row = self._cells.row(spec.name, self._own)
        made = SharedPlaces(spec.max_in_flight, spec.queue, row, wake=self._wake, now_s=self._now_s)
        self._all.append(made)
        return made

    def stop(self) -> None:
        """Wake nobody here any more."""
        self._loop.remove_reader(self._bells[self._own])
        if self._ticking is not None:
            self._ticking.cancel()

    def _wake(self, worker: int) -> None:
        if worker == self._own:
            self._loop.call_soon(self._look)
        else:
            ring(self._bells[worker])

    def _rung(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bells[self._own])
        self._look()

    def _look(self) -> None:
        for places in self._all:
            if places.waiting:
                places.look()
        self._go_on_ticking()

    def _tick(self) -> None:
        self._ticking = None
        for places in self._all:
            if places.waiting:
                places.tick()
        self._go_on_ticking()

    def _go_on_ticking(self) -> None:
        if self._ticking is None and any(places.waiting for places in self._all):
            self._ticking = self._loop.call_later(TICK_S, self._tick)
