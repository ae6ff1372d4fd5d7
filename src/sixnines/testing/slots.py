"""The slots of an engine: how many requests it works on at once, and who waits. Fair: first come, first served."""

import asyncio
from collections import deque
from collections.abc import Callable


class QueueFull(Exception):  # noqa: N818 - an ordinary answer follows, not a fault
    """No slot is free and no more may wait."""


class Slots:
    """Slots and the queue before them.

    Args:
        changed: called whenever somebody has come, gone or moved up.

    Attributes:
        limit: how many there are; None is no limit.
        room: how many may wait; None is no limit.
        running: how many are taken.
    """

    __slots__ = ("_changed", "_waiting", "limit", "room", "running")

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.limit: int | None = None
        self.room: int | None = None
        self.running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def take(self) -> None:
        """Return when a slot is ours.

        Raises:
            QueueFull: too many wait already.
        """
        if self.limit is None or self.running < self.limit:
            self.running += 1
            self._changed()
            return
        if self.room is not None and len(self._waiting) >= self.room:
            raise QueueFull
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._changed()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()  # it was handed to us in the moment in which the caller left
            elif turn in self._waiting:  # else it has been passed over already
                self._waiting.remove(turn)
                self._changed()
            raise

    def give(self) -> None:
        """Hand a slot back."""
        self.running -= 1
        self.admit()

    def admit(self) -> None:
        """Let in who may come in, after a slot was given back or the limit was changed."""
        while self._waiting and (self.limit is None or self.running < self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)
        self._changed()
