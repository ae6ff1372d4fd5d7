"""One attempt: one call of one candidate, up to its first content or its failure.

Turns everything that can go wrong into a `Failure`; raises nothing but cancellation. Never decides what comes next.
"""

from collections.abc import Awaitable

import msgspec

from sixnines.config.snapshot import DeploymentSpec, StreamFailure, Timeouts
from sixnines.dialects.call import Call
from sixnines.dialects.codec import Codec, Collector, Relay, Whole
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Operation
from sixnines.engine.services import Services
from sixnines.errors import MalformedRequest
from sixnines.providers.interface import BadAnswer, Kind
from sixnines.routing.planner import Candidate
from sixnines.transport.interface import Exchange, Patience, Phase, TransportError

_OK = 200
_BODY = Phase.BODY  # looked up once: on Python 3.11 that takes as long as a call
# An error answer longer than this says nothing more; an answer longer than the other is no LLM's.
_MAX_ERROR_BODY = 256 * 1024
_MAX_ANSWER_BODY = 64 * 1024 * 1024
# An engine that has sent an error status owes its body soon.
_ERROR_BODY_S = 5.0
# After its terminator a stream owes nothing but the end of the HTTP body.
TAIL_S = 1.0
_TAIL_READS = 4

_encode = msgspec.json.Encoder().encode


class Live(msgspec.Struct, frozen=True):
    """A stream whose first content has come.

    Attributes:
        exchange: where the rest comes from.
        relay: what has judged it so far.
        first: bytes for the caller so far.
    """

    exchange: Exchange
    relay: Relay
    first: bytes


class Asked(msgspec.Struct, frozen=True):
    """What every attempt of one request shares.

    Attributes:
        call: the caller's request.
        head: what the answer repeats.
        until: loop time of the request's deadline.
        extra_headers: the end of every upstream head: `x-sixnines-via` and the empty line.
        stream_failure: the model's mid-stream contract.
    """

    call: Call
    head: AnswerHead
    until: float
    extra_headers: bytes
    stream_failure: StreamFailure


class Attempter:
    """Makes attempts."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, candidate: Candidate, asked: Asked) -> Live | Whole | Failure:
        """Call the candidate. The result is its first content (`Live`), its whole answer, or why there is neither."""
        deployment = candidate.deployment
        kind = self._services.kinds[deployment.provider.kind.name]
        call = asked.call
        codec = self._services.codecs[call.dialect, kind.info.dialect, call.operation]
        streams = call.stream or (kind.info.always_stream and call.operation is not Operation.EMBEDDING)
        try:
            body = _request_body(codec, kind, deployment, asked, streams=streams)
        except MalformedRequest as error:
            return Failure(FailureKind.CALLER, error.message, param=error.param, elsewhere=True)
        exchange: Exchange | None = None
        result: Live | Whole | Failure | None = None
        try:
            exchange = await self._send(deployment, asked, body, streams=streams)
            if exchange.status != _OK:
                result = await self._refused(exchange, kind)
            elif streams:
                result = await self._first_content(exchange, kind, codec, asked, timeouts=deployment.provider.timeouts)
            else:
                exchange.expire_at(asked.until, _BODY)
                whole = codec.answer(await exchange.read_all(_MAX_ANSWER_BODY), asked.head)
                result = whole if whole.fault is None else stream_failure(whole.fault, exchange, kind)
        except TransportError as error:
            result = transport_failure(error)
        finally:
            if exchange is not None and not isinstance(result, Live):
                exchange.abort()
        return result

    def _send(self, deployment: DeploymentSpec, asked: Asked, body: bytes, *, streams: bool) -> Awaitable[Exchange]:
        provider = deployment.provider
        now = self._services.loop_time()
        # An engine that streams owes its head within the first-token time; one that does not owes it with the answer.
        head_at = min(asked.until, now + provider.timeouts.first_token_s) if streams else asked.until
        head = b"%b%d%b" % (provider.post_heads[asked.call.operation], len(body), asked.extra_headers)
        patience = Patience(min(provider.timeouts.connect_s, asked.until - now), head_at)
        return self._services.transport.send(provider.origin, head, body, patience)

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
        self, exchange: Exchange, kind: Kind, codec: Codec, asked: Asked, *, timeouts: Timeouts
    ) -> Live | Whole | Failure:
        """Read a stream up to its commit point, or to its end where the caller must not see half an answer."""
        loop_time = self._services.loop_time
        collector: Collector | None = None if asked.call.stream else codec.collector(asked.head)
        relay: Relay = codec.relay(asked.head) if collector is None else collector
        commits = collector is None and asked.stream_failure is not StreamFailure.BUFFER
        held: list[bytes] = []
        progress = 0
        exchange.expire_at(min(asked.until, loop_time() + timeouts.first_token_s), Phase.FIRST_TOKEN)
        while True:
            data = await exchange.read()
            held.append(relay.feed(data) if data else relay.end())
            if relay.fault is not None:
                return stream_failure(relay.fault, exchange, kind)
            if relay.complete or (commits and relay.ready):
                break
            if not data:
                return cut_short(relay, exchange, kind)
            if relay.progress != progress:
                progress = relay.progress
                exchange.expire_at(min(asked.until, loop_time() + timeouts.idle_s), Phase.BODY)
        if collector is not None:
            await finish_reading(exchange, loop_time() + TAIL_S)
            return collector.whole()
        return Live(exchange, relay, b"".join(held))


def _request_body(codec: Codec, kind: Kind, deployment: DeploymentSpec, asked: Asked, *, streams: bool) -> bytes:
    call = asked.call
    body = codec.request(call, deployment.upstream_model, stream=streams, context_window=deployment.context_window)
    adapt = kind.adapt.get(call.operation)
    return body if adapt is None else adapt(body)


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


def transport_failure(error: TransportError) -> Failure:
    """What a transport error means."""
    if error.violation:
        return Failure(FailureKind.PROTOCOL, f"The provider broke HTTP: {error.reason}.")
    if error.phase is Phase.BODY:
        cut = "stalled" if error.timed_out else "was cut"
        return Failure(FailureKind.TRUNCATED, f"The provider's answer {cut}: {error.reason}.", code="truncated")
    code = "timeout" if error.timed_out else None
    return Failure(
        FailureKind.TRANSPORT, f"The provider could not be reached ({error.phase}): {error.reason}.", code=code
    )


def stream_failure(fault: StreamFault, exchange: Exchange, kind: Kind) -> Failure:
    """What an error inside a 200 answer means."""
    if fault.garbage:
        return Failure(FailureKind.PROTOCOL, "The provider's answer cannot be read.", status=exchange.status)
    if fault.code == "unfinished":
        return Failure(FailureKind.TRUNCATED, "The provider ended its answer without a finish reason.", status=_OK)
    error = {"message": fault.message, "type": fault.type, "code": fault.code}
    bad = BadAnswer(fault.status or _OK, exchange.headers, _encode({"error": error}), in_stream=True)
    return kind.classify(bad)


def cut_short(relay: Relay, exchange: Exchange, kind: Kind) -> Failure:
    """A stream that ended before it was complete."""
    if relay.empty:
        return kind.classify(BadAnswer(_OK, exchange.headers, b"", in_stream=True, empty_stream=True))
    return Failure(FailureKind.TRUNCATED, "The provider ended its answer before it was complete.", status=_OK)
