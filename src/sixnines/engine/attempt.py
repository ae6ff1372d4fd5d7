"""One attempt: one call of one candidate, up to its first content or its failure.

Turns everything that can go wrong into a `Failure`; raises nothing but cancellation. Never decides what comes next.
"""

import math
from collections.abc import Awaitable

import msgspec

from sixnines.config.snapshot import DeploymentSpec, StreamFailure, Timeouts
from sixnines.dialects.call import Call
from sixnines.dialects.codec import Codec, Collector, Relay, Telling, Whole
from sixnines.dialects.continuation import continued
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.neutral import StreamFault
from sixnines.dialects.said import Said
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Dialect, Operation
from sixnines.engine.services import Services
from sixnines.engine.truncation import truncated
from sixnines.errors import MalformedRequest
from sixnines.health.deployment import ProviderHealth
from sixnines.providers.interface import BadAnswer, Kind
from sixnines.routing.planner import Candidate
from sixnines.transport.interface import Exchange, Patience, Phase, TransportError

_OK = 200
# Looked up once: on Python 3.11 that takes as long as a call.
_BODY = Phase.BODY
_FIRST_TOKEN = Phase.FIRST_TOKEN
_EMBEDDING = Operation.EMBEDDING
_UNREACHED = frozenset({Phase.CONNECT, Phase.TLS})
# An error answer longer than this says nothing more; an answer longer than the other is no LLM's.
_MAX_ERROR_BODY = 256 * 1024
_MAX_ANSWER_BODY = 64 * 1024 * 1024
# An engine that has sent an error status owes its body soon.
_ERROR_BODY_S = 5.0
# After its terminator a stream owes nothing but the end of the HTTP body.
TAIL_S = 1.0
_TAIL_READS = 4
# A prompt is read before the first token, and the first tokens may come unevenly: only then is the pace judged.
_PACE_AFTER_S = 5.0
# An older Ollama says plain JSON of its lines; nobody else who streams does.
_STREAM_TYPES = {
    Dialect.OPENAI: (b"text/event-stream", b"text/plain"),
    Dialect.ANTHROPIC: (b"text/event-stream",),
    Dialect.OLLAMA: (b"application/x-ndjson", b"application/json"),
}

_encode = msgspec.json.Encoder().encode


class Live(msgspec.Struct, frozen=True):
    """A stream whose first content has come.

    Attributes:
        exchange: where the rest comes from.
        relay: what has judged it so far.
        first: bytes for the caller so far.
        telling: the relay, where it keeps a record of what the caller is told; else None.
    """

    exchange: Exchange
    relay: Relay
    first: bytes
    telling: Telling | None = None


class Asked(msgspec.Struct, frozen=True):
    """What every attempt of one request shares.

    Attributes:
        call: the caller's request.
        head: what the answer repeats.
        until: loop time of the request's deadline.
        extra_headers: the end of every upstream head: `x-sixnines-via` and the empty line.
        stream_failure: the model's mid-stream contract.
        min_tokens_per_s: the pace that an answer must keep of which the caller has seen nothing yet, or None.
        said: what the caller knows of the answer, where another provider may go on with it; else None.
    """

    call: Call
    head: AnswerHead
    until: float
    extra_headers: bytes
    stream_failure: StreamFailure
    min_tokens_per_s: float | None = None
    said: Said | None = None


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What limits one attempt.

    Attributes:
        whole_until: loop time by which an answer that is not streamed is owed.
        loading: the engine says that it is loading its model: the first content may take longer.
    """

    whole_until: float
    loading: bool


class Pace:
    """How quickly an answer grows of which the caller has seen nothing yet."""

    __slots__ = ("_health", "_idle_s", "_since", "_too_slow_at", "first_token_s")

    def __init__(self, deployment: DeploymentSpec, health: ProviderHealth, first_token_s: float) -> None:
        self.first_token_s = first_token_s
        self._idle_s = deployment.provider.timeouts.idle_s
        self._health = health
        self._since: float | None = None
        self._too_slow_at = math.inf

    def next_due(self, now: float, progress: int, min_tokens_per_s: float | None) -> float:
        """The loop time by which more must come, now that there are `progress` pieces of content."""
        self._health.progress_at = now
        if min_tokens_per_s is not None:
            if self._since is None:
                self._since = now
            # Later than this the pace since the first piece would be under the floor.
            self._too_slow_at = self._since + max(_PACE_AFTER_S, progress / min_tokens_per_s)
        return min(now + self._idle_s, self._too_slow_at)

    def failure(self, error: TransportError) -> Failure:
        """What an error while reading means."""
        if error.timed_out and self._too_slow_at < math.inf and error.phase is _BODY:
            text = "The provider's answer grew more slowly than min_tokens_per_s, or stalled."
            return Failure(FailureKind.TRUNCATED, text, code="too_slow")
        return transport_failure(error)


class Attempter:
    """Makes attempts."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(
        self, candidate: Candidate, asked: Asked, health: ProviderHealth, limits: Limits
    ) -> Live | Whole | Failure:
        """Call the candidate. The result is its first content (`Live`), its whole answer, or why there is neither.

        Args:
            candidate: whom to call.
            asked: the request.
            health: the candidate's provider, which is told of progress; `Live` counts as one of its streams.
            limits: how long it may take.
        """
        deployment = candidate.deployment
        kind = self._services.kinds[deployment.provider.kind.name]
        call = asked.call
        codec = self._services.codecs[call.dialect, kind.info.dialect, call.operation]
        streams = call.stream or (kind.info.always_stream and call.operation is not _EMBEDDING)
        try:
            body = _request_body(codec, kind, deployment, asked, streams=streams)
        except MalformedRequest as error:
            return Failure(FailureKind.CALLER, error.message, param=error.param, elsewhere=True)
        exchange: Exchange | None = None
        result: Live | Whole | Failure | None = None
        if streams:
            health.opened_stream(self._services.loop_time())
        try:
            exchange = await self._send(deployment, asked, body, limits=limits, streams=streams)
            if exchange.status != _OK:
                result = await self._refused(exchange, kind)
            elif streams:
                wait_s = _first_token_s(deployment.provider.timeouts, limits)
                result = await self._first_content(exchange, kind, codec, asked, pace=Pace(deployment, health, wait_s))
            else:
                exchange.expire_at(limits.whole_until, _FIRST_TOKEN)  # before its end it says nothing
                whole = codec.answer(await exchange.read_all(_MAX_ANSWER_BODY), asked.head)
                fault = whole.fault
                result = _settled(whole, kind, call) if fault is None else stream_failure(fault, exchange, kind)
        except TransportError as error:
            result = transport_failure(error)
        finally:
            if not isinstance(result, Live):
                if streams:
                    health.streams -= 1
                if exchange is not None:
                    exchange.abort()
        return result

    def _send(
        self, deployment: DeploymentSpec, asked: Asked, body: bytes, *, limits: Limits, streams: bool
    ) -> Awaitable[Exchange]:
        provider = deployment.provider
        now = self._services.loop_time()
        # An engine that streams owes its head within the first-token time; one that does not owes it with the answer.
        head_at = min(asked.until, now + _first_token_s(provider.timeouts, limits)) if streams else limits.whole_until
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
        self, exchange: Exchange, kind: Kind, codec: Codec, asked: Asked, *, pace: Pace
    ) -> Live | Whole | Failure:
        """Read a stream up to its commit point, or to its end where the caller must not see half an answer."""
        loop_time = self._services.loop_time
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
                return pace.failure(error)
            held.append(relay.feed(data) if data else relay.end())
            if relay.fault is not None:
                return stream_failure(relay.fault, exchange, kind)
            if relay.complete or (commits and relay.ready):
                break
            if not data:
                return cut_short(relay, exchange, kind)
            if relay.progress != progress:
                progress = relay.progress
                due = pace.next_due(loop_time(), progress, asked.min_tokens_per_s)
                exchange.expire_at(min(asked.until, due), Phase.BODY)
        if collector is not None:
            await finish_reading(exchange, loop_time() + TAIL_S)
            return _settled(collector.whole(), kind, asked.call)
        live = Live(exchange, relay, b"".join(held), telling)
        return _settled(live, kind, asked.call) if relay.complete else live


