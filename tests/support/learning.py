"""Strategies that learn, played by themselves: orderings, and outcomes that are told."""

from random import Random

from sixnines.domain.operation import Operation
from sixnines.domain.reward import LearningSettings
from sixnines.routing.ask import Ask
from sixnines.routing.buckets import bucket
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.learned import Learned, Outcome
from sixnines.routing.strategies.adaptive import Adaptive

CHAT = Ask(Operation.CHAT)
KIND = bucket(CHAT)
GOOD = Outcome(0.1, 0.0)
SLOW = Outcome(20.0, 0.0)


class NoLoad:
    """Nobody is busy, and nothing is known of how quickly anybody answers."""

    def in_flight(self, index):
        return 0

    def first_token_s(self, index, now):
        return None


class Pupil:
    """The ordering of one place `m` with the choices `0`, `1` and so on, and what it has learned."""

    def __init__(self, count, *, seed=0, learned=None, **settings):
        self.learned = learned or Learned()
        self.settings = LearningSettings(**settings)
        self.count = count
        self.draw = Random(seed).random
        site = Site("m", "m", "adaptive", tuple(Option(str(index)) for index in range(count)), self.settings)
        self.ordering = Adaptive(self.learned).ordering(site)

    @property
    def place(self):
        return self.learned.place("m")

    def order(self, eligible=None, **scene):
        """Whom it would ask, in order."""
        everybody = range(self.count) if eligible is None else eligible
        return self.ordering.order(everybody, Scene(CHAT, NoLoad(), 0.0, self.draw, **scene))

    def tell(self, index, outcome, times=1):
        """So many outcomes of one choice."""
        for _ in range(times):
            self.learned.note("m", KIND, str(index), settings=self.settings, outcome=outcome)

    def expected(self, index):
        """The reward that is expected of one choice."""
        settings = self.settings
        bucket = self.place.bucket(KIND)
        return bucket.expected(str(index), half_life=settings.half_life, weights=settings.weights)
