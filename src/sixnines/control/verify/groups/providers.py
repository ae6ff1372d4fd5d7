"""Checks of each provider by itself: does it answer its probe, has it the models that config names. Costs no token."""

from collections.abc import Iterator

from sixnines.config.snapshot import ProviderSpec
from sixnines.control.engine_models import missing
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import CheckFailed, NotAsked, Seen
from sixnines.providers.interface import ProbeState


def checks(scene: Scene) -> Iterator[Check]:
    """Two for each provider."""
    for spec in scene.snapshot.providers.values():
        one = _Provider(scene, spec)
        yield Check(spec.name, "it answers its probe", one.alive)
        yield Check(spec.name, "it has the models that config names", one.has_models)


class _Provider:
    def __init__(self, scene: Scene, spec: ProviderSpec) -> None:
        self._scene = scene
        self._spec = spec

    async def alive(self) -> Seen:
        lookup = self._scene.lookup
        self._only_if_up()
        if lookup is None:
            raise NotAsked("providers cannot be asked from here")
        result = await lookup.probe(self._spec)
        if result.state not in (ProbeState.HEALTHY, ProbeState.BUSY):
            raise CheckFailed(result.reason)
        return Seen(result.reason, self._spec.name)

    async def has_models(self) -> Seen:
        lookup = self._scene.lookup
        self._only_if_up()
        if lookup is None:
            raise NotAsked("providers cannot be asked from here")
        wanted = [each.deployment.upstream_model for each in self._scene.places() if each.provider == self._spec.name]
        if not wanted:
            raise NotAsked("no model names it")
        result = await lookup.models(self._spec)
        if result.models is None:
            raise NotAsked(result.reason)
        if self._spec.kind.serves_any_name:
            return Seen(
                f"answers to any name, with {', '.join(result.models) or 'what it has loaded'}", self._spec.name
            )
        if absent := missing(wanted, result.models):
            raise CheckFailed(f"it does not have {', '.join(absent)}")
        return Seen(f"{len({*wanted})} of {len(result.models)}", self._spec.name)

    def _only_if_up(self) -> None:
        down = self._scene.down.get(self._spec.name)
        if down is not None:
            raise NotAsked(f"optional: {self._spec.name} {down}")


GROUP = Group("providers", "Each provider is there and has the models that config names.", checks)
