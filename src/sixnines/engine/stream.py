"""After the commit point: pass a stream on, piece by piece, at the caller's speed.

Knows no dialect. A stream that breaks here ends with an error event in the caller's dialect, never with a silent cut.
"""

import asyncio
from sixnines.config.snapshot import Timeouts
from sixnines.dialects.codec import Relay
from sixnines.domain.failure import Failure
from sixnines.engine.attempt import Live, cut_short, stream_failure, transport_failure
from sixnines.engine.interface import Sink
from sixnines.providers.interface import Kind
from sixnines.transport.interface import Phase, TransportError


async def pass_on(live: Live, sink: Sink, *, kind: Kind, timeouts: Timeouts, until: float) -> Failure | None:
    """Relay the rest of `live` to the caller, whose answer has been started.

    Args:
        live: the stream and what it has brought so far.
        sink: the caller.
        kind: says what an error inside the stream means.
        timeouts: the provider's.
        until: loop time of the request's deadline.

    Returns:
        None when the stream came to its proper end, else why it did not. The caller's answer is not ended yet.
    """
    loop_time = asyncio.get_running_loop().time
    exchange, relay = live.exchange, live.relay
    out = live.first
    while True:
        if out:
            await sink.write(out)
            # Only now: the time the caller takes to read is not the provider's.
            exchange.expire_at(min(until, loop_time() + timeouts.idle_s), Phase.BODY)
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


def _settled(relay: Relay) -> bool:
    """Whether the relay has seen how the stream ends."""
    return relay.complete or relay.fault is not None
