"""One request, in the order the files are read: plan, attempt, deliver, account.

This is the table of contents of the engine. Admission happens before (`server/app.py`), wire formats elsewhere
(`dialects/`); no rule about failover lives here (`machine.py`).
"""

import asyncio
from typing import Final

from sixnines.config.snapshot import HedgeSettings, ModelSpec, RouteSpec, StreamFailure
from sixnines.dialects.call import Call
from sixnines.dialects.codec import Whole
from sixnines.dialects.continuation import continuable
from sixnines.dialects.said import Said
from sixnines.domain.operation import Operation
from sixnines.engine.driver import Driver
from sixnines.engine.interface import Sink
from sixnines.engine.no_candidate import kept_local, local_ones_failed, nothing_to_try
from sixnines.engine.order import Asked, Delivery, Live, Order
from sixnines.engine.page import Page
from sixnines.engine.race import Race
from sixnines.engine.recorder import Recorder
from sixnines.engine.services import Services
from sixnines.engine.streamed import Streams
from sixnines.engine.ticket import Caller, Ticket
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.ask import Ask
from sixnines.routing.candidate import Candidate, Plan
from sixnines.telemetry.metrics import DURATION, OVERHEAD, REQUESTS

_OK: Final = 200
_CONTINUE: Final = StreamFailure.CONTINUE
_ID_PREFIXES: Final = {Operation.CHAT: "chatcmpl-", Operation.COMPLETION: "cmpl-", Operation.EMBEDDING: "embd-"}


class Pipeline:
    """Serves calls of models.

    Attributes:
        recorder: writes decisions down, where config wants that; may change at any time.
    """

    def __init__(self, services: Services) -> None:
        self.recorder: Recorder | None = None
        self._services = services
        self._monotonic_s, self._unix_s = services.clock.monotonic_s, services.clock.unix_s
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
        target = ticket.target = ticket.generation.snapshot.require(call.model)
        if target.__class__ is RouteSpec:
            ticket.trail.route = target.name
        ask = Ask(call.operation, call.tokens_floor(), ticket.wishes, call, ticket.priority)
        plan: Plan | None = None
        outcome = "bug"
        try:
            plan = self._plan(ask, ticket, target)
            if not plan.candidates:
                raise nothing_to_try(plan, ask)
            order = self._order(call, ticket, plan)
            model = plan.candidates[0].model
            hedge = model.hedge
            delivery = await (self._driver.deliver(order) if hedge is None else self._hedged(order, model.name, hedge))
            answering = delivery.entry.candidate
            _note_answering(answering, plan, ticket)
            answer = delivery.answer
            if isinstance(answer, Live):
                outcome = await self._streams.pass_on(delivery, answer, order, ticket=ticket, caller=caller)
            else:
                page = self._driver.books.page(answering, target, call.operation)
                self._give(answer, answering, page, ticket=ticket, sink=caller.sink)
                outcome = "ok"
        except AllAttemptsFailed as error:
            outcome = error.failure.kind.value
            if kept_local(ticket.trail.skipped):
                raise local_ones_failed(error) from None
            raise
        except (asyncio.CancelledError, ConnectionError):
            outcome = "client_gone"
            raise
        finally:
            ticket.outcome = outcome
            self._account(target.name, ask, plan, ticket)

    def _account(self, name: str, ask: Ask, plan: Plan | None, ticket: Ticket) -> None:
        """The request is over, whatever came of it."""
        metrics, operation = self._services.metrics, ask.operation
        ticket.ended_s = ticket.ended_s or self._monotonic_s()
        answering = ticket.answering
        served, provider = ("", "") if answering is None else (answering.model.name, answering.deployment.provider.name)
        took_s = ticket.ended_s - ticket.arrived_s
        if ticket.page is None:
            metrics.count(REQUESTS, (name, served, provider, operation, ticket.outcome))
            metrics.observe_of(DURATION, (name, operation), took_s, ticket.id)
        else:
            ticket.page.answers.note(took_s, ticket.id)
        overhead_s = (ticket.first_content_s or ticket.ended_s) - ticket.arrived_s
        for attempt in ticket.trail.attempts:
            overhead_s -= attempt.milliseconds / 1000
        if overhead_s >= 0:  # not where attempts ran at the same time, or after the first content
            metrics.observe_of(OVERHEAD, (operation,), overhead_s, ticket.id)
        if plan is None:
            return
        if plan.turn is not None:
            plan.turn.settle(None)  # unless somebody has answered
        if self.recorder is not None:
            self.recorder.note(name, ask, plan, ticket)

    def _give(self, answer: Whole, answering: Candidate, page: Page, *, ticket: Ticket, sink: Sink) -> None:
        """A whole answer to the caller, and onto its page."""
        ticket.usage, ticket.body, ticket.reasons = answer.usage, answer.body, answer.reasons
        self._driver.books.charge_page(page, answering, answer.usage, ticket.trail)
        sink.send(_OK, ticket.json_headers(page), answer.body)
        ticket.page = page

    def _plan(self, ask: Ask, ticket: Ticket, target: ModelSpec | RouteSpec) -> Plan:
        plan = ticket.generation.planner.plan(target, ask, ticket.arrived_s)
        ticket.trail.skipped = plan.skipped
        teacher = ticket.generation.teacher
        if teacher is not None:
            ticket.lessons = teacher.lessons(target, ask)
        return plan

    def _order(self, call: Call, ticket: Ticket, plan: Plan) -> Order:
        model = plan.candidates[0].model
        head = call.head(_ID_PREFIXES[call.operation] + ticket.id, int(self._unix_s()))
        asked = Asked(
            call=call,
            head=head,
            until=self._services.loop_time() + model.timeouts.total_s,
            extra_headers=b"\r\nx-sixnines-via: %b, %b" % (ticket.via, self._via) if ticket.via else self._via_line,
            stream_failure=model.stream_failure,
            min_tokens_per_s=model.min_tokens_per_s,
            said=Said() if model.stream_failure is _CONTINUE and continuable(call) else None,
            trace=ticket.trace,
        )
        return Order(
            plan,
            asked,
            ticket.trail,
            ticket.arrived_s,
            ticket.priority,
            1 if ticket.wishes.pin else model.limits.attempts,
            lessons=ticket.lessons,
            pinned=ticket.wishes.pin is not None,
        )

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
        entry.health.latency.note(self._monotonic_s() - entry.began_s)
        return delivery


def _note_answering(candidate: Candidate, plan: Plan, ticket: Ticket) -> None:
    """It is settled who answers."""
    ticket.answering = candidate
    ticket.model = candidate.model.name
    if plan.turn is not None:
        plan.turn.settle(candidate.deployment.provider.name)
    if ticket.lessons is not None:
        ticket.lessons.answers(candidate)
