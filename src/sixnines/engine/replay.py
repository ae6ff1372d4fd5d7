"""Recorded decisions against another config: what would change. Pure, and the same for the same log and seed.

Which of several gets a turn is luck, and no change. So requests that the config treats alike (the same expected shares)
are compared together: as many as must move for the recorded leaders to become the new ones, and no more.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.price import Price
from sixnines.domain.trail import Passed
from sixnines.engine.no_candidate import nothing_to_try
from sixnines.engine.recorded import Recorded
from sixnines.engine.then import HealthThen, ask_then
from sixnines.routing.candidate import Plan
from sixnines.routing.chances import Chances
from sixnines.routing.groups import price_of
from sixnines.routing.interface import Strategy
from sixnines.routing.planner import Planner

_NO_NAME = "No model, route, alias or pattern answers to the name."


class Move(msgspec.Struct, frozen=True):
    """Requests that would be sent to somebody else first.

    Attributes:
        before, after: deployments; None for nobody.
        requests: how many.
        window_before, window_after: where they are declared.
        cost_before_micros, cost_after_micros: of all of them together in micro-dollars, None where no price is known.
    """

    before: str | None
    after: str | None
    requests: int
    window_before: int | None
    window_after: int | None
    cost_before_micros: float | None
    cost_after_micros: float | None


class NameChanges(msgspec.Struct, frozen=True):
    """What would change for those who ask for one name.

    Attributes:
        asked: the name.
        requests: how many asked for it.
        elsewhere: for how many of them somebody else would be asked first, or nobody.
        nobody: for how many there would be nobody, whether or not there was somebody before.
        smaller_window: how many would move to a smaller window.
        cost_before_micros, cost_after_micros: of all of them in micro-dollars, None where a price is not known.
        moves: from whom to whom, the most first.
        refusals: what those without anybody would be told, and how many of them.
    """

    asked: str
    requests: int
    elsewhere: int
    nobody: int
    smaller_window: int
    cost_before_micros: float | None
    cost_after_micros: float | None
    moves: list[Move]
    refusals: Mapping[str, int]


@dataclass(slots=True)
class _Leader:
    """Requests that one deployment led, and what is known of it."""

    requests: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    window: int | None = None
    price: Price | None = None

    def cost_micros(self, price: Price | None, requests: int) -> float | None:
        """What so many of them cost at `price`."""
        if price is None:
            return None
        return price.of(self.prompt_tokens, self.answer_tokens) * requests / self.requests


@dataclass(slots=True)
class _Alike:
    """Requests that the new config treats alike: who led them, and who would."""

    before: dict[str | None, _Leader] = field(default_factory=dict)
    after: dict[str | None, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Name:
    alike: dict[Hashable, _Alike] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)


class Replay:
    """Takes records in the order in which they were written.

    Args:
        snapshot: the new config.
        strategies: by name.
        draw: the source of chance; one that is the same each time.
    """

    def __init__(self, snapshot: Snapshot, strategies: Mapping[str, Strategy], draw: Callable[[], float]) -> None:
        self._snapshot = snapshot
        self._health = HealthThen()
        self._planner = Planner(snapshot, strategies, self._health, draw)
        self._began: float | None = None
        self._names: dict[str, _Name] = {}
        self._specs = {each.id: each for model in snapshot.models.values() for each in model.deployments}

    def add(self, recorded: Recorded) -> None:
        """The next record."""
        if self._began is None:
            self._began = recorded.at
        now = recorded.at - self._began
        self._health.turn_to(recorded)
        name = self._names.setdefault(recorded.asked, _Name())
        target = self._snapshot.resolve(recorded.asked)
        if target is None:
            self._count(name, recorded, None, None)
            name.refusals[_NO_NAME] = name.refusals.get(_NO_NAME, 0) + 1
        else:
            ask = ask_then(recorded)
            chances = self._planner.chances(target, ask, now)
            plan = self._planner.plan(target, ask, now)
            leader = plan.candidates[0].deployment.id if plan.candidates else None
            self._count(name, recorded, _kind(plan, chances), leader)
            if leader is None:
                told = nothing_to_try(plan, ask).failure.message
                name.refusals[told] = name.refusals.get(told, 0) + 1
        self._health.learn(recorded, now)

    def changes(self) -> list[NameChanges]:
        """What would change, by the name that was asked for."""
        return [self._changes(asked, name) for asked, name in sorted(self._names.items())]

    def _count(self, name: _Name, recorded: Recorded, kind: Hashable, after: str | None) -> None:
        alike = name.alike.setdefault(kind, _Alike())
        before = alike.before.setdefault(recorded.order[0] if recorded.order else None, _Leader())
        before.requests += 1
        before.prompt_tokens += recorded.prompt_tokens if recorded.prompt_used is None else recorded.prompt_used
        before.answer_tokens += recorded.answer_tokens if recorded.answer_used is None else recorded.answer_used
        before.window, before.price = recorded.window, recorded.price
        alike.after[after] = alike.after.get(after, 0) + 1

    def _changes(self, asked: str, name: _Name) -> NameChanges:
        flows = _together([each for alike in name.alike.values() for each in self._flows(alike)])
        moves = sorted((each for each in flows if each.before != each.after), key=lambda each: -each.requests)
        return NameChanges(
            asked=asked,
            requests=sum(each.requests for each in flows),
            elsewhere=sum(each.requests for each in moves),
            nobody=sum(each.requests for each in flows if each.after is None),
            smaller_window=sum(each.requests for each in moves if _to_smaller_window(each)),
            cost_before_micros=_sum(each.cost_before_micros for each in flows),
            cost_after_micros=_sum(each.cost_after_micros for each in flows),
            moves=moves,
            refusals=dict(sorted(name.refusals.items())),
        )

    def _flows(self, alike: _Alike) -> Iterator[Move]:
        """From those who led to those who would: all who can stay do, the others fill up what is missing."""
        missing: deque[tuple[str | None, int]] = deque()
        for after, count in sorted(alike.after.items(), key=_by_name):
            led = alike.before[after].requests if after in alike.before else 0
            if count > led:
                missing.append((after, count - led))
        for before, leader in sorted(alike.before.items(), key=_by_name):
            staying = min(leader.requests, alike.after.get(before, 0))
            if staying:
                yield self._move(before, leader, before, staying)
            leaving = leader.requests - staying
            while leaving:
                after, wanted = missing.popleft()
                count = min(leaving, wanted)
                yield self._move(before, leader, after, count)
                leaving -= count
                if wanted > count:
                    missing.appendleft((after, wanted - count))

    def _move(self, before: str | None, leader: _Leader, after: str | None, requests: int) -> Move:
        spec = None if after is None else self._specs[after]
        return Move(
            before=before,
            after=after,
            requests=requests,
            window_before=leader.window,
            window_after=None if spec is None else spec.context_window,
            cost_before_micros=0.0 if before is None else leader.cost_micros(leader.price, requests),
            cost_after_micros=0.0 if spec is None else leader.cost_micros(price_of(spec), requests),
        )


def _kind(plan: Plan, chances: Chances | None) -> Hashable:
    """What two requests have in common that the config treats alike."""
    if chances is not None:
        return frozenset((name, round(chance, 9)) for name, chance in chances.items())
    behind = {each.deployment for each in plan.skipped if each.passed is not Passed.OUT}
    return "by load", frozenset(each.deployment.id for each in plan.candidates) - behind


def _together(flows: Iterable[Move]) -> list[Move]:
    """Those between the same two as one."""
    found: dict[tuple[str | None, str | None], Move] = {}
    for each in flows:
        key = (each.before, each.after)
        known = found.get(key)
        found[key] = each if known is None else _added(known, each)
    return list(found.values())


def _added(one: Move, other: Move) -> Move:
    return msgspec.structs.replace(
        one,
        requests=one.requests + other.requests,
        cost_before_micros=_sum((one.cost_before_micros, other.cost_before_micros)),
        cost_after_micros=_sum((one.cost_after_micros, other.cost_after_micros)),
    )


def _sum(costs: Iterable[float | None]) -> float | None:
    """All of them together; None where one is not known."""
    found = list(costs)
    return None if None in found else sum(each for each in found if each is not None)


def _to_smaller_window(move: Move) -> bool:
    before, after = move.window_before, move.window_after
    return before is not None and after is not None and after < before


def _by_name(item: tuple[str | None, object]) -> str:
    return item[0] or ""
