"""Plays the strategy `adaptive` against four engines that are chance, with fixed seeds.

The strategy is the gateway's own, with its default settings. What counts is requests, not time.
"""

import functools
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sixnines.domain.operation import Operation
from sixnines.domain.reward import LearningSettings, speed, thrift
from sixnines.routing.ask import Ask
from sixnines.routing.buckets import bucket
from sixnines.routing.interface import Option, Ordering, Scene, Site
from sixnines.routing.learned import Learned, Outcome
from sixnines.routing.strategies.adaptive import Adaptive
from sixnines.routing.strategies.weighted import Weighted

NAMES = ("a", "b", "c", "d")
SETTINGS = LearningSettings()
REQUESTS = 6000
WINDOW = 100
"""Requests over which a share is looked at."""
FOLLOWED = 0.75
"""The share of the best from which on a change counts as followed."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How one engine is: the part of requests that it answers, its median time to first content, what one costs."""

    answers: float
    first_s: float
    cost_micros: float

    def outcome(self, chance: random.Random) -> Outcome | None:
        """What comes of one request. Times are log-normal: the slowest in twenty takes 1.8 times the median."""
        answered = chance.random() < self.answers
        wait_s = self.first_s * chance.lognormvariate(0.0, 0.35)
        return Outcome(wait_s, self.cost_micros) if answered else None


LOCAL, CLOUD, LARGE, FLAKY = (
    Engine(0.99, 0.25, 0), Engine(0.99, 0.6, 1000), Engine(0.995, 2.0, 5000), Engine(0.85, 0.3, 0),
)  # fmt: skip
OVERLOADED, MENDED = Engine(0.90, 3.0, 0), Engine(0.99, 0.12, 0)


@dataclass(frozen=True, slots=True)
class Phase:
    """From one request on the engines are like this."""

    begins: int
    what: str
    engines: tuple[Engine, ...]

    @property
    def rewards(self) -> list[float]:
        """The mean reward of each, measured."""
        return [_mean_reward(each) for each in self.engines]


PHASES = (
    Phase(0, "nothing is known", (LOCAL, CLOUD, LARGE, FLAKY)),
    Phase(2000, "the best is overloaded", (OVERLOADED, CLOUD, LARGE, FLAKY)),
    Phase(4000, "another one is mended", (OVERLOADED, CLOUD, LARGE, MENDED)),
)
ENDS = (*(each.begins for each in PHASES[1:]), REQUESTS)


def reward(outcome: Outcome | None) -> float:
    """As the strategy counts it; nobody gives feedback here."""
    if outcome is None:
        return 0.0
    weights = SETTINGS.weights
    total = weights.success + weights.speed * speed(outcome.wait_s) + weights.cost * thrift(outcome.cost_micros)
    return total / (weights.success + weights.speed + weights.cost)


@functools.cache
def _mean_reward(engine: Engine) -> float:
    chance = random.Random(1)
    return statistics.fmean(reward(engine.outcome(chance)) for _ in range(20_000))


class _Idle:
    """No load: neither strategy looks at it."""

    def in_flight(self, _index: int) -> int:
        return 0

    def first_token_s(self, _index: int, _now: float) -> float | None:
        return None


def play(ordering: Ordering, learned: Learned, seed: int) -> list[int]:
    """Who led, request by request. What an engine does to one request is the same, whoever was asked before."""
    draws = random.Random(f"draws {seed}")
    ask = Ask(Operation.CHAT)
    kind = bucket(ask)
    leaders: list[int] = []
    for phase, end in zip(PHASES, ENDS, strict=True):
        for number in range(phase.begins, end):
            leader = ordering.order(range(len(NAMES)), Scene(ask, _Idle(), 0.0, draws.random))[0]
            outcome = phase.engines[leader].outcome(random.Random(f"{seed} {number} {leader}"))
            learned.note("m", kind, NAMES[leader], settings=SETTINGS, outcome=outcome)
            leaders.append(leader)
    return leaders


def by_experience(seed: int) -> list[int]:
    """Who leads under `adaptive`."""
    learned = Learned()
    site = Site("m", "m", "adaptive", tuple(map(Option, NAMES)), SETTINGS)
    return play(Adaptive(learned).ordering(site), learned, seed)


def by_weights(*weights: int) -> list[int]:
    """Who leads under `weighted`: it does not matter what happens."""
    site = Site("m", "m", "weighted", tuple(map(Option, NAMES, weights)))
    return play(Weighted().ordering(site), Learned(), 0)


def followed_after(leaders: Sequence[int], best: int) -> int | None:
    """The number of requests after which the best leads so many of the next `WINDOW`; None if it never does."""
    needed = FOLLOWED * WINDOW
    return next(
        (at for at in range(len(leaders) - WINDOW + 1) if leaders[at : at + WINDOW].count(best) >= needed), None
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """One phase over all seeds.

    Attributes:
        what: begins it.
        best: the one that is best in it.
        lead: by how much reward it is better than the next.
        followed: after how many requests that was followed, for each seed.
        shares: of the best in the second half of the phase, for each seed.
        rewards: the mean reward of a request: adaptive, equal weights, weights tuned to the first phase, the best.
    """

    what: str
    best: str
    lead: float
    followed: list[int]
    shares: list[float]
    rewards: list[float]


def figures(seeds: int) -> list[Figures]:
    """All phases."""
    plays = [by_experience(seed) for seed in range(seeds)]
    found: list[Figures] = []
    for phase, end in zip(PHASES, ENDS, strict=True):
        means = phase.rewards
        best = max(range(len(NAMES)), key=means.__getitem__)
        parts = [leaders[phase.begins : end] for leaders in plays]
        followed = [followed_after(part, best) for part in parts]
        half = (end - phase.begins) // 2
        statics = [leaders[phase.begins : end] for leaders in (by_weights(1, 1, 1, 1), by_weights(7, 1, 1, 1))]
        found.append(
            Figures(
                phase.what,
                NAMES[best],
                means[best] - sorted(means)[-2],
                [end - phase.begins if each is None else each for each in followed],
                [part[half:].count(best) / half for part in parts],
                [
                    statistics.fmean(means[leader] for part in parts for leader in part),
                    *(statistics.fmean(means[leader] for leader in part) for part in statics),
                    means[best],
                ],
            )
        )
    return found
