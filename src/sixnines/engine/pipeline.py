"""One request, in the order the files are read: plan, attempt, deliver, account.

This is the table of contents of the engine. Admission happens before (`server/app.py`), wire formats elsewhere
(`dialects/`); no rule about failover lives here (`machine.py`).
"""

import asyncio
from typing import Final

from sixnines.config.snapshot import HedgeSettings, ModelSpec, RouteSpec, StreamFailure
from sixnines.dialects.call import Call
from sixnines.dialects.continuation import continuable
from sixnines.dialects.said import Said
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.engine.driver import Driver
from sixnines.engine.order import Asked, Delivery, Live, Order
from sixnines.engine.race import Race
from sixnines.engine.services import Services
from sixnines.engine.streamed import Streams
from sixnines.engine.ticket import Caller, Ticket
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.planner import Needs, Plan
from sixnines.telemetry.metrics import DURATION, REQUESTS

_OK: Final = 200
_CONTINUE: Final = StreamFailure.CONTINUE
_ID_PREFIXES: Final = {Operation.CHAT: "chatcmpl-", Operation.COMPLETION: "cmpl-", Operation.EMBEDDING: "embd-"}


class Pipeline:
    """Serves calls of models."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._driver = Driver(services)
        self._streams = Streams(services, self._driver)
        self._via = b"%b\r\n\r\n" % services.instance.encode()
        self._via_line = b"\r\nx-sixnines-via: " + self._via

    def end_streams(self) -> None:
        """The gateway stops: every stream that is under way ends now, with an error event."""
        self._streams.end_all()

    async def serve(self, call: Call, ticket: Ticket, caller: Caller) -> None:
        """Answer one call.

        Raises:
            UnknownModel: the name means nothing.
            AllAttemptsFailed: no candidate answered, and nothing has been sent to the caller.
        """
        ticket.asked, ticket.streamed = call.model, call.stream
        target = ticket.generation.snapshot.require(call.model)
        outcome = "bug"
        try:
            plan = self._plan(call, ticket, target)
            order = self._order(call, ticket, plan)
            model = plan.candidates[0].model
            hedge = model.hedge
            delivery = await (self._driver.deliver(order) if hedge is None else self._hedged(order, model.name, hedge))
            ticket.model = delivery.entry.candidate.model.name
            answer = delivery.answer
            if isinstance(answer, Live):
                outcome = await self._streams.pass_on(delivery, answer, order, ticket=ticket, caller=caller)
            else:
                ticket.usage = answer.usage
                caller.sink.send(_OK, ticket.json_headers(), answer.body)
                self._driver.books.count_tokens(delivery.entry.candidate, answer.usage)
                outcome = "ok"
        except AllAttemptsFailed as error:
            outcome = error.failure.kind.value
            raise
        except (asyncio.CancelledError, ConnectionError):
            outcome = "client_gone"
            raise
        finally:
            metrics, operation = self._services.metrics, call.operation
            ticket.outcome = outcome
            ticket.ended_s = ticket.ended_s or self._services.clock.monotonic_s()
            metrics.count(REQUESTS, (target.name, operation, outcome))
            metrics.observe(DURATION, (target.name, operation), ticket.ended_s - ticket.arrived_s)

    def _plan(self, call: Call, ticket: Ticket, target: ModelSpec | RouteSpec) -> Plan:
        needs = Needs(call.operation, call.tokens_floor())
        plan = ticket.generation.planner.plan(target, needs, ticket.arrived_s)
        ticket.trail.skipped = plan.skipped
        if not plan.candidates:
            raise _nothing_to_try(plan, needs)
        return plan

    def _order(self, call: Call, ticket: Ticket, plan: Plan) -> Order:
        model = plan.candidates[0].model
        head = call.head(_ID_PREFIXES[call.operation] + ticket.id, int(self._services.clock.unix_s()))
        asked = Asked(
            call=call,
            head=head,
            until=self._services.loop_time() + model.timeouts.total_s,
            extra_headers=b"\r\nx-sixnines-via: %b, %b" % (ticket.via, self._via) if ticket.via else self._via_line,
            stream_failure=model.stream_failure,
            min_tokens_per_s=model.min_tokens_per_s,
            said=Said() if model.stream_failure is _CONTINUE and continuable(call) else None,
        )
        return Order(plan, asked, ticket.trail, ticket.arrived_s, ticket.priority, model.limits.attempts)

    async def _hedged(self, order: Order, model: str, hedge: HedgeSettings) -> Delivery:
        """The first answer, from whoever gives it."""
        board = self._services.board
        board.hedges(model).earn()
        after_s = hedge.after_s
        if after_s is None:
            after_s = board.deployment(order.plan.candidates[0].deployment).latency.p95()
        if after_s is None or len(order.plan.candidates) == 1:
            delivery = await self._driver.deliver(order)
        else:
            delivery = await Race(self._services, self._driver, order, hedge_after_s=after_s).deliver()
        entry = delivery.entry
        entry.health.latency.note(self._services.clock.monotonic_s() - entry.began_s)
        return delivery


def _nothing_to_try(plan: Plan, needs: Needs) -> AllAttemptsFailed:
    """Every candidate was passed over: say the reason that the caller can do most about."""
    if any("context window" in each.reason for each in plan.skipped):
        text = f"This request needs at least {needs.tokens_floor} tokens, more than the model's context window holds."
        return AllAttemptsFailed(Failure(FailureKind.CONTEXT, text, param="messages"))
    return AllAttemptsFailed(
        Failure(FailureKind.CALLER, f"No provider of this model serves {needs.operation}s.", param="model")
    )
