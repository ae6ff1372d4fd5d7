"""`sixnines serve` without the attempt machine: the first candidate is called, and nothing is kept of how it went.

Only for `make bench-machine`, to tell what the machine, its books and the health of providers cost. Never for use: the
first failure of an engine is the caller's.
"""

import sys

from sixnines.__main__ import main
from sixnines.dialects.codec import Whole
from sixnines.domain.attempt import Attempt, AttemptRole
from sixnines.domain.failure import Failure
from sixnines.domain.trail import Trail
from sixnines.engine import driver, pipeline
from sixnines.engine.books import Books
from sixnines.engine.driver import Driver
from sixnines.engine.order import Delivery, Entry, Live, Order
from sixnines.errors import AllAttemptsFailed


class BareDriver(Driver):
    """One call, whatever comes of it."""

    async def deliver(self, order: Order) -> Delivery:
        candidate = order.plan.candidates[0]
        health = self._services.board.deployment(candidate.deployment)
        entry = Entry(candidate, health, 0.0, AttemptRole.FIRST)
        result = await self.attempter.run(order, entry)
        if isinstance(result, Failure):
            raise AllAttemptsFailed(result)
        return Delivery(result, entry)


class BareBooks(Books):
    """What the answer's head needs, and no more."""

    def note(self, entry: Entry, result: Live | Whole | Failure | None, trail: Trail, arrived_s: float) -> None:
        del result, arrived_s
        spec = entry.candidate.deployment
        trail.attempts.append(Attempt(spec.id, spec.provider.name, None, 0.0))


if __name__ == "__main__":
    pipeline.Driver = BareDriver
    driver.Books = BareBooks
    sys.exit(main())
