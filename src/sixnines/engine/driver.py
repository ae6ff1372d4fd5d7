"""The driver: performs the attempt machine's commands one after the other and reports back what happened.

Decides nothing. A request that may be hedged has more than one call under way: `race.py` drives it.
"""

import asyncio

import msgspec

from sixnines.dialects.codec import Whole
from sixnines.domain.failure import Failure
from sixnines.domain.priority import Priority
from sixnines.domain.trail import AttemptRole, Trail
from sixnines.engine.attempt import Asked, Attempter, Limits, Live
from sixnines.engine.books import Books, Entry
from sixnines.engine.machine import Command, GiveUp, Machine, Queue, Try, Wake
from sixnines.engine.services import Services
from sixnines.errors import AllAttemptsFailed
from sixnines.health.places import Waiter
from sixnines.health.state import HealthState
from sixnines.routing.planner import Candidate, Plan

_LOADING = HealthState.LOADING  # looked up once: on Python 3.11 that takes as long as a call
_FULL = "at max_in_flight"


class Order(msgspec.Struct, frozen=True):
    """What is to be delivered.

    Attributes:
        plan: whom to ask.
        asked: what to ask.
        trail: where attempts are written down.
        arrived_s: monotonic seconds at which the request came.
        priority: whom it goes before, where requests wait.
        attempts: how many calls; fewer than the model allows when some have been made.
        continues: it is the rest of an answer of which the caller has the beginning.
    """

    plan: Plan
    asked: Asked
    trail: Trail
    arrived_s: float
    priority: Priority
    attempts: int
    continues: bool = False


class Delivery(msgspec.Struct, frozen=True):
    """An answer to pass on, and who gave it."""

    answer: Live | Whole
    entry: Entry


class Driver:
    """Runs the attempts of one request after another."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.attempter = Attempter(services)
        self.books = Books(services)

    async def deliver(self, order: Order) -> Delivery:
        """The first answer that a candidate gives.

        Raises:
            AllAttemptsFailed: none gave one.
        """
        now = self._services.clock.monotonic_s()
        machine = self.machine(order, now)
        commands = machine.start(now)
        placed = False
        while True:
            command = commands[0]
            if isinstance(command, Try):
                index = command.candidate
                entry = self.enter(order, command, now, placed=placed)
                placed = False
                if not isinstance(entry, Entry):
                    commands = machine.full(index, now) if entry is None else machine.refused(index, now)
                    continue
                result = await self.attempt(order, entry)
                now = self._services.clock.monotonic_s()
                if not isinstance(result, Failure):
                    return Delivery(result, entry)  # the machine could say nothing but Deliver
                commands = machine.failed(index, result, now)
                self.note_fallback(entry.candidate, result, commands)
            elif isinstance(command, Queue):
                place = await self.queue(order, command)
                now = self._services.clock.monotonic_s()
                placed = place is not None
                commands = machine.unplaced(now) if place is None else machine.placed(place, now)
            elif isinstance(command, Wake):
                await asyncio.sleep(max(0.0, command.at - now))
                now = self._services.clock.monotonic_s()
                commands = machine.woke(max(now, command.at))
            else:
                raise self.given_up(order, command, now)

    # What the race performs as well.

    def machine(self, order: Order, now: float, hedge_after_s: float | None = None) -> Machine:
        """The machine for an order."""
        candidates = order.plan.candidates
        limits = candidates[0].model.limits
        if order.attempts != limits.attempts:
            limits = limits.reduced(order.attempts)
        return Machine(
            [each.facts for each in candidates],
            limits,
            self._services.rng.random,
            deadline_at=now + order.asked.until - self._services.loop_time(),
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
        entry = Entry(candidate, health, now, _role(order, command))
        self.books.began(entry)
        return entry

    async def attempt(self, order: Order, entry: Entry) -> Live | Whole | Failure:
        """Call the candidate and write down what came of it."""
        asked = order.asked
        provider, spec = entry.health.provider, entry.candidate.deployment
        whole_until = asked.until
        if len(order.plan.candidates) > 1:
            # An answer that is not streamed shows no sign of life before its end. Half of the time that is left is the
            # most that a silent provider may take from those who could still answer.
            loop_time = self._services.loop_time()
            whole_until = loop_time + (asked.until - loop_time) / 2
        resident = provider.resident
        loading = provider.state is _LOADING or (resident is not None and spec.upstream_model not in resident)
        result: Live | Whole | Failure | None = None
        try:
            result = await self.attempter.run(entry.candidate, asked, provider, Limits(whole_until, loading))
        finally:
            self.books.note(entry, result, order.trail, order.arrived_s)
        return result

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
        now = self._services.clock.monotonic_s()
        try:
            await asyncio.wait((got,), timeout=max(0.0, command.until - now))
        except asyncio.CancelledError:
            if got.done():  # the place came while the caller left
                board.provider(order.plan.candidates[got.result()].deployment.provider).places.give_back()
            raise
        finally:
            waiter.leave()
        return got.result() if got.done() else None

    def note_fallback(self, candidate: Candidate, failure: Failure, commands: tuple[Command, ...]) -> None:
        """After a failure: count it as a reason for a fallback if somebody else is asked."""
        if commands and isinstance(commands[0], Try) and not commands[0].again:
            self.books.note_fallback(candidate, failure)

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
    if order.continues:
        return AttemptRole.CONTINUATION
    if command.hedge:
        return AttemptRole.HEDGE
    if command.again:
        return AttemptRole.RETRY
    return AttemptRole.FALLBACK if order.trail.attempts else AttemptRole.FIRST
