"""After the commit point: pass a stream on, piece by piece, at the caller's speed.

Knows no dialect. A stream that breaks here ends with an error event in the caller's dialect, never with a silent cut.
"""

import math
from collections.abc import Callable

import msgspec

from sixnines.dialects.codec import Relay
from sixnines.domain.failure import Failure
from sixnines.engine.interface import Sink
from sixnines.engine.judging import cut_short, stream_failure, transport_failure
from sixnines.engine.order import Live
from sixnines.health.deployment import ProviderHealth
from sixnines.providers.interface import Kind
from sixnines.transport.interface import Phase, TransportError


class StreamPatience(msgspec.Struct, frozen=True):
    """How long a stream may take.

    Attributes:
        idle_s: seconds between two pieces of content.
        until: loop time of the request's deadline.
        loop_time: the event loop's clock.
    """

    idle_s: float
    until: float
    loop_time: Callable[[], float]


class Rhythm(msgspec.Struct, gc=False):
    """How a stream came.

    Attributes:
        longest_s: seconds of the longest pause between two pieces, as its caller got them.
    """

    longest_s: float = 0.0


async def pass_on(
    live: Live, sink: Sink, kind: Kind, *, patience: StreamPatience, health: ProviderHealth, rhythm: Rhythm
) -> Failure | None:
    """Relay the rest of `live` to the caller, whose answer has been started.

    Args:
        live: the stream and what it has brought so far.
        sink: the caller.
        kind: says what an error inside the stream means.
        patience: time limits.
        health: the provider, which is told of progress.
        rhythm: written when it is over.

    Returns:
        None when the stream came to its proper end, else why it did not. The caller's answer is not ended yet.
    """
    exchange, relay = live.exchange, live.relay
    out = live.first
    last, longest_s = math.inf, 0.0
    try:
        while True:
            if out:
                await sink.write(out)
                # Only now: the time the caller takes to read is not the provider's.
                now = health.progress_at = patience.loop_time()
                exchange.expire_at(min(patience.until, now + patience.idle_s), Phase.BODY)
                if now - last > longest_s:  # noqa: PLR1730 - a call takes four times as long, for every chunk
                    longest_s = now - last
                last = now
            if relay.complete:
                return None
            if relay.fault is not None:
                return stream_failure(relay.fault, exchange, kind)
            try:
                data = await exchange.read()
            except TransportError as error:
                return transport_failure(error)
            if data:
                out = relay.feed(data)
                continue
            out = relay.end()
            if not _settled(relay):
                return cut_short(relay, exchange, kind)
    finally:
        rhythm.longest_s = longest_s


def _settled(relay: Relay) -> bool:
    """Whether the relay has seen how the stream ends."""
    return relay.complete or relay.fault is not None
