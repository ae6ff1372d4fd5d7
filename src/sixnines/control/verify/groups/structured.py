"""Checks of answers by a JSON schema, where config declares them."""

from collections.abc import Iterator

import msgspec

from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place
from sixnines.control.verify.reading import whole
from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import CheckFailed, Seen, expect
from sixnines.domain.capability import Capability

_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "inhabited": {"type": "boolean"}},
    "required": ["city", "inhabited"],
    "additionalProperties": False,
}
_BODY: dict[str, object] = {
    "messages": [{"role": "user", "content": "Name a city in JSON: `city` and whether it is `inhabited`."}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": _SCHEMA}},
    "max_tokens": 256,
}


class _City(msgspec.Struct, forbid_unknown_fields=True):
    city: str
    inhabited: bool


def checks(scene: Scene) -> Iterator[Check]:
    """One for each deployment that declares them."""
    for place in scene.places():
        if place.declares(Capability.JSON_SCHEMA):
            yield Check(place.model.name, f"{place.deployment.id} keeps to a schema", _Structured(scene, place).kept)


class _Structured:
    def __init__(self, scene: Scene, place: Place) -> None:
        self._scene = scene
        self._place = place

    async def kept(self) -> Seen:
        answer = await self._scene.answers(self._place.model.name, self._place, dict(_BODY))
        chat = whole(answer)
        expect(chat.finish == "stop", f"it ended with finish_reason {chat.finish}")
        try:
            msgspec.json.decode(chat.text, type=_City)
        except (msgspec.MsgspecError, RecursionError):
            raise CheckFailed("the answer does not keep to the schema") from None
        return Seen("", answer.provider)


GROUP = Group("json", "Answers by a JSON schema, where config declares them.", checks)
