"""Ask a provider whether it is alive, without spending a token.

Never calls a completion; never raises for what a provider does: that is the result.
"""

import asyncio

from sixnines.config.snapshot import ProviderSpec
from sixnines.providers.interface import Probe, ProbeResult, ProbeState
from sixnines.transport.interface import Patience, Phase, Transport, TransportError

# A health path that takes longer than this is not healthy; lists of models are small.
_ANSWER_S = 5.0
_MAX_BODY = 8 * 1024 * 1024


class Prober:
    """Sends probes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def ask(self, provider: ProviderSpec, probe: Probe) -> ProbeResult:
        """What `probe` finds out about `provider`."""
        now = asyncio.get_running_loop().time()
        head = b"GET %b%b%b" % (provider.base_path.encode(), probe.path.encode(), provider.get_head_tail)
        patience = Patience(provider.timeouts.connect_s, now + _ANSWER_S)
        try:
            exchange = await self._transport.send(provider.origin, head, b"", patience)
            exchange.expire_at(now + _ANSWER_S, Phase.BODY)
            try:
                body = await exchange.read_all(_MAX_BODY)
            finally:
                exchange.abort()
        except TransportError as error:
            return ProbeResult(ProbeState.DOWN, error.reason)
        return probe.judge(exchange.status, body)
