"""What there is to choose from, prepared once for each config: groups of candidates, and how they are doing. Pure."""

import functools
from collections.abc import Iterable, Sequence

import msgspec

from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.candidate import Facts
from sixnines.routing.candidate import Candidate, price_of
from sixnines.routing.interface import Option
from sixnines.routing.sieve import Health


class Group(msgspec.Struct, frozen=True):
    """One model's deployments by their place in config.

    Attributes:
        model: whose they are.
        candidates: with their indexes.
        options: the same as strategies see them.
        load: how they are doing.
        ids: of the deployments.
        spares: indexes of those with a weight of 0.
    """

    model: ModelSpec
    candidates: tuple[tuple[int, Candidate], ...]
    options: tuple[Option, ...]
    load: "DeploymentLoad"
    ids: frozenset[str]
    spares: frozenset[int]

    def some(self, indexes: Iterable[int]) -> list[Candidate]:
        """The candidates with these indexes."""
        return [self.candidates[index][1] for index in indexes]

    def provider(self, index: int) -> str:
        """The name of a candidate's provider."""
        return self.candidates[index][1].deployment.provider.name


class DeploymentLoad:
    """How a model's deployments are doing."""

    __slots__ = ("_deployments", "_health")

    def __init__(self, health: Health, deployments: Sequence[DeploymentSpec]) -> None:
        self._health = health
        self._deployments = deployments

    def in_flight(self, index: int) -> int:
        """Requests that its provider serves."""
        return self._health.in_flight(self._deployments[index])

    def first_token_s(self, index: int, now: float) -> float | None:
        """How long its answers take to begin of late."""
        return self._health.first_token_s(self._deployments[index], now)


class ModelLoad:
    """How the models of a route are doing."""

    __slots__ = ("_groups", "_health")

    def __init__(self, health: Health, groups: Sequence[Group]) -> None:
        self._health = health
        self._groups = groups

    def in_flight(self, index: int) -> int:
        """Requests that its providers serve, each counted once."""
        providers = {each.deployment.provider.name: each.deployment for _, each in self._groups[index].candidates}
        return sum(map(self._health.in_flight, providers.values()))

    def first_token_s(self, index: int, now: float) -> float | None:
        """As its quickest deployment."""
        each = (self._health.first_token_s(one.deployment, now) for _, one in self._groups[index].candidates)
        return min((seconds for seconds in each if seconds is not None), default=None)


def group(model: ModelSpec, health: Health) -> Group:
    """The group of one model."""
    return Group(
        model,
        tuple((index, Candidate(each, model, _facts(each))) for index, each in enumerate(model.deployments)),
        tuple(_option(each, model) for each in model.deployments),
        DeploymentLoad(health, model.deployments),
        frozenset(each.id for each in model.deployments),
        frozenset(index for index, each in enumerate(model.deployments) if not each.weight),
    )


def route_options(snapshot: Snapshot, route: RouteSpec) -> tuple[Option, ...]:
    """The models of a route as strategies see them: with their largest window and their lowest price."""
    found: list[Option] = []
    classes = route.complexities or (None,) * len(route.models)
    for name, weight, complexity in zip(route.models, route.weights, classes, strict=True):
        model = snapshot.models[name]
        windows = [each.context_window for each in model.deployments if each.context_window is not None]
        prices = [price for each in model.deployments if (price := price_of(each)) is not None]
        cheapest = min(prices, key=lambda price: price.of(1, 1), default=None)
        found.append(Option(name, weight, max(windows, default=None), model.tier, cheapest, complexity))
    return tuple(found)


def _option(deployment: DeploymentSpec, model: ModelSpec) -> Option:
    return Option(deployment.id, deployment.weight, deployment.context_window, model.tier, price_of(deployment))


def _facts(deployment: DeploymentSpec) -> Facts:
    return _same_facts(deployment.context_window, deployment.provider.queue.wait_s)


@functools.lru_cache(maxsize=1024)  # thousands of models share a few: each of its own would be in no cache when asked
def _same_facts(window: int | None, queue_wait_s: float) -> Facts:
    return Facts(window=window, queue_wait_s=queue_wait_s)
