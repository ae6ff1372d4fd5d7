"""Checks of each step of each chain: asked for a model, its fallback answers, and nobody else is asked."""

from collections.abc import Iterator

from sixnines.config.snapshot import ModelSpec
from sixnines.control.verify.barred import barred
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place, only_embeds
from sixnines.control.verify.reading import whole
from sixnines.control.verify.scene import EMBEDDINGS, Scene, hello
from sixnines.control.verify.verdict import NotAsked, Seen

# Where a model lets nobody answer who is too far down from its tier, that is counted from the lowest here.
_LOWEST = "draft"


def checks(scene: Scene) -> Iterator[Check]:
    """One for each fallback that config names."""
    for name, declared in scene.document.models.items():
        model = scene.snapshot.models[name]
        for fallback in dict.fromkeys(declared.fallbacks):
            yield Check(
                f"{name} -> {fallback}",
                "the fallback alone answers",
                _Step(scene, model, scene.snapshot.models[fallback]).answers,
            )


class _Step:
    def __init__(self, scene: Scene, model: ModelSpec, fallback: ModelSpec) -> None:
        self._scene = scene
        self._model = model
        self._fallback = fallback

    async def answers(self) -> Seen:
        name, rules = self._model.name, self._model.rules
        place = self._place()
        quality = _LOWEST if rules.max_tier_drop is not None else None
        if only_embeds(place):
            answer = await self._scene.answers(name, place, {"input": "hello"}, path=EMBEDDINGS, quality=quality)
        else:
            answer = await self._scene.answers(name, place, hello(), quality=quality)
            whole(answer).check_content()
        return Seen(place.deployment.id, answer.provider)

    def _place(self) -> Place:
        """The deployment of the fallback to ask.

        Raises:
            NotAsked: there is none that can be asked; says why.
        """
        reasons: list[str] = []
        for deployment in self._fallback.deployments:
            place = Place(self._fallback, deployment)
            reason = barred(place, self._model.rules) or self._first_of(place) or self._scene.obstacle(deployment)
            if reason is None:
                return place
            reasons.append(reason)
        raise NotAsked("; ".join(dict.fromkeys(reasons)))

    def _first_of(self, place: Place) -> str | None:
        """A deployment that stands earlier in the chain is asked there, as that model's."""
        for name in (self._model.name, *self._model.chain):
            if name == self._fallback.name:
                return None
            if any(each.id == place.deployment.id for each in self._scene.snapshot.models[name].deployments):
                return f"{place.deployment.id} is asked as {name} already"
        return None


GROUP = Group("chains", "Each step of each chain: the fallback answers when it alone is asked.", checks)
