"""Checks of the names that choose: routes, aliases, patterns, the default. Each is answered by what it stands for."""

from collections.abc import Iterator
from http import HTTPStatus

from sixnines.config.snapshot import How, ModelSpec, RouteSpec, Rules
from sixnines.control.verify.answer import Answer
from sixnines.control.verify.barred import barred, too_low
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place, models_of, only_embeds
from sixnines.control.verify.reading import whole
from sixnines.control.verify.sample_name import sample
from sixnines.control.verify.scene import EMBEDDINGS, Scene, check_answered, hello
from sixnines.control.verify.verdict import NotAsked, Seen, expect

_NOBODY_KNOWS = "sixnines-verify-no-such-model"


def checks(scene: Scene) -> Iterator[Check]:
    """One for each name."""
    snapshot = scene.snapshot
    for route in snapshot.routes.values():
        yield Check(route.name, "the route is answered", _Name(scene, route.name, route).answers)
    for alias in snapshot.aliases:
        yield Check(alias, "the alias is answered", _Name(scene, alias, None, How.ALIAS).answers)
    for index, pattern in enumerate(snapshot.patterns):
        shown = pattern.regex.pattern
        yield Check(f"patterns[{index}]", f"a name like {shown} is answered", _Pattern(scene, shown).answers)
    if snapshot.default_model is not None:
        yield Check(
            "default_model", "an unknown name is answered", _Name(scene, _NOBODY_KNOWS, None, How.DEFAULT).answers
        )


class _Name:
    """One name and what it must mean."""

    def __init__(self, scene: Scene, name: str, target: ModelSpec | RouteSpec | None, how: How | None = None) -> None:
        self._scene = scene
        self._name = name
        self._target = target
        self._how = how

    async def answers(self) -> Seen:
        target = self._target or self._meant()
        own = models_of(target, self._scene.snapshot)
        places = [Place(model, each) for model in own for each in model.deployments]
        reasons = [self._obstacle(each, target.rules, own) for each in places]
        able = [each for each, reason in zip(places, reasons, strict=True) if reason is None]
        if not able:
            raise NotAsked("; ".join(dict.fromkeys(reason for reason in reasons if reason)))
        talking = [each for each in able if not only_embeds(each)]
        free = [each for each in talking if self._scene.free(each.deployment)]
        if free:
            answer = await self._scene.free_of_charge(self._name, hello())
            return self._seen(answer, {each.name for each in own}, free)
        place = (talking or able)[0]
        if only_embeds(place):
            answer = await self._scene.answers(self._name, place, {"input": "hello"}, path=EMBEDDINGS)
        else:
            answer = await self._scene.answers(self._name, place, hello())
            whole(answer).check_content()
        return Seen(f"{place.model.name}, which was asked for by name: the others cost money", answer.provider)

    def _obstacle(self, place: Place, rules: Rules, own: list[ModelSpec]) -> str | None:
        """Why it is not asked, or would not be for a caller."""
        return barred(place, rules) or too_low(place, rules, own) or self._scene.obstacle(place.deployment)

    def _seen(self, answer: Answer, own: set[str], free: list[Place]) -> Seen:
        """What an answer shows that callers would get as well."""
        if answer.status != HTTPStatus.OK and all(each.deployment.provider.optional for each in free):
            told = answer.error()
            if told is not None and told.code == "provider_unreachable":
                raise NotAsked("optional: nobody who serves it can be reached")
        check_answered(answer)
        expect(
            answer.model in own, f"answered as {answer.model}, by {answer.provider}: none of {', '.join(sorted(own))}"
        )
        providers = {each.provider for each in free if each.model.name == answer.model}
        if answer.provider is not None:  # config may keep it from callers
            expect(answer.provider in providers, f"answered by {answer.provider}, which does not serve {answer.model}")
        whole(answer).check_content()
        return Seen(f"answered as {answer.model}", answer.provider)

    def _meant(self) -> ModelSpec | RouteSpec:
        meaning = self._scene.snapshot.meaning(self._name)
        if meaning is None or meaning.how is not self._how:
            raise NotAsked(f"another rule of the config answers for {self._name}")
        return meaning.target


class _Pattern:
    """One pattern; a name is made that it is for."""

    def __init__(self, scene: Scene, expression: str) -> None:
        self._scene = scene
        self._expression = expression

    async def answers(self) -> Seen:
        name = sample(self._expression)
        meaning = self._scene.snapshot.meaning(name)
        if meaning is None or meaning.pattern != self._expression:
            raise NotAsked("no name was found that it is for, and nothing that stands before it")
        seen = await _Name(self._scene, name, meaning.target).answers()
        return Seen(f"{name}: {seen.detail}", seen.provider)


GROUP = Group("names", "Routes, aliases, patterns and the default answer, and by what they stand for.", checks)
