"""Checks of streams, one provider at a time: every event in its form, one finish reason, the terminator, usage."""

from collections.abc import Iterator

from sixnines.config.snapshot import ProviderSpec
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place
from sixnines.control.verify.reading import streamed
from sixnines.control.verify.scene import Scene, hello
from sixnines.control.verify.verdict import NotAsked, Seen, expect


def checks(scene: Scene) -> Iterator[Check]:
    """Two for each provider."""
    for spec, place in scene.representatives():
        one = _Stream(scene, spec, place)
        yield Check(spec.name, "it streams to a proper end", one.ends)
        yield Check(spec.name, "it tells usage in a stream when asked", one.tells_usage)


class _Stream:
    def __init__(self, scene: Scene, spec: ProviderSpec, place: Place | None) -> None:
        self._scene = scene
        self._spec = spec
        self._found = place

    async def ends(self) -> Seen:
        place = self._place()
        answer = await self._scene.answers(place.model.name, place, hello(stream=True))
        stream = streamed(answer)
        stream.chat.check_content()
        first_ms = stream.first_s * 1000
        detail = f"{stream.chunks} chunks, the first after {first_ms:.0f} ms, finish_reason {stream.chat.finish}"
        return Seen(detail, answer.provider)

    async def tells_usage(self) -> Seen:
        if not self._spec.kind.streams_usage:
            raise NotAsked(f"{self._spec.kind.name} tells no usage in streams")
        place = self._place()
        body = hello(stream=True, stream_options={"include_usage": True})
        answer = await self._scene.answers(place.model.name, place, body)
        usage = streamed(answer).chat.usage
        expect(usage is not None, "there is no usage in the stream")
        counted = usage is not None and usage.prompt_tokens > 0 and usage.completion_tokens > 0
        expect(counted, f"the usage is {usage}")
        return Seen(
            "" if usage is None else f"{usage.prompt_tokens} + {usage.completion_tokens} tokens", answer.provider
        )

    def _place(self) -> Place:
        if self._found is None:
            raise NotAsked("no model that chats names it")
        return self._found


GROUP = Group("streaming", "Each provider's streams: their form, their end, and usage.", checks)
