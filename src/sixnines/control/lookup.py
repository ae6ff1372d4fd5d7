"""Asks providers themselves what they are, without spending a token. Never touches what the gateway knows of them."""

from collections.abc import Mapping

from sixnines.config.snapshot import DeploymentSpec, ProviderSpec
from sixnines.health.prober import Prober
from sixnines.providers.interface import Kind, ProbeResult


class Lookup:
    """Asks by the ways of each kind.

    Args:
        prober: sends what is asked.
        kinds: by name.
    """

    def __init__(self, prober: Prober, kinds: Mapping[str, Kind]) -> None:
        self._prober = prober
        self._kinds = kinds

    async def probe(self, provider: ProviderSpec) -> ProbeResult:
        """Is it alive?"""
        return await self._prober.ask(provider, self._kinds[provider.kind.name].probe)

    async def models(self, provider: ProviderSpec) -> ProbeResult:
        """Which models does it have? `ProbeResult.models` is None where it does not tell."""
        return await self._prober.ask(provider, self._kinds[provider.kind.name].list_models)

    async def window(self, deployment: DeploymentSpec) -> int | None:
        """How many tokens its window holds, as the engine says; None where it does not tell."""
        probe = self._kinds[deployment.provider.kind.name].window
        if probe is None:
            return None
        return await self._prober.window(deployment.provider, probe, deployment.upstream_model)
