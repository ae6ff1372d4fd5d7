"""The driver: performs the attempt machine's commands one after the other and reports back what happened.

Decides nothing. A request that may be hedged has more than one call under way: `race.py` drives it.
"""

import asyncio
from typing import Final

from sixnines.domain.attempt import AttemptRole
from sixnines.domain.failure import Failure
from sixnines.engine.attempt import Attempter
from sixnines.engine.books import Books
from sixnines.engine.machine import Command, GiveUp, Machine, Queue, Try, Wake
from sixnines.engine.order import Delivery, Entry, Order
from sixnines.engine.services import Services
from sixnines.errors import AllAttemptsFailed
from sixnines.health.places import Waiter
from sixnines.routing.candidate import Candidate

_FIRST: Final = Try(0)
_FIRST_ROLE: Final = AttemptRole.FIRST  # looked up once: on Python 3.11 that takes as long as a call
_FULL: Final = "at max_in_flight"


class Driver:
    """Runs the attempts of one request after another."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._monotonic_s = services.clock.monotonic_s
        self.books = Books(services)
        self.attempter = Attempter(services, self.books)

    async def deliver(self, order: Order) -> Delivery:
        """The first answer that a candidate gives.

        Raises:
            AllAttemptsFailed: none gave one.
        """
        monotonic_s = self._monotonic_s
        now = monotonic_s()
        machine: Machine | None = None
        command: Command = _FIRST
        if order.plan.candidates[0].facts.ready_at > now:
            machine = self.machine(order)
            command = machine.start(now)[0]
        placed = False
        while True:
            if isinstance(command, Try):
                entry = self.enter(order, command, now, placed=placed)
                placed = False
                if isinstance(entry, Entry):
                    result = await self.attempter.run(order, entry)
                    if not isinstance(result, Failure):
                        return Delivery(result, entry)  # the machine could say nothing but Deliver
                    began, now = now, monotonic_s()
                    machine = machine or self._started(order, began)
                    commands = machine.failed(command.candidate, result, now)
                    self.note_fallback(order, entry.candidate, result, commands)
                else:
                    machine = machine or self._started(order, now)
                    commands = (machine.full if entry is None else machine.refused)(command.candidate, now)
            elif isinstance(command, Queue) and machine is not None:
                place = await self.queue(order, command)
                now = monotonic_s()
                placed = place is not None
                commands = machine.unplaced(now) if place is None else machine.placed(place, now)
            elif isinstance(command, Wake) and machine is not None:
                await asyncio.sleep(max(0.0, command.at - now))
                now = monotonic_s()
                commands = machine.woke(max(now, command.at))
            else:
                raise self.given_up(order, command, now)
            command = commands[0]

    def _started(self, order: Order, now: float) -> Machine:
        """The machine of a request whose first candidate has been tried at `now`.

        Nearly all requests are answered by the first candidate that they ask. Those need no machine: it is made when
        something has happened that needs a rule.
        """
        machine = self.machine(order)
        if machine.start(now) != (_FIRST,):
            raise RuntimeError("the machine would not have begun with the first candidate")
        return machine

    # What the race performs as well.

    def machine(self, order: Order, hedge_after_s: float | None = None) -> Machine:
        """The machine for an order."""
        candidates = order.plan.candidates
        limits = candidates[0].model.limits
        if order.attempts != limits.attempts:
            limits = limits.reduced(order.attempts)
        return Machine(
            [each.facts for each in candidates],
            limits,
            self._services.rng.random,
            deadline_at=self._services.clock.monotonic_s() + order.asked.until - self._services.loop_time(),
            hedge_after_s=hedge_after_s,
        )

    def enter(self, order: Order, command: Try, now: float, *, placed: bool) -> Entry | bool | None:
        """An attempt begins: None when its provider is full, False when it would be one repetition too many."""
        candidate = order.plan.candidates[command.candidate]
        health = self._services.board.deployment(candidate.deployment)
        provider = health.provider
        if not placed and not provider.places.take():
            order.trail.skip(candidate.deployment.id, _FULL)
            return None
        if command.again and not provider.repetitions.spend(now):
            provider.places.give_back()
            return False
        if order.trail.skipped:
            order.trail.tried(candidate.deployment.id)
        trace = order.asked.trace
        span = b"" if trace is None else trace.new_span()
        entry = Entry(candidate, health, now, _role(order, command), order.lessons, span, order.pinned)
        self.books.began(entry)
        return entry

    async def queue(self, order: Order, command: Queue) -> int | None:
        """Wait for a place; the candidate for which one has come, or None."""
        board = self._services.board
        got: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiter = Waiter(order.priority, got.set_result)
        joined = False
        for index in command.candidates:
            provider = order.plan.candidates[index].deployment.provider
            joined |= board.provider(provider).places.enqueue(waiter, index)
        if not joined:
            return None
        clock = self._services.clock
        taken = False
        try:
            await asyncio.wait((got,), timeout=max(0.0, command.until - clock.monotonic_s()))
            taken = got.done() and clock.monotonic_s() < command.until
        finally:
            waiter.leave()
            if got.done() and not taken:  # it came while the caller left, or too late for anything
                board.provider(order.plan.candidates[got.result()].deployment.provider).places.give_back()
        return got.result() if taken else None

    def note_fallback(
        self, order: Order, candidate: Candidate, failure: Failure, commands: tuple[Command, ...]
    ) -> None:
        """After a failure: count it as a reason for a fallback if somebody else is asked."""
        if commands and isinstance(commands[0], Try) and not commands[0].again:
            self.books.note_fallback(candidate, failure, order.plan.candidates[commands[0].candidate])

    def given_up(self, order: Order, command: Command, now: float) -> AllAttemptsFailed:
        """The error for a machine that gave up."""
        if not isinstance(command, GiveUp) or command.failure is None:
            raise RuntimeError(f"the machine asked for {command}")
        return AllAttemptsFailed(command.failure, retry_after_s=self._retry_after_s(order, now))

    def _retry_after_s(self, order: Order, now: float) -> float | None:
        """Seconds until the first of the candidates may work again, as far as anything is known about it."""
        board = self._services.board
        waits = [board.deployment(each.deployment).wait_s(now) for each in order.plan.candidates]
        return min((wait_s for wait_s in waits if wait_s > 0), default=None)


def _role(order: Order, command: Try) -> AttemptRole:
    if command is _FIRST and not order.continues:
        return _FIRST_ROLE
    if order.continues:
        return AttemptRole.CONTINUATION
    if command.hedge:
        return AttemptRole.HEDGE
    if command.again:
        return AttemptRole.RETRY
    return AttemptRole.FALLBACK if order.trail.attempts else _FIRST_ROLE
