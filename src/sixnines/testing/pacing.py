"""One timer for everything that a stand-in does later: a wheel whose slots are a few milliseconds wide.

A sleeping task per stream would cost two context switches a token; here a token costs a list append and a write.
When the machine cannot keep up, a stream gets the tokens that are due in one write: late, never fewer or reordered.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

TICK_S = 0.005  # a quarter of a token at 50 tokens/s, and rarely enough to cost nothing when idle
_TURN = 16  # served before others may use the event loop, which accepts one connection between two turns


class Due(Protocol):
    """Something to be done at a time."""

    def due(self, now: float) -> float | None:
        """Do it; the time of the next step, if there is one."""
        ...


class Wheel:
    """Calls `due` of what was put on it, in order of time, never early and at most a tick late.

    Args:
        loop: whose clock and timer are used.
    """

    __slots__ = ("_loop", "_order", "_running", "_slots", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, list[Due]] = {}
        self._order: list[int] = []  # a heap of the keys of _slots
        self._timer: asyncio.Handle | None = None
        self._running = False

    def put(self, item: Due, when: float) -> None:
        """Have `item` called at loop time `when`."""
        key = int(when / TICK_S) + 1
        slot = self._slots.get(key)
        if slot is not None:
            slot.append(item)
            return
        self._slots[key] = [item]
        heapq.heappush(self._order, key)
        if self._order[0] == key and not self._running:
            self._arm()

    async def until(self, when: float) -> None:
        """Return at loop time `when`, at once if that has passed."""
        if when > self._loop.time():
            alarm = _Alarm(self._loop.create_future())
            self.put(alarm, when)
            await alarm.rung

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._order:
            when = self._order[0] * TICK_S
            late = when <= self._loop.time()  # a timer would wait for the next millisecond
            self._timer = self._loop.call_soon(self._turn) if late else self._loop.call_at(when, self._turn)

    def _turn(self) -> None:
        """Serve what is due, a bounded number at a time."""
        self._running = True
        try:
            self._serve(self._loop.time())
        finally:
            self._running = False
            self._arm()

    def _serve(self, now: float) -> None:
        served = 0
        while self._order and self._order[0] * TICK_S <= now and served < _TURN:
            key = self._order[0]
            slot = self._slots[key]
            batch, rest = slot[: _TURN - served], slot[_TURN - served :]
            served += len(batch)
            if rest:
                self._slots[key] = rest
            else:
                heapq.heappop(self._order)
                del self._slots[key]
            for item in batch:
                again = item.due(now)
                if again is not None:
                    self.put(item, again)


class _Alarm:
    """Wakes one waiter."""

    __slots__ = ("rung",)

    def __init__(self, rung: asyncio.Future[None]) -> None:
        self.rung = rung

    def due(self, now: float) -> float | None:  # noqa: ARG002 - it rings once, whenever that is
        if not self.rung.done():
            self.rung.set_result(None)
        return None


class Player:
    """Plays a row of steps at a steady pace.

    Args:
        push: takes bytes; False when it can take no more for now.
        steps: what to play.
        closing: goes with the last step.
        first_at: loop time of the first step.
        step_s: seconds between two steps, above 0.

    Attributes:
        interrupted: it was cut short.
    """

    __slots__ = ("_closing", "_first_at", "_held", "_push", "_rest", "_sent", "_step_s", "_steps", "interrupted")

    def __init__(
        self,
        push: Callable[[bytes], bool],
        steps: Iterator[bytes],
        *,
        closing: bytes,
        first_at: float,
        step_s: float,
    ) -> None:
        self._push = push
        self._steps = steps
        self._held: bytes | None = next(steps, None)
        self._closing = closing
        self._first_at = first_at
        self._step_s = step_s
        self._sent = 0
        self._rest: asyncio.Future[bool] | None = None
        self.interrupted = False

    async def play(self, wheel: Wheel, loop: asyncio.AbstractEventLoop) -> bool:
        """Play on: True when all is played, False when the connection must take what it has first; then play again."""
        if self.interrupted:
            return True
        self._rest = loop.create_future()
        wheel.put(self, self._first_at + self._sent * self._step_s)
        return await self._rest

    def interrupt(self, last: bytes) -> None:
        """Play `last` and no more."""
        self.interrupted = True
        self._push(last)
        self._settle(complete=True)

    def due(self, now: float) -> float | None:
        """Send what is due by now."""
        if self._rest is None or self._rest.done():
            return None
        behind = int((now - self._first_at) / self._step_s) - self._sent
        data, self._held = self._held or b"", next(self._steps, None)
        self._sent += 1
        if behind > 0 and self._held is not None:
            more = [self._held, *islice(self._steps, behind - 1)]
            self._sent += len(more)
            data = b"".join((data, *more))
            self._held = next(self._steps, None)
        if self._held is None:
            self._push(data + self._closing)
            self._settle(complete=True)
        elif self._push(data):
            return self._first_at + self._sent * self._step_s
        else:
            self._settle(complete=False)
        return None

    def _settle(self, *, complete: bool) -> None:
        if self._rest is not None and not self._rest.done():
            self._rest.set_result(complete)
