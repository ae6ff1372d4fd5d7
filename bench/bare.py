"""`sixnines serve` without the attempt machine: the first candidate is called, and nothing is kept of how it went.

Only for `overhead.py --bare`, to tell what the machine, its books and the health of providers cost. Never for use: the
first failure of an engine is the caller's.
"""

import sys

from sixnines.__main__ import main
from sixnines.domain.failure import Failure
from sixnines.domain.trail import Attempt, AttemptRole
from sixnines.engine import pipeline
from sixnines.engine.attempt import Limits
from sixnines.engine.books import Entry
from sixnines.engine.driver import Delivery, Driver, Order
from sixnines.errors import AllAttemptsFailed


class BareDriver(Driver):
    """One call, whatever comes of it."""

    async def deliver(self, order: Order) -> Delivery:
        candidate = order.plan.candidates[0]
        spec = candidate.deployment
        health = self._services.board.deployment(spec)
        result = await self.attempter.run(candidate, order.asked, health.provider, Limits(order.asked.until, False))
        if isinstance(result, Failure):
            raise AllAttemptsFailed(result)
        order.trail.attempts.append(Attempt(spec.id, spec.provider.name, None, 0.0))  # the answer's head names it
        return Delivery(result, Entry(candidate, health, 0.0, AttemptRole.FIRST))


if __name__ == "__main__":
    pipeline.Driver = BareDriver
    sys.exit(main())
