"""Checks of the metrics page: it can be read, it has what it should, and it has counted this run."""

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

from sixnines.control.verify.counters import Sample, by_model, calls_in, read_samples
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.port import Asked, Key
from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import NotAsked, Seen, expect

_EXPECTED = ("sixnines_requests_total", "sixnines_attempts_total", "sixnines_in_flight_requests")


def checks(scene: Scene) -> Iterator[Check]:
    """All of them."""
    page = _Page(scene)
    yield Check("", "the page can be read and has what it should", page.readable, alone=True)
    yield Check("", "the page has counted the requests of this run", page.counted, alone=True)
    for name in scene.snapshot.providers:
        yield Check(name, "its calls are counted", partial(page.calls, name), alone=True)


class _Page:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def readable(self) -> Seen:
        samples = await self._read()
        absent = [name for name in _EXPECTED if not any(each.name == name for each in samples)]
        expect(not absent or not self._scene.answered, f"not there: {', '.join(absent)}")
        return Seen(f"{len(samples)} samples")

    async def counted(self) -> Seen:
        answered = self._scene.answered
        if not answered:
            raise NotAsked("nothing was answered in this run")
        before, after = self._scene.counters, by_model(await self._read())
        for model, number in answered.items():
            moved = after.get(model, 0.0) - before.get(model, 0.0)
            expect(
                moved >= number, f"{model}: {number} requests of this run were answered, and {moved:.0f} were counted"
            )
        return Seen(f"{sum(answered.values())} requests of {len(answered)} models")

    async def calls(self, provider: str) -> Seen:
        """How the calls of one provider ended since the gateway was started."""
        found = calls_in(await self._read()).get(provider)
        if found is None:
            raise NotAsked("it has not been called since the gateway was started")
        good, bad = found
        return Seen(f"{good} of {good + bad} answered", measured={"calls_good": float(good), "calls_bad": float(bad)})

    async def _read(self) -> list[Sample]:
        answer = await self._scene.ask(Asked("GET", "/metrics", key=Key.ADMIN))
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise NotAsked("the page needs the admin key, and none is known here (--admin-key)")
        expect(answer.status == HTTPStatus.OK, answer.summary())
        return read_samples(answer.body)


GROUP = Group("metrics", "The metrics page can be read and counts.", checks)
