"""The driver of requests that may be hedged: two calls may be under way, the first content wins.

Decides nothing. The loser is cancelled, and its call has ended, before the winner is delivered.
"""

import asyncio
from collections import deque
from typing import assert_never

from sixnines.dialects.codec import Whole
from sixnines.domain.failure import Failure
from sixnines.engine.driver import Driver
from sixnines.engine.machine import Cancel, Command, Deliver, GiveUp, Queue, Try, Wake
from sixnines.engine.order import Delivery, Entry, Live, Order
from sixnines.engine.services import Services

Result = Live | Whole | Failure


class Race:
    """One request that may be hedged."""

    def __init__(self, services: Services, driver: Driver, order: Order, *, hedge_after_s: float) -> None:
        """Ask a second candidate when the first has been silent for `hedge_after_s`."""
        self._services = services
        self._driver = driver
        self._order = order
        self._machine = driver.machine(order, hedge_after_s)
        self._calls: dict[int, asyncio.Task[Result]] = {}
        self._entries: dict[int, Entry] = {}
        self._wake_at: float | None = None
        self._placed: int | None = None
        self._commands: deque[Command] = deque()

    async def deliver(self) -> Delivery:
        """The first answer that a candidate gives.

        Raises:
            AllAttemptsFailed: none gave one.
        """
        self._commands.extend(self._machine.start(self._now()))
        delivery: Delivery | None = None
        try:
            while delivery is None:
                if self._commands:
                    delivery = await self._perform(self._commands.popleft())
                else:
                    await self._event()
        finally:
            for candidate in tuple(self._calls):
                await self._cancel(candidate)
        return delivery

    async def _perform(self, command: Command) -> Delivery | None:
        match command:
            case Try():
                self._begin(command)
            case Wake(at=at):
                self._wake_at = at
            case Queue():
                await self._queue(command)
            case Cancel(candidate=candidate):
                await self._cancel(candidate)
            case Deliver(candidate=candidate):
                return self._won(candidate)
            case GiveUp():
                raise self._driver.given_up(self._order, command, self._now())
            case _:
                assert_never(command)
        return None

    def _begin(self, command: Try) -> None:
        index, now = command.candidate, self._now()
        if command.hedge and not self._may_hedge():
            self._commands.extend(self._machine.refused(index, now))
            return
        entry = self._driver.enter(self._order, command, now, placed=self._placed == index)
        self._placed = None
        if isinstance(entry, Entry):
            self._entries[index] = entry
            self._calls[index] = asyncio.create_task(self._driver.attempter.run(self._order, entry))
        else:
            machine = self._machine
            self._commands.extend(machine.full(index, now) if entry is None else machine.refused(index, now))

    def _may_hedge(self) -> bool:
        model = self._order.plan.candidates[0].model
        return model.hedge is not None and self._services.board.hedges(model.name).spend(model.hedge.max_ratio)

    async def _event(self) -> None:
        """Wait until a call has come to something, or for the time of the last `Wake`."""
        timeout_s = None if self._wake_at is None else max(0.0, self._wake_at - self._now())
        done: set[asyncio.Task[Result]] = set()
        if self._calls:
            done, _ = await asyncio.wait(self._calls.values(), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        elif timeout_s is not None:
            await asyncio.sleep(timeout_s)
        now = self._now()
        if not done:
            due, self._wake_at = self._wake_at, None
            self._commands.extend(self._machine.woke(now if due is None else max(now, due)))
            return
        # Were both to finish at once, the one asked first is told of first.
        index = next(index for index, call in self._calls.items() if call in done)
        result = self._calls[index].result()
        if not isinstance(result, Failure):
            self._commands.extend(self._machine.first_content(index))
            return
        del self._calls[index]
        commands = self._machine.failed(index, result, now)
        self._driver.note_fallback(self._order, self._entries[index].candidate, result, commands)
        self._commands.extend(commands)

    async def _queue(self, command: Queue) -> None:
        self._placed = await self._driver.queue(self._order, command)
        now = self._now()
        unplaced = self._placed is None
        self._commands.extend(self._machine.unplaced(now) if unplaced else self._machine.placed(self._placed or 0, now))

    async def _cancel(self, candidate: int) -> None:
        """End a call, whatever it has come to; returns when it has ended."""
        call = self._calls.pop(candidate)
        call.cancel()
        await asyncio.wait((call,))
        if call.cancelled() or call.exception() is not None:
            return
        result = call.result()
        if isinstance(result, Live):  # it had begun to answer in the meantime
            result.exchange.abort()
            books, entry, trail = self._driver.books, self._entries[candidate], self._order.trail
            books.note_lost(entry, trail)
            books.charge_part(entry.candidate, result.relay.usage, trail)

    def _won(self, candidate: int) -> Delivery:
        result = self._calls.pop(candidate).result()
        if isinstance(result, Failure):
            raise TypeError("the machine delivers what has failed")
        return Delivery(result, self._entries[candidate])

    def _now(self) -> float:
        return self._services.clock.monotonic_s()
