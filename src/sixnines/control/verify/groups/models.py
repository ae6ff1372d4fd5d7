"""Checks of each deployment of each model by itself: no fallback, no other deployment."""

from collections.abc import Iterator

from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place, only_embeds
from sixnines.control.verify.reading import whole
from sixnines.control.verify.scene import EMBEDDINGS, Scene, hello
from sixnines.control.verify.verdict import Seen


def checks(scene: Scene) -> Iterator[Check]:
    """One for each deployment."""
    for place in scene.places():
        name = f"{place.deployment.id} alone answers"
        yield Check(place.model.name, name, _Alone(scene, place).answers)


class _Alone:
    def __init__(self, scene: Scene, place: Place) -> None:
        self._scene = scene
        self._place = place

    async def answers(self) -> Seen:
        name = self._place.model.name
        if only_embeds(self._place):
            answer = await self._scene.answers(name, self._place, {"input": "hello"}, path=EMBEDDINGS)
            return Seen("an embedding", answer.provider)
        answer = await self._scene.answers(name, self._place, hello())
        chat = whole(answer)
        chat.check_content()
        return Seen(f"finish_reason {chat.finish}", answer.provider)


GROUP = Group("models", "Each model is answered by each of its deployments alone, with fallback off.", checks)
