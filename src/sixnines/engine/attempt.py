"""One attempt: one call of one candidate, up to its first content or its failure.

Turns everything that can go wrong into a `Failure`; raises nothing but cancellation. Never decides what comes next.
"""

from collections.abc import Awaitable
from typing import Final

from sixnines.config.snapshot import DeploymentSpec, StreamFailure
from sixnines.dialects.codec import Codec, Collector, Relay, Telling, Whole
from sixnines.dialects.continuation import continued
from sixnines.dialects.neutral import Usage
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.engine.books import Books
from sixnines.engine.judging import cut_short, stream_failure, transport_failure, unquoted
from sixnines.engine.order import Asked, Entry, Live, Order
from sixnines.engine.pace import Pace
from sixnines.engine.services import Services
from sixnines.engine.truncation import truncated
from sixnines.errors import MalformedRequest
from sixnines.health.deployment import ProviderHealth
from sixnines.health.state import HealthState
from sixnines.providers.interface import BadAnswer, Kind
from sixnines.transport.interface import Exchange, Patience, Phase, TransportError

_OK: Final = 200
# Looked up once: on Python 3.11 that takes as long as a call.
_BODY: Final = Phase.BODY
_FIRST_TOKEN: Final = Phase.FIRST_TOKEN
_EMBEDDING: Final = Operation.EMBEDDING
_LOADING: Final = HealthState.LOADING
# An error answer longer than this says nothing more; an answer longer than the other is no LLM's.
_MAX_ERROR_BODY: Final = 256 * 1024
_MAX_ANSWER_BODY: Final = 64 * 1024 * 1024
# An engine that has sent an error status owes its body soon.
_ERROR_BODY_S: Final = 5.0
# After its terminator a stream owes nothing but the end of the HTTP body.
TAIL_S: Final = 1.0
_TAIL_READS: Final = 4


class Attempter:
    """Makes attempts."""

    def __init__(self, services: Services, books: Books) -> None:
        self._services = services
        self._books = books
        self._transport = services.transport
        self._detours = services.detours

    async def run(self, order: Order, entry: Entry) -> Live | Whole | Failure:
        """Call the candidate of `entry` and write down what came of it.

        Returns:
            Its first content (`Live`), its whole answer, or why there is neither. `Live` is still one of its
            provider's streams, and holds its place there.
        """
        asked, deployment = order.asked, entry.candidate.deployment
        kind = self._services.kinds[deployment.provider.kind.name]
        call = asked.call
        codec = self._services.codecs[call.dialect, kind.info.dialect, call.operation]
        streams = call.stream or (kind.info.always_stream and call.operation is not _EMBEDDING)
        health = entry.health.provider
        now = self._services.loop_time()
        exchange: Exchange | None = None
        result: Live | Whole | Failure | None = None
        if streams:
            health.opened_stream(now)
        try:
            body = _request_body(codec, kind, deployment, asked, streams=streams)
            wait_s = _first_token_s(deployment, health) if streams else _whole_s(order, now)
            exchange = await self._send(entry, asked, body, now=now, owed_at=min(asked.until, now + wait_s))
            if exchange.status != _OK:
                result = _unquoted(await self._refused(exchange, kind), deployment)
            elif streams:
                pace = Pace(deployment, health, wait_s)
                result = _unquoted(await self._first_content(exchange, codec, order, entry, pace=pace), deployment)
            else:
                exchange.expire_at(now + wait_s, _FIRST_TOKEN)  # before its end it says nothing
                whole = codec.answer(await exchange.read_all(_MAX_ANSWER_BODY), asked.head)
                fault = whole.fault
                result = (
                    self._settled(whole, kind, order, entry)
                    if fault is None
                    else _unquoted(
                        self._charged(stream_failure(fault, exchange, kind), whole.usage, order, entry), deployment
                    )
                )
            # From in here: behind the `finally` mypyc takes it for one that is never None there (ADR 0015).
            return result  # noqa: TRY300
        except MalformedRequest as error:
            result = Failure(FailureKind.CALLER, error.message, param=error.param, elsewhere=True)
            return result
        except TransportError as error:
            starved = error.timed_out and asked.until - now < deployment.provider.timeouts.first_token_s
            result = transport_failure(error, starved=starved)
            return result
        finally:
            if not isinstance(result, Live):
                if streams:
                    health.streams -= 1
                if exchange is not None:
                    exchange.abort()
            self._books.note(entry, result, order.trail, order.arrived_s)

    def _send(self, entry: Entry, asked: Asked, body: bytes, *, now: float, owed_at: float) -> Awaitable[Exchange]:
        """Ask; an engine that streams owes its head within the first-token time, another one with the whole answer."""
        provider, trace = entry.candidate.deployment.provider, asked.trace
        extra = asked.extra_headers
        if trace is not None:
            extra = (trace.line if entry.span == trace.first else trace.lines(entry.span)) + extra
        head = b"%b%d%b" % (provider.post_heads[asked.call.operation], len(body), extra)
        patience = Patience(min(provider.timeouts.connect_s, asked.until - now), owed_at)
        transport = self._transport
        if self._detours:  # somebody is broken on purpose
            transport = self._detours.get(provider.name, transport)
        return transport.send(provider.origin, head, body, patience)

    async def _refused(self, exchange: Exchange, kind: Kind) -> Failure:
        """An answer that is not a 200."""
        exchange.expire_at(self._services.loop_time() + _ERROR_BODY_S, Phase.BODY)
        try:
            body = await exchange.read_all(_MAX_ERROR_BODY)
        except TransportError:
            body = b""  # the status alone must do
        now = self._services.clock.unix_s()
        return kind.classify(BadAnswer(exchange.status, exchange.headers, body, now_unix_s=now))

    async def _first_content(
        self, exchange: Exchange, codec: Codec, order: Order, entry: Entry, *, pace: Pace
    ) -> Live | Whole | Failure:
        """Read a stream up to its commit point, or to its end where the caller must not see half an answer."""
        asked, loop_time = order.asked, self._services.loop_time
        kind = self._services.kinds[entry.candidate.deployment.provider.kind.name]
        collector: Collector | None = None if asked.call.stream else codec.collector(asked.head)
        relay: Relay | None = collector
        telling: Telling | None = None
        if relay is None and asked.said is not None:
            relay = telling = codec.telling(asked.head, asked.said, kind.info.continuing(asked.call.operation))
        elif relay is None:
            relay = codec.relay(asked.head)
        commits = collector is None and asked.stream_failure is not StreamFailure.BUFFER
        held: list[bytes] = []
        progress = 0
        exchange.expire_at(min(asked.until, loop_time() + pace.first_token_s), _FIRST_TOKEN)
        while True:
            try:
                data = await exchange.read()
            except TransportError as error:
                return self._charged(pace.failure(error), relay.usage, order, entry)
            held.append(relay.feed(data) if data else relay.end())
            if relay.fault is not None:
                return self._charged(stream_failure(relay.fault, exchange, kind), relay.usage, order, entry)
            if relay.complete or (commits and relay.ready):
                break
            if not data:
                return self._charged(cut_short(relay, exchange, kind), relay.usage, order, entry)
            if relay.progress != progress:
                progress = relay.progress
                due = pace.next_due(loop_time(), progress, asked.min_tokens_per_s)
                exchange.expire_at(min(asked.until, due), Phase.BODY)
        if collector is not None:
            await finish_reading(exchange, loop_time() + TAIL_S)
            return self._settled(collector.whole(), kind, order, entry)
        live = Live(exchange, relay, b"".join(held), telling)
        return self._settled(live, kind, order, entry) if relay.complete else live

    def _settled(self, answer: Live | Whole, kind: Kind, order: Order, entry: Entry) -> Live | Whole | Failure:
        """A complete answer of which the caller has seen nothing yet, unless the engine has not read the whole prompt.

        It is paid for in any case.
        """
        if not kind.info.may_truncate:
            return answer
        usage = answer.relay.usage if isinstance(answer, Live) else answer.usage
        failure = truncated(order.asked.call, usage)
        if failure is None:
            return answer
        self._books.charge(entry.candidate, usage, order.trail)
        return failure

    def _charged(self, failure: Failure, usage: Usage | None, order: Order, entry: Entry) -> Failure:
        """The same. What a provider says that it took is paid for, though nobody gets the answer."""
        if usage is not None:
            self._books.charge_part(entry.candidate, usage, order.trail)
        return failure


