"""Ask a provider whether it is alive, without spending a token.

Never calls a completion; never raises for what a provider does: that is the result.
"""

import asyncio
from collections.abc import Mapping

from sixnines.config.snapshot import ProviderSpec
from sixnines.providers.interface import Probe, ProbeResult, ProbeState, WindowProbe
from sixnines.transport.interface import Patience, Phase, Transport, TransportError

# A health path that takes longer than this is not healthy; lists of models are small.
_ANSWER_S = 5.0
_OK = 200
_MAX_BODY = 8 * 1024 * 1024


class Prober:
    """Sends probes.

    Args:
        transport: the way that they go.
        detours: another way to a provider, by its name; may change at any time.
    """

    def __init__(self, transport: Transport, detours: Mapping[str, Transport] | None = None) -> None:
        self._transport = transport
        self._detours = {} if detours is None else detours

    async def ask(self, provider: ProviderSpec, probe: Probe) -> ProbeResult:
        """What `probe` finds out about `provider`."""
        head = b"GET %b%b%b" % (provider.base_path.encode(), probe.path.encode(), provider.get_head_tail)
        try:
            status, body = await self._fetch(provider, head, b"")
        except TransportError as error:
            return ProbeResult(ProbeState.DOWN, error.reason)
        return probe.judge(status, body)

    async def window(self, provider: ProviderSpec, probe: WindowProbe, model: str) -> int | None:
        """The context window of an upstream model, as `provider` tells it; None where it does not."""
        path = provider.base_path.encode() + probe.path.encode()
        content = b"" if probe.ask is None else probe.ask(model)
        if probe.ask is None:
            head = b"GET %b%b" % (path, provider.get_head_tail)
        else:
            # As the head of a chat, but for the path.
            _, _, fields = next(iter(provider.post_heads.values())).partition(b"\r\n")
            head = b"POST %b HTTP/1.1\r\n%b%d\r\n\r\n" % (path, fields, len(content))
        try:
            status, body = await self._fetch(provider, head, content)
        except TransportError:
            return None
        return probe.read(body, model) if status == _OK else None

    async def _fetch(self, provider: ProviderSpec, head: bytes, content: bytes) -> tuple[int, bytes]:
        """Status and body.

        Raises:
            TransportError: there is no answer.
        """
        now = asyncio.get_running_loop().time()
        patience = Patience(provider.timeouts.connect_s, now + _ANSWER_S)
        transport = self._detours.get(provider.name, self._transport)
        exchange = await transport.send(provider.origin, head, content, patience)
        exchange.expire_at(now + _ANSWER_S, Phase.BODY)
        try:
            return exchange.status, await exchange.read_all(_MAX_BODY)
        finally:
            exchange.abort()
