"""Places at one provider that several workers share: each writes down its own, all go by the sum.

Never locks, never waits, and never writes what is another worker's: one that dies in the middle leaves nothing behind
but its own cells, which its parent clears. What the want of a lock costs: two workers that look in the same moment may
take the same last place, so that for a while there are as many too many as there are other workers, and never more.

Who goes first is decided over all workers, by priority and then by time, as in one process: who leaves a place free
for somebody in another worker wakes that worker. If it does not come (it hangs), the place is taken after all, at the
second `tick`.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from sixnines.config.snapshot import QueueSettings
from sixnines.health.places import Places, Waiter

# A rank is the priority above, the time of arrival below: microseconds since the machine was started need 50 bits in
# 35 years. All workers read the same clock.
_PRIORITY_SHIFT = 56
_US = 1_000_000


class Cells(Protocol):
    """One whole number for each worker, in memory that all of them see."""

    def __getitem__(self, worker: int, /) -> int:
        """A worker's number."""
        ...

    def __setitem__(self, worker: int, number: int, /) -> None:
        """Write it: only that worker may, or its parent when it is dead."""
        ...

    def __iter__(self) -> Iterator[int]:
        """All of them."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """What the workers tell each other of one provider.

    Attributes:
        own: the worker that uses this row; counted from 0.
        taken: how many places each worker has.
        waiting: how many wait in each.
        first: the rank of the one who goes first in each; 0 where nobody waits.
    """

    own: int
    taken: Cells
    waiting: Cells
    first: Cells


class SharedPlaces(Places):
    """The places of one provider, as one of the workers sees them: `in_flight` and `waiting` are its own.

    Args:
        limit: how many there are for all workers together; None for no limit.
        queue: how many may wait, in all workers together.
        row: what the workers tell each other.
        wake: makes a worker, which may be this one, call `look` soon.
        now_s: a clock that only moves forward, the same for all workers.
    """

    __slots__ = ("_last", "_now_s", "_passed_over", "_row", "_wake")

    def __init__(
        self, limit: int | None, queue: QueueSettings, row: Row, *, wake: Callable[[int], None],
        now_s: Callable[[], float],
    ) -> None:  # fmt: skip
        super().__init__(limit, queue)
        self._row = row
        self._wake = wake
        self._now_s = now_s
        self._last = 0
        self._passed_over = False

    @property
    def full(self) -> bool:
        """No place is free, or somebody waits who has a claim on it."""
        row = self._row
        return self.limit is not None and sum(row.taken) + sum(row.waiting) >= self.limit

    @property
    def taken(self) -> int:
        """How many places are taken, by all workers."""
        return sum(self._row.taken)

    @property
    def crowd(self) -> int:
        """How many wait, in all workers."""
        return sum(self._row.waiting)

    def take(self) -> bool:
        """Take a place; False when none is free for somebody who has not waited."""
        if self.full:
            return False
        self._hold(self.in_flight + 1)
        return True

    def give_back(self) -> None:
        """A place is free again."""
        self._hold(self.in_flight - 1)
        if any(self._row.waiting):
            self._hand_out()

    def enqueue(self, waiter: Waiter, index: int) -> bool:
        """Let `waiter` stand in the queue; False when all workers together have as many as it may hold."""
        if self.crowd >= self._size or not super().enqueue(waiter, index):
            return False
        self._tell()
        # A place may have come free since the caller found none: whoever gave it back then did not see him wait.
        self._wake(self._row.own)
        return True

    def left(self) -> None:
        """One of those who wait here waits no longer."""
        super().left()
        self._tell()

    def look(self) -> None:
        """Somebody else has left a place free."""
        self._hand_out()

    def tick(self) -> None:
        """To be called now and then while somebody waits here: takes what others have left lying."""
        self._hand_out()
        if self._passed_over and self._free and self._first_here():
            self._grant()
            self._hand_out()
        self._passed_over = self._free and self.waiting > 0

    @property
    def _free(self) -> bool:
        return self.limit is None or sum(self._row.taken) < self.limit

    def _hold(self, number: int) -> None:
        self.in_flight = self._row.taken[self._row.own] = number

    def _hand_out(self) -> None:
        own = self._row.own
        while self._free:
            here = self._first_here()
            elsewhere = [(rank, worker) for worker, rank in enumerate(self._row.first) if rank and worker != own]
            if elsewhere and (not here or min(elsewhere)[0] < here):
                self._wake(min(elsewhere)[1])
                return
            if not here:
                return
            self._grant()

    def _grant(self) -> None:
        """Give a place to the one who goes first here."""
        _, _, index, waiter = heapq.heappop(self._queue)
        self._hold(self.in_flight + 1)
        waiter.grant(index)

    def _first_here(self) -> int:
        """The rank of the one who goes first here; 0 if nobody waits."""
        while self._queue and self._queue[0][3].done:
            heapq.heappop(self._queue)
        return self._queue[0][0] << _PRIORITY_SHIFT | self._queue[0][1] if self._queue else 0

    def _tell(self) -> None:
        row = self._row
        row.waiting[row.own] = self.waiting
        row.first[row.own] = self._first_here()

    def _number(self) -> int:
        self._last = max(self._last + 1, int(self._now_s() * _US))
        return self._last
