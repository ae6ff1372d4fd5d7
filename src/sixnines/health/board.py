"""The board: health and load of every deployment, keyed by stable ids so that it survives a config reload.

Written by the attempts and by the watcher, read by the planner. No I/O, no clock of its own.
"""

from collections.abc import Callable, Iterator

from sixnines.config.snapshot import DeploymentSpec, ProviderSpec, Snapshot
from sixnines.health.budget import HedgeBudget
from sixnines.health.deployment import DeploymentHealth, ProviderHealth
from sixnines.health.gauge import reaches
from sixnines.health.places import Places

IN_USE_FOR_S = 10.0
"""A provider counts as in use for so long after routing has gone by how busy it is, or by what it holds in memory."""


def _unwatched(provider: ProviderHealth) -> None:
    del provider


def own_places(spec: ProviderSpec) -> Places:
    """Places that no other process has a part in."""
    return Places(spec.max_in_flight, spec.queue)


class Board:
    """Health by deployment id and provider name.

    Args:
        snapshot: the config.
        places: makes the places of a provider, which several processes may share.

    Attributes:
        suspect: called with a provider that could not be reached, so that whoever watches may look at once.
        wanted: called with a provider that comes into use after a quiet time, so that how busy it is becomes known.
    """

    def __init__(self, snapshot: Snapshot, places: Callable[[ProviderSpec], Places] = own_places) -> None:
        self._places = places
        self._breaker = snapshot.breaker
        self._retries = snapshot.retries
        self._deployments: dict[str, DeploymentHealth] = {}
        self._providers: dict[str, ProviderHealth] = {}
        self._hedges: dict[str, HedgeBudget] = {}
        self.suspect: Callable[[ProviderHealth], None] = _unwatched
        self.wanted: Callable[[ProviderHealth], None] = _unwatched

    def configure(self, snapshot: Snapshot) -> None:
        """Go by another config from now on. What is no longer in it is kept: requests may still be under way there."""
        self._breaker = snapshot.breaker
        self._retries = snapshot.retries
        for deployment in self._deployments.values():
            deployment.breaker.configure(snapshot.breaker)
        for provider in self._providers.values():
            provider.repetitions.configure(snapshot.retries.ratio)
        for spec in snapshot.providers.values():
            if spec.name in self._providers:
                self._providers[spec.name].places.configure(spec.max_in_flight, spec.queue)

    def deployment(self, spec: DeploymentSpec) -> DeploymentHealth:
        """The entry of a deployment, made when first asked for."""
        found = self._deployments.get(spec.id)
        if found is None:
            provider = self.provider(spec.provider)
            found = self._deployments[spec.id] = DeploymentHealth(provider, self._breaker, self._suspect)
        return found

    def provider(self, spec: ProviderSpec) -> ProviderHealth:
        """The entry of a provider, made when first asked for."""
        found = self._providers.get(spec.name)
        if found is None:
            found = self._providers[spec.name] = ProviderHealth(spec, self._retries, self._places(spec))
        return found

    def deployments(self) -> Iterator[tuple[str, DeploymentHealth]]:
        """All that are known, with their ids."""
        return iter(self._deployments.items())

    def providers(self) -> Iterator[ProviderHealth]:
        """All that are known."""
        return iter(self._providers.values())

    def hedges(self, model: str) -> HedgeBudget:
        """The budget of a model, made when first asked for."""
        found = self._hedges.get(model)
        if found is None:
            found = self._hedges[model] = HedgeBudget()
        return found

    def of_provider(self, name: str) -> Iterator[DeploymentHealth]:
        """The deployments of a provider that are known."""
        return (each for each in self._deployments.values() if each.provider.name == name)

    def objection(self, spec: DeploymentSpec, now: float) -> str | None:
        """Why a deployment should not be asked now, in a few words; None if nothing speaks against it."""
        return self.deployment(spec).objection(now)

    def ready_at(self, spec: DeploymentSpec, now: float) -> float:
        """The time before which asking is known to be in vain; 0 where it may be tried."""
        return self.deployment(spec).ready_at(now)

    def badness(self, spec: DeploymentSpec, now: float) -> tuple[float, int, float]:
        """To compare deployments that are all out: the least bad has the smallest."""
        return self.deployment(spec).badness(now)

    def in_flight(self, spec: DeploymentSpec) -> int:
        """Requests that its provider serves now."""
        return self.provider(spec.provider).places.taken

    def first_token_s(self, spec: DeploymentSpec, now: float) -> float | None:
        """How long its answers take to begin of late; None if nothing is known."""
        return self.deployment(spec).pace.seconds(now)

    def saturated(self, spec: DeploymentSpec, now: float) -> str | None:
        """That its provider has as much to do as config lets it have, in a few words."""
        part = spec.provider.saturation
        if part is None:
            return None
        provider = self._used(spec, now)
        places = provider.places
        if places.limit is not None and reaches(places.taken, part, places.limit):
            return f"saturated: {places.taken} of {places.limit} in flight"
        return provider.gauge.saturated(places.taken, part, now)

    def warm(self, spec: DeploymentSpec, now: float) -> bool | None:
        """Whether its provider holds the model in memory; None where it does not tell."""
        resident = self._used(spec, now).resident
        return None if resident is None else spec.upstream_model in resident

    def _used(self, spec: DeploymentSpec, now: float) -> ProviderHealth:
        provider = self.provider(spec.provider)
        was_quiet = now - provider.used_at > IN_USE_FOR_S
        provider.used_at = now
        if was_quiet:
            self.wanted(provider)
        return provider

    def _suspect(self, provider: ProviderHealth) -> None:
        self.suspect(provider)
