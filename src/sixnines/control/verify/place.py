"""A deployment as one model has it, and what a name stands for. Values of the config; pure."""

from dataclasses import dataclass

from sixnines.config.snapshot import DeploymentSpec, ModelSpec, RouteSpec, Snapshot
from sixnines.domain.capability import Capability


@dataclass(frozen=True, slots=True)
class Place:
    """One deployment as a model has it: what a request can be sent to by `x-sixnines-candidate`.

    Attributes:
        model: whose it is.
        deployment: the deployment.
    """

    model: ModelSpec
    deployment: DeploymentSpec

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.deployment.provider.name

    def declares(self, capability: Capability) -> bool:
        """Config says that it can do this."""
        return capability in (self.deployment.capabilities or ())


def only_embeds(place: Place) -> bool:
    """It makes embeddings, and config says that it can do nothing else."""
    return place.deployment.capabilities == frozenset({Capability.EMBEDDINGS})


def models_of(target: ModelSpec | RouteSpec, snapshot: Snapshot) -> list[ModelSpec]:
    """The models that a name stands for, without their fallbacks."""
    return [snapshot.models[name] for name in target.models] if isinstance(target, RouteSpec) else [target]
