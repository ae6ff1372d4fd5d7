"""Checks of limits: an answer ends where the caller says, and what is too long for a model is refused as that."""

from collections.abc import Iterator
from http import HTTPStatus

from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place, only_embeds
from sixnines.control.verify.reading import whole
from sixnines.control.verify.scene import Scene, hello
from sixnines.control.verify.verdict import NotAsked, Seen, expect

_TOKENS = 8
_LONG: dict[str, object] = {
    "messages": [{"role": "user", "content": "Count from one to one hundred in words."}],
    "max_tokens": _TOKENS,
}


def checks(scene: Scene) -> Iterator[Check]:
    """One for each provider, and one for each deployment with a declared window."""
    for spec, place in scene.representatives():
        yield Check(spec.name, "it keeps to max_tokens", _Short(scene, place).keeps)
    for place in scene.places():
        if place.deployment.context_window is not None and not only_embeds(place):
            yield Check(
                place.model.name, f"what {place.deployment.id} cannot hold is refused", _Long(scene, place).refuses
            )


class _Short:
    def __init__(self, scene: Scene, place: Place | None) -> None:
        self._scene = scene
        self._place = place

    async def keeps(self) -> Seen:
        place = self._place
        if place is None:
            raise NotAsked("no model that chats names it")
        answer = await self._scene.answers(place.model.name, place, dict(_LONG))
        chat = whole(answer)
        if chat.usage is None:
            expect(chat.finish == "length", f"finish_reason {chat.finish}, and no usage that shows how much was said")
            return Seen("finish_reason length", answer.provider)
        said = chat.usage.completion_tokens
        expect(said <= _TOKENS, f"{said} tokens, and {_TOKENS} were allowed")
        expect(chat.finish in ("length", "stop"), f"finish_reason {chat.finish}")
        return Seen(f"{said} tokens, finish_reason {chat.finish}", answer.provider)


class _Long:
    def __init__(self, scene: Scene, place: Place) -> None:
        self._scene = scene
        self._place = place

    async def refuses(self) -> Seen:
        window = self._place.deployment.context_window or 0
        answer = await self._scene.pinned(self._place.model.name, self._place, hello(max_tokens=window + 1))
        told = answer.error()
        right = answer.status == HTTPStatus.BAD_REQUEST and told is not None and told.code == "context_length_exceeded"
        expect(right, f"not a 400 context_length_exceeded: {answer.summary()}")
        expect(answer.provider is None, f"{answer.provider} was asked, and it was known that it cannot answer")
        return Seen(f"window {window:,}")


GROUP = Group("limits", "Limits are kept, and what is too long is refused as that.", checks)