def _first_token_s(deployment: DeploymentSpec, health: ProviderHealth) -> float:
    """Seconds that the first content may take: more while the engine loads its model, or has it not in its memory."""
    timeouts, resident = deployment.provider.timeouts, health.resident
    if health.state is _LOADING or (resident is not None and deployment.upstream_model not in resident):
        return max(timeouts.first_token_s, timeouts.loading_s)
    return timeouts.first_token_s


def _whole_s(order: Order, now: float) -> float:
    """Seconds that an answer may take that shows no sign of life before its end.

    Half of the time that is left is the most that a silent provider may take from those who could still answer.
    """
    left_s = order.asked.until - now
    return left_s / 2 if len(order.plan.candidates) > 1 else left_s


def _unquoted(result: Live | Whole | Failure, deployment: DeploymentSpec) -> Live | Whole | Failure:
    """The same, and where it is a failure without the provider's key in its words."""
    return unquoted(result, deployment.provider.credential) if isinstance(result, Failure) else result


def _request_body(codec: Codec, kind: Kind, deployment: DeploymentSpec, asked: Asked, *, streams: bool) -> bytes:
    call, said = asked.call, asked.said
    resumes = said is not None and said.begun
    if said is not None and resumes:
        call = continued(call, said, kind.info.continuing(call.operation))
    body = codec.request(call, deployment.upstream_model, stream=streams, context_window=deployment.context_window)
    for adapt in (kind.adapt.get(call.operation), kind.adapt_continued.get(call.operation) if resumes else None):
        if adapt is not None:
            body = adapt(body)
    return body


async def finish_reading(exchange: Exchange, until: float) -> None:
    """Read what follows the terminator (the last HTTP chunk), so that the connection can serve again."""
    exchange.expire_at(until, Phase.BODY)
    try:
        for _ in range(_TAIL_READS):
            if not await exchange.read():
                return
    except TransportError:
        pass
    finally:
        exchange.abort()
