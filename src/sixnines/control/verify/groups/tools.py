"""Checks of tools, where config declares them: a call that is asked for is well-formed."""

from collections.abc import Iterator

import msgspec

from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place
from sixnines.control.verify.reading import whole
from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import CheckFailed, NotAsked, Seen, expect
from sixnines.domain.capability import Capability

_NAME = "get_weather"
_TOOL = {
    "type": "function",
    "function": {
        "name": _NAME,
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
_BODY: dict[str, object] = {
    "messages": [{"role": "user", "content": "What is the weather in Paris? Use the tool."}],
    "tools": [_TOOL],
    "max_tokens": 256,
}
_FORCED: dict[str, object] = {"tool_choice": {"type": "function", "function": {"name": _NAME}}}


def checks(scene: Scene) -> Iterator[Check]:
    """One for each deployment that declares them."""
    for place in scene.places():
        if place.declares(Capability.TOOLS):
            yield Check(place.model.name, f"{place.deployment.id} calls a tool", _Tools(scene, place).called)


class _Tools:
    def __init__(self, scene: Scene, place: Place) -> None:
        self._scene = scene
        self._place = place

    async def called(self) -> Seen:
        forced = self._place.deployment.provider.kind.forces_tools
        answer = await self._scene.answers(self._place.model.name, self._place, _BODY | (_FORCED if forced else {}))
        chat = whole(answer)
        if not chat.tool_calls and not forced:
            raise NotAsked("it answered without a call, and this kind of provider cannot be made to call")
        expect(chat.tool_calls, f"no call of a tool (finish_reason {chat.finish})")
        call = chat.tool_calls[0]
        expect(call.id and call.type == "function" and call.function is not None, "a call without id, type or function")
        function = call.function
        expect(function is not None and function.name == _NAME, f"a call of something else than {_NAME}")
        arguments = _object(function.arguments if function is not None else None)
        expect(isinstance(arguments.get("city"), str), "the arguments are without a city")
        return Seen(f"finish_reason {chat.finish}", answer.provider)


def _object(text: str | None) -> dict[str, object]:
    try:
        return msgspec.json.decode(text or "", type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        raise CheckFailed("the arguments are no JSON object") from None


GROUP = Group("tools", "Calls of tools, where config declares them.", checks)
