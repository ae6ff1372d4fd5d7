"""Recorded decisions against another config: what would change. Pure, and the same for the same log and seed.

Which of several gets a turn is luck, and no change. So requests that the config treats alike (the same expected shares)
are compared together: as many as must move for the recorded leaders to become the new ones, and no more.
"""

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.attempt import Passed
from sixnines.domain.price import Price
from sixnines.engine.no_candidate import nothing_to_try
from sixnines.engine.recorded import Recorded
from sixnines.engine.then import HealthThen, ask_then
from sixnines.routing.candidate import Plan, price_of
from sixnines.routing.chances import Chances
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


class _Leader(msgspec.Struct, frozen=True):
    """Who is asked first: a deployment as one model has it, or nobody (None)."""

    deployment: str | None = None
    window: int | None = None
    price: Price | None = None

    def cost_micros(self, sent: "_Sent", requests: int) -> float | None:
        """What so many of the requests that were sent cost there; None where no price is known."""
        if self.deployment is None:
            return 0.0
        if self.price is None:
            return None
        return self.price.of(sent.prompt_tokens, sent.answer_tokens) * requests / sent.requests


_NOBODY = _Leader()


@dataclass(slots=True)
class _Sent:
    """So many requests, and their tokens together."""

    requests: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(slots=True)
class _Alike:
    """Requests that the new config treats alike: what was sent to whom, and to whom how many would be."""

    before: dict[_Leader, _Sent] = field(default_factory=dict)
    after: dict[_Leader, int] = field(default_factory=dict)


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

    def add(self, recorded: Recorded) -> None:
        """The next record."""
        if self._began is None:
            self._began = recorded.at
        now = recorded.at - self._began
        self._health.turn_to(recorded)
        name = self._names.setdefault(recorded.asked, _Name())
        target = self._snapshot.resolve(recorded.asked)
        if target is None:
            _count(name, recorded, None, _NOBODY)
            name.refusals[_NO_NAME] = name.refusals.get(_NO_NAME, 0) + 1
        else:
            ask = ask_then(recorded)
            chances = self._planner.chances(target, ask, now)
            plan = self._planner.plan(target, ask, now)
            leader = _leader(plan)
            _count(name, recorded, _kind(plan, chances), leader)
            if leader is _NOBODY:
                told = nothing_to_try(plan, ask).failure.message
                name.refusals[told] = name.refusals.get(told, 0) + 1
        self._health.learn(recorded, now)

    def changes(self) -> list[NameChanges]:
        """What would change, by the name that was asked for."""
        return [_changes(asked, name) for asked, name in sorted(self._names.items())]


def _leader(plan: Plan) -> _Leader:
    if not plan.candidates:
        return _NOBODY
    first = plan.candidates[0].deployment
    return _Leader(first.id, first.context_window, price_of(first))


def _count(name: _Name, recorded: Recorded, kind: Hashable, after: _Leader) -> None:
    """One more request of this kind: who led it, and who would."""
    alike = name.alike.setdefault(kind, _Alike())
    before = _Leader(recorded.order[0], recorded.window, recorded.price) if recorded.order else _NOBODY
    sent = alike.before.setdefault(before, _Sent())
    sent.requests += 1
    sent.prompt_tokens += recorded.prompt_tokens if recorded.prompt_used is None else recorded.prompt_used
    sent.answer_tokens += recorded.answer_tokens if recorded.answer_used is None else recorded.answer_used
    alike.after[after] = alike.after.get(after, 0) + 1


def _changes(asked: str, name: _Name) -> NameChanges:
    flows = _together([each for alike in name.alike.values() for each in _flows(alike)])
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


def _flows(alike: _Alike) -> Iterator[Move]:
    """From those who led to those who would. Who can stay does; the others fill up what is missing."""
    leaving = {before: sent.requests for before, sent in sorted(alike.before.items(), key=_by_name)}
    missing = dict(sorted(alike.after.items(), key=_by_name))
    for stays in (_same, _same_deployment, _any):
        for before, after in itertools.product(leaving, missing):
            count = min(leaving[before], missing[after]) if stays(before, after) else 0
            if count:
                leaving[before] -= count
                missing[after] -= count
                yield _move(before, alike.before[before], after, count)


def _same(before: _Leader, after: _Leader) -> bool:
    return before == after


def _same_deployment(before: _Leader, after: _Leader) -> bool:
    return before.deployment == after.deployment


def _any(before: _Leader, after: _Leader) -> bool:
    del before, after
    return True


def _move(before: _Leader, sent: _Sent, after: _Leader, requests: int) -> Move:
    return Move(
        before=before.deployment,
        after=after.deployment,
        requests=requests,
        window_before=before.window,
        window_after=after.window,
        cost_before_micros=before.cost_micros(sent, requests),
        cost_after_micros=after.cost_micros(sent, requests),
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


def _by_name(item: tuple[_Leader, object]) -> tuple[str, int]:
    return item[0].deployment or "", item[0].window or 0