def _first_token_s(timeouts: Timeouts, limits: Limits) -> float:
    return max(timeouts.first_token_s, timeouts.loading_s) if limits.loading else timeouts.first_token_s


def _settled(answer: Live | Whole, kind: Kind, call: Call) -> Live | Whole | Failure:
    """A complete answer of which the caller has seen nothing yet, unless the engine has not read the whole prompt."""
    if not kind.info.may_truncate:
        return answer
    usage = answer.relay.usage if isinstance(answer, Live) else answer.usage
    return truncated(call, usage) or answer


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


def transport_failure(error: TransportError) -> Failure:
    """What a transport error means."""
    if error.violation:
        return Failure(FailureKind.PROTOCOL, f"The provider broke HTTP: {error.reason}.")
    if error.phase is Phase.BODY:
        cut = "stalled" if error.timed_out else "was cut"
        return Failure(FailureKind.TRUNCATED, f"The provider's answer {cut}: {error.reason}.", code="truncated")
    code = "timeout" if error.timed_out else None
    text = f"The provider could not be reached ({error.phase}): {error.reason}."
    return Failure(FailureKind.TRANSPORT, text, code=code, unreached=error.phase in _UNREACHED)


def stream_failure(fault: StreamFault, exchange: Exchange, kind: Kind) -> Failure:
    """What an error inside a 200 answer means."""
    if fault.garbage:
        return Failure(FailureKind.PROTOCOL, "The provider's answer cannot be read.", status=exchange.status)
    if fault.code == "unfinished":
        return Failure(FailureKind.TRUNCATED, "The provider ended its answer without a finish reason.", status=_OK)
    error = {"message": fault.message, "type": fault.type, "code": fault.code}
    bad = BadAnswer(fault.status or _OK, exchange.headers, _encode({"error": error}), in_stream=True)
    return kind.classify(bad)


def is_stream(exchange: Exchange, dialect: Dialect) -> bool:
    """Whether a 200 says that it is a stream that can be read. Asked only where something is wrong with one."""
    media_type = (exchange.header(b"content-type") or b"").split(b";", 1)[0].strip().lower()
    encoding = (exchange.header(b"content-encoding") or b"identity").strip().lower()
    return encoding == b"identity" and media_type in ("", *_STREAM_TYPES[dialect])


def cut_short(relay: Relay, exchange: Exchange, kind: Kind) -> Failure:
    """A stream that ended before it was complete."""
    if not is_stream(exchange, kind.info.dialect):
        text = "The provider's answer is no stream of events: its content type or content encoding is another."
        return Failure(FailureKind.PROTOCOL, text, status=_OK)
    if relay.empty:
        return kind.classify(BadAnswer(_OK, exchange.headers, b"", in_stream=True, empty_stream=True))
    return Failure(FailureKind.TRUNCATED, "The provider ended its answer before it was complete.", status=_OK)
