"""Checks of embeddings, where config declares them: as many numbers for each text, finite, unlike for unlike texts."""

import math
from collections.abc import Iterator

import msgspec

from sixnines.control.verify.answer import Answer
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place
from sixnines.control.verify.scene import EMBEDDINGS, Scene
from sixnines.control.verify.verdict import CheckFailed, Seen, expect
from sixnines.domain.capability import Capability

_TEXTS = ["A cat sleeps in the sun.", "Interest rates rose by a quarter of a point."]


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _List(msgspec.Struct):
    object: str
    data: list[_Row]


def checks(scene: Scene) -> Iterator[Check]:
    """One for each deployment that declares them."""
    for place in scene.places():
        if place.declares(Capability.EMBEDDINGS):
            yield Check(place.model.name, f"{place.deployment.id} makes embeddings", _Embeddings(scene, place).made)


class _Embeddings:
    def __init__(self, scene: Scene, place: Place) -> None:
        self._scene = scene
        self._place = place

    async def made(self) -> Seen:
        name = self._place.model.name
        answer = await self._scene.answers(name, self._place, {"input": _TEXTS}, path=EMBEDDINGS)
        vectors = _vectors(answer)
        sizes = {len(each) for each in vectors}
        expect(len(sizes) == 1 and 0 not in sizes, f"vectors of {sorted(sizes)} numbers")
        expect(all(math.isfinite(number) for each in vectors for number in each), "a number that is not finite")
        expect(all(any(each) for each in vectors), "a vector of zeros")
        expect(vectors[0] != vectors[1], "two texts with the same vector")
        return Seen(f"{sizes.pop()} dimensions", answer.provider)


def _vectors(answer: Answer) -> list[list[float]]:
    try:
        read = msgspec.json.decode(answer.body, type=_List)
    except (msgspec.MsgspecError, RecursionError) as problem:
        raise CheckFailed(f"not the form of an embedding answer: {problem}") from None
    expect(read.object == "list", f"the object is `{read.object}`, no list")
    expect(
        [each.index for each in read.data] == [*range(len(_TEXTS))], f"{len(read.data)} vectors for {len(_TEXTS)} texts"
    )
    return [each.embedding for each in read.data]


GROUP = Group("embeddings", "Embeddings, where config declares them.", checks)
