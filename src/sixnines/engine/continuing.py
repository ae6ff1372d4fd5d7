"""`stream_failure: continue`: the rest of an answer that broke off, from somebody who can go on in the middle.

Never asks the one that has just broken off unless another one has been asked since, and never goes on with anything
but plain text: then the answer ends with an error event. Those that have failed for this request before are asked where
nobody else is left: they may be well again, and there is nothing to lose.
"""

from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Again, Failure, FailureKind
from sixnines.domain.kind import Continues
from sixnines.engine.driver import Driver
from sixnines.engine.order import Entry, Live, Order
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.candidate import Candidate, Plan


class Continuing:
    """Finds the rest of answers."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def closing(self, live: Live, failure: Failure) -> bytes:
        """What ends an answer of which only the terminator is missing, where it was cut; else b""."""
        return b"" if live.telling is None or failure.kind is not FailureKind.TRUNCATED else live.telling.closing()

    async def rest(self, order: Order, live: Live, broke: Entry) -> tuple[Order, Live, Entry] | None:
        """Somebody who goes on where `live` broke off, and what it was asked; None if nobody can.

        Args:
            order: the request, as it was at first.
            live: what has come.
            broke: who was answering.
        """
        telling = live.telling
        if telling is None or not telling.said.plain or not telling.said.text:
            return None
        candidates = _who_can_go_on(order, broke.candidate.deployment.id)
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


def _who_can_go_on(order: Order, broke: str) -> tuple[Candidate, ...]:
    """All that go on where a text ends: those that have not been asked yet, then those that may be asked again.

    Last the one that broke; nobody where there is no other one.
    """
    asked = {each.deployment: each.failure for each in order.trail.attempts}
    fresh: list[Candidate] = []
    again: list[Candidate] = []
    last: list[Candidate] = []
    for candidate in order.plan.candidates:
        deployment = candidate.deployment
        if deployment.provider.kind.continuing(order.asked.call.operation) is Continues.NOWHERE:
            continue
        if deployment.id not in asked:
            fresh.append(candidate)
        elif _may_be_asked_again(asked[deployment.id]):
            (last if deployment.id == broke else again).append(candidate)
    return (*fresh, *again, *last) if fresh or again else ()


def _may_be_asked_again(failure: Failure | None) -> bool:
    """By what came of it: nothing, where another one was quicker."""
    return failure is None or failure.rule.again is not Again.NEVER
