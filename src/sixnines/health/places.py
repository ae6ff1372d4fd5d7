"""Places at one provider: how many requests it serves, and who waits for the next place.

Waits for nothing by itself: whoever waits is called. A waiter may stand in several queues; the first place is his.
"""

import heapq
import itertools
from collections.abc import Callable

from sixnines.config.snapshot import QueueSettings
from sixnines.domain.priority import Priority


class Waiter:
    """Somebody who waits for a place, in one queue or several.

    Args:
        priority: whom he goes before.
        granted: called once, with the index that he gave to the queue whose place he has got.

    Attributes:
        done: he has a place or has left.
    """

    __slots__ = ("_granted", "done", "priority", "queues")

    def __init__(self, priority: Priority, granted: Callable[[int], None]) -> None:
        self.priority = priority
        self.done = False
        self.queues: list[Places] = []
        self._granted = granted

    def grant(self, index: int) -> None:
        """A place is his."""
        self.leave()
        self._granted(index)

    def leave(self) -> None:
        """He waits no longer, in no queue."""
        if not self.done:
            self.done = True
            for each in self.queues:
                each.left()


class Places:
    """The places of one provider.

    Attributes:
        in_flight: places that are taken.
        limit: how many there are; None for no limit.
        waiting: how many wait.
    """

    __slots__ = ("_numbers", "_queue", "_size", "in_flight", "limit", "waiting")

    def __init__(self, limit: int | None, queue: QueueSettings) -> None:
        self.in_flight = 0
        self.limit = limit
        self.waiting = 0
        self._size = queue.size
        self._queue: list[tuple[int, int, int, Waiter]] = []
        self._numbers = itertools.count()

    @property
    def full(self) -> bool:
        """No place is free."""
        return self.limit is not None and self.in_flight >= self.limit

    @property
    def taken(self) -> int:
        """How many places are taken, by this process and those that share them."""
        return self.in_flight

    @property
    def crowd(self) -> int:
        """How many wait, in this process and in those that share the places."""
        return self.waiting

    def configure(self, limit: int | None, queue: QueueSettings) -> None:
        """Go by other limits from now on; places that this makes free go to those who wait."""
        self.limit = limit
        self._size = queue.size
        self._hand_out()

    def take(self) -> bool:
        """Take a place; False when none is free. Those who wait have been given theirs before."""
        if self.limit is not None and self.in_flight >= self.limit:  # `full`, without a call
            return False
        self.in_flight += 1
        return True

    def give_back(self) -> None:
        """A place is free again: exactly once for each one that was taken or granted."""
        self.in_flight -= 1
        if self._queue:
            self._hand_out()

    def enqueue(self, waiter: Waiter, index: int) -> bool:
        """Let `waiter` stand in this queue, as his number `index`; False when it is full."""
        if self.waiting >= self._size:
            return False
        self._drop_gone()
        self.waiting += 1
        waiter.queues.append(self)
        heapq.heappush(self._queue, (waiter.priority, self._number(), index, waiter))
        return True

    def left(self) -> None:
        """One of those who wait here waits no longer."""
        self.waiting -= 1

    def _number(self) -> int:
        """Puts those of one priority in order: each is larger than the one before."""
        return next(self._numbers)

    def _hand_out(self) -> None:
        while self._queue and (self.limit is None or self.in_flight < self.limit):
            _, _, index, waiter = heapq.heappop(self._queue)
            if not waiter.done:
                self.in_flight += 1
                waiter.grant(index)

    def _drop_gone(self) -> None:
        """Forget those who have left, so that the list does not grow with them."""
        if len(self._queue) > 2 * self._size:
            self._queue = [entry for entry in self._queue if not entry[3].done]
            heapq.heapify(self._queue)
