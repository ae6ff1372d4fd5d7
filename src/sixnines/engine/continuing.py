"""`stream_failure: continue`: the rest of an answer that broke off, from somebody who can go on in the middle.

Never asks the one that broke, and never goes on with anything but plain text: then the answer ends with an error event.
"""

from sixnines.dialects.neutral import Usage
from sixnines.domain.kind import Continues
from sixnines.engine.driver import Driver
from sixnines.engine.order import Entry, Live, Order
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.candidate import Candidate, Plan


class Continuing:
    """Finds the rest of answers."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def rest(self, order: Order, live: Live) -> tuple[Order, Live, Entry] | None:
        """Somebody who goes on where `live` broke off, and what it was asked; None if nobody can."""
        telling = live.telling
        if telling is None or not telling.said.plain or not telling.said.text:
            return None
        candidates = tuple(each for each in order.plan.candidates if _can_go_on(each, order))
        attempts = order.plan.candidates[0].model.limits.attempts - len(order.trail.attempts)
        if not candidates or attempts < 1:
            return None
        order = order.going_on(Plan(candidates, ()), telling.said, attempts)
        try:
            delivery = await self._driver.deliver(order)
        except AllAttemptsFailed:
            return None  # the failure that broke the answer says more than those that could not mend it
        if not isinstance(delivery.answer, Live):
            raise TypeError("a stream was asked for")
        return order, delivery.answer, delivery.entry

    def usage(self, order: Order, live: Live) -> Usage | None:
        """What one provider's part of an answer took: as it said, or what it is known to have said at the least."""
        if live.relay.usage is not None or live.telling is None or order.asked.said is None:
            return live.relay.usage
        return Usage(completion_tokens=live.telling.said.tokens - order.asked.said.tokens)


def _can_go_on(candidate: Candidate, order: Order) -> bool:
    """It has not been asked for this request yet, and goes on where a text ends."""
    deployment = candidate.deployment
    if deployment.provider.kind.continuing(order.asked.call.operation) is Continues.NOWHERE:
        return False
    return all(each.deployment != deployment.id for each in order.trail.attempts)
