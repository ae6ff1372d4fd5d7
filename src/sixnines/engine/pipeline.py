"""One request, in the order the files are read: plan, attempt, deliver, account.

This is the table of contents of the engine. Admission happens before (`server/app.py`), wire formats elsewhere
(`dialects/`); no rule about failover lives here (`machine.py`).
"""

import msgspec

from sixnines.config.snapshot import Expose, ModelSpec, RouteSpec
from sixnines.dialects.call import Call
from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.domain.trail import Trail
from sixnines.engine.attempt import TAIL_S, Asked, Live, finish_reading
from sixnines.engine.driver import Delivery, Driver
from sixnines.engine.interface import Sink, Voice
from sixnines.engine.services import Generation, Services
from sixnines.engine.stream import StreamPatience, pass_on
from sixnines.errors import AllAttemptsFailed
from sixnines.routing.planner import Needs, Plan
from sixnines.telemetry.metrics import DURATION, FIRST_CONTENT, REQUESTS, TOKENS
from sixnines.transport.interface import Exchange, Phase

_OK = 200
_TRAIL = Expose.TRAIL
_JSON = (b"content-type", b"application/json")
# No proxy in between may hold a stream back or keep it (X-Accel-Buffering: nginx, proxy_buffering).
_STREAM_HEADERS = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))
_ID_PREFIXES = {Operation.CHAT: "chatcmpl-", Operation.COMPLETION: "cmpl-", Operation.EMBEDDING: "embd-"}
_BROKEN = "The provider failed while it was answering; what came before this is not the whole answer."
_ENDING = "The gateway was shut down while this answer was being given; what came before this is not the whole answer."
# A place comes free when a request ends; a second is a guess in the range of short answers.
_BUSY_RETRY_S = 1.0


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Where the answer goes and how errors inside a stream are said."""

    sink: Sink
    voice: Voice


class Ticket(msgspec.Struct):
    """One request on its way.

    Attributes:
        id: the request id, told to the caller on every answer.
        generation: the config that it keeps to its end.
        arrived_s: monotonic seconds.
        via: the gateways that it came through, as a header value; b"" if it came straight from a caller.
        trail: filled in as things happen; read by the error table.
        model: the model that answers, once one does.
        extra_headers: for every answer (CORS).
        operation, asked, streamed: what is asked for; None, "" and False until it is known.
        status, error: of the error answer, if it was one; set where that is sent.
        outcome: how a call ended, in the word that `REQUESTS` counts; "" if it was refused before it was planned.
        first_content_s, ended_s: monotonic seconds of a stream's first content and of the answer's end, 0.0 before.
        usage: as the provider reported it.
    """

    id: str
    generation: Generation
    arrived_s: float
    via: bytes
    trail: Trail
    model: str = ""
    extra_headers: list[tuple[bytes, bytes]] = []
    operation: Operation | None = None
    asked: str = ""
    streamed: bool = False
    status: int = 0
    error: str | None = None
    outcome: str = ""
    first_content_s: float = 0.0
    ended_s: float = 0.0
    usage: Usage | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The answer headers of DESIGN section 6, as far as they are known."""
        request_id = self.id.encode()
        headers = [(b"x-request-id", request_id), (b"x-sixnines-request-id", request_id), *self.extra_headers]
        if self.model:
            headers.append((b"x-sixnines-model", self.model.encode()))
        attempts = self.trail.attempts
        if not attempts:
            return headers
        headers.append((b"x-sixnines-attempts", b"%d" % len(attempts)))
        if self.generation.snapshot.server.expose is _TRAIL:
            headers.append((b"x-sixnines-provider", attempts[-1].provider.encode()))
        first = attempts[0].failure
        if first is not None and len(attempts) > 1:
            headers.append((b"x-sixnines-fallback", first.kind.value.encode()))
        return headers


