"""Verification in tests: the checks of the registry against a lab's gateway, and answers spoiled on their way."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from sixnines.bootstrap import looking_up
from sixnines.clock import SystemClock
from sixnines.config.load import Loaded, read_text
from sixnines.control.events import CheckResult, CheckStatus
from sixnines.control.verify.answer import Answer
from sixnines.control.verify.asking import Doors, HttpPort
from sixnines.control.verify.cost import Budget, micros
from sixnines.control.verify.interface import Group
from sixnines.control.verify.port import Asked, Port
from sixnines.control.verify.registry import GROUPS
from sixnines.control.verify.run import Pacing, run
from sixnines.control.verify.scene import Options, Scene
from sixnines.registry import CATALOG
from support.lab import Lab, config_text

OPTIONS, PACING = Options(samples=2, answer_s=10.0), Pacing(check_s=20.0, total_s=60.0)
Spoil = Callable[[Asked, Answer], Answer]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a run."""

    results: list[CheckResult]
    budget: Budget

    def one(self, group: str, name: str, subject: str = "") -> CheckResult:
        """The result of one check."""
        found = [each for each in self.results if (each.group, each.name, each.subject) == (group, name, subject)]
        assert len(found) == 1, f"{len(found)} results of {group}/{subject}/{name} in {self.table()}"
        return found[0]

    def of(self, status: CheckStatus) -> set[tuple[str, str, str]]:
        """Which checks ended so."""
        return {(each.group, each.subject, each.name) for each in self.results if each.status is status}

    def table(self) -> str:
        """All of them, for the message of an assertion."""
        return "\n".join(
            f"{each.status} {each.group} | {each.subject} | {each.name} | {each.served_by} | {each.message}"
            for each in self.results
        )


def loaded(config: str, environment: dict[str, str] | None = None) -> Loaded:
    """A config as a lab serves it."""
    found = read_text(config_text(config), "lab.yaml", environment or {}, CATALOG, directory=Path.cwd())
    assert found.snapshot is not None, found.report()
    return found


def groups(*names: str) -> Sequence[Group]:
    """These groups, or all."""
    return [each for each in GROUPS if each.name in names] if names else GROUPS


class Spoiled:
    """A port whose answers are spoiled on their way."""

    def __init__(self, port: Port, spoil: Spoil) -> None:
        self._port = port
        self._spoil = spoil
        self.has_front, self.has_key = port.has_front, port.has_key
        self.has_admin_key, self.is_owner = port.has_admin_key, port.is_owner

    async def ask(self, asked: Asked) -> Answer:
        """What the gateway answers, spoiled."""
        return self._spoil(asked, await self._port.ask(asked))


@asynccontextmanager
async def scene_of(
    url: str, config: Loaded, *, doors: Doors | None = None, spoil: Spoil | None = None, max_cost: float = 0.0,
    lookup: bool = True, options: Options = OPTIONS,
) -> AsyncIterator[Scene]:  # fmt: skip
    """A scene at a gateway."""
    assert config.snapshot is not None
    assert config.document is not None
    clock = SystemClock()
    async with HttpPort(doors or Doors(url), clock) as port, looking_up() as found:
        yield Scene(
            config.snapshot, config.document, port if spoil is None else Spoiled(port, spoil),
            found if lookup else None, Budget(micros(max_cost)), clock, random.Random(6), options,
        )  # fmt: skip


async def verify(lab: Lab, config: Loaded, *names: str, pacing: Pacing = PACING, **more: object) -> Found:
    """Run these groups, or all, against the gateway of a lab."""
    async with scene_of(lab.url, config, **more) as scene:
        results = [each async for each in run(scene, groups(*names), pacing)]
    return Found(results, scene.budget)


def answered(answer: Answer, **changes: object) -> Answer:
    """The same answer with another body (a value as JSON, or bytes), status or headers."""
    body = changes.pop("body", None)
    if body is not None:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        changes["pieces"] = ((0.0, content),)
    return replace(answer, **changes)