class Pipeline:
    """Serves calls of models."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._driver = Driver(services)
        self._via = b"%b\r\n\r\n" % services.instance.encode()
        self._via_line = b"\r\nx-sixnines-via: " + self._via
        self._live: set[Exchange] = set()
        self._ending = False

    def end_streams(self) -> None:
        """The gateway stops: every stream that is under way ends now, with an error event."""
        self._ending = True
        now = self._services.loop_time()
        for exchange in self._live:
            exchange.expire_at(now, Phase.BODY)

    async def serve(self, call: Call, ticket: Ticket, caller: Caller) -> None:
        """Answer one call.

        Raises:
            UnknownModel: the name means nothing.
            AllAttemptsFailed: no candidate answered, and nothing has been sent to the caller.
        """
        target = ticket.generation.snapshot.require(call.model)
        outcome = "client_gone"
        try:
            plan = self._plan(call, ticket, target)
            asked = self._asked(call, ticket, plan)
            delivery = await self._driver.deliver(plan, asked, ticket.trail, plan.candidates[0].model.attempts)
            ticket.model = delivery.candidate.model.name
            if isinstance(delivery.answer, Live):
                outcome = await self._stream(delivery, delivery.answer, ticket, caller=caller, until=asked.until)
            else:
                caller.sink.send(_OK, [_JSON, *ticket.headers()], delivery.answer.body)
                ticket.usage = delivery.answer.usage
                self._count_tokens(delivery, delivery.answer.usage)
                outcome = "ok"
        except AllAttemptsFailed as error:
            outcome = error.failure.kind.value
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

    def _asked(self, call: Call, ticket: Ticket, plan: Plan) -> Asked:
        model = plan.candidates[0].model
        head = call.head(_ID_PREFIXES[call.operation] + ticket.id, int(self._services.clock.unix_s()))
        return Asked(
            call=call,
            head=head,
            until=self._services.loop_time() + model.timeouts.total_s,
            extra_headers=b"\r\nx-sixnines-via: %b, %b" % (ticket.via, self._via) if ticket.via else self._via_line,
            stream_failure=model.stream_failure,
        )

    async def _stream(self, delivery: Delivery, live: Live, ticket: Ticket, *, caller: Caller, until: float) -> str:
        """Pass a stream on; returns how it went, in one word."""
        deployment = delivery.candidate.deployment
        failure: Failure | None = None
        complete = False
        self._live.add(live.exchange)
        try:
            clock = self._services.clock
            labels = (delivery.candidate.model.name, deployment.provider.name)
            ticket.first_content_s = clock.monotonic_s()
            self._services.metrics.observe(FIRST_CONTENT, labels, ticket.first_content_s - ticket.arrived_s)
            content_type = (b"content-type", caller.voice.stream_content_type)
            caller.sink.start(_OK, [content_type, *_STREAM_HEADERS, *ticket.headers()])
            kind = self._services.kinds[deployment.provider.kind.name]
            patience = StreamPatience(deployment.provider.timeouts.idle_s, until, self._services.loop_time)
            failure = await pass_on(live, caller.sink, kind, patience)
            complete = failure is None
            if failure is not None:
                await caller.sink.write(self._last_words(failure, caller.voice))
            caller.sink.end()
        finally:
            self._live.discard(live.exchange)
            ticket.ended_s, ticket.usage = self._services.clock.monotonic_s(), live.relay.usage
            self._driver.note_end(deployment, failure, complete=complete)
            self._count_tokens(delivery, live.relay.usage)
            if not complete:
                live.exchange.abort()
        await finish_reading(live.exchange, self._services.loop_time() + TAIL_S)
        return "ok" if failure is None else f"broken_{failure.kind}"

    def _last_words(self, failure: Failure, voice: Voice) -> bytes:
        """The end of a stream that broke after the commit point."""
        if self._ending:
            return voice.stream_error(_ENDING, "server_error", "draining")
        text = failure.message if failure.rule.caller_may_see else _BROKEN
        return voice.stream_error(text, "upstream_error", failure.code or failure.kind.value)

    def _count_tokens(self, delivery: Delivery, usage: Usage | None) -> None:
        if usage is None:
            return
        metrics, candidate = self._services.metrics, delivery.candidate
        model, provider = candidate.model.name, candidate.deployment.provider.name
        if usage.prompt_tokens:
            metrics.count(TOKENS, (model, provider, "prompt"), usage.prompt_tokens)
        if usage.completion_tokens:
            metrics.count(TOKENS, (model, provider, "completion"), usage.completion_tokens)


def _nothing_to_try(plan: Plan, needs: Needs) -> AllAttemptsFailed:
    """Every candidate was passed over: say the reason that the caller can do most about."""
    reasons = [each.reason for each in plan.skipped]
    if any("max_in_flight" in reason for reason in reasons):
        busy = Failure(FailureKind.CAPACITY, "Every provider of this model serves as many requests as it may.")
        return AllAttemptsFailed(busy, retry_after_s=_BUSY_RETRY_S)
    if any("context window" in reason for reason in reasons):
        text = f"This request needs at least {needs.tokens_floor} tokens, more than the model's context window holds."
        return AllAttemptsFailed(Failure(FailureKind.CONTEXT, text, param="messages"))
    return AllAttemptsFailed(
        Failure(FailureKind.CALLER, f"No provider of this model serves {needs.operation}s.", param="model")
    )
