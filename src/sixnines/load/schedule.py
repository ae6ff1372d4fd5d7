"""When requests are due: a profile of rates over time, and arrivals drawn from it.

Never looks at what became of a request: the next one is due whatever happened to those before (an open loop).
"""

import enum
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SPIKE: Final = 5.0
"""The rate within a spike, in times of the rate around it."""
_SPIKE_FROM, _SPIKE_TO = 0.4, 0.6
_SOAK_RISE, _SOAK_RISE_S = 0.1, 60.0
"""A soak rises for this share of its time, at most for so many seconds."""


class Profile(enum.StrEnum):
    """How the rate of requests changes with time."""

    STEADY = "steady"  # the same all the time
    RAMP = "ramp"  # from nothing to the rate, in a straight line
    SPIKE = "spike"  # five times the rate in the middle fifth
    SOAK = "soak"  # a short rise, then the same for long


class Arrivals(enum.StrEnum):
    """How requests are spread within the rate."""

    POISSON = "poisson"  # as independent callers arrive: some together, some far apart
    EVEN = "even"  # one after the other at the same distance


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the rate changes in a straight line.

    Attributes:
        start_s, end_s: seconds from the beginning of the run.
        start_rps, end_rps: requests per second at both ends.
    """

    start_s: float
    end_s: float
    start_rps: float
    end_rps: float

    @property
    def expected(self) -> float:
        """Requests that are due in it, on average."""
        return (self.start_rps + self.end_rps) / 2 * (self.end_s - self.start_s)

    def rate(self, at_s: float) -> float:
        """Requests per second at `at_s`, which lies in the stretch."""
        share = (at_s - self.start_s) / (self.end_s - self.start_s)
        return self.start_rps + share * (self.end_rps - self.start_rps)

    def reached(self, count: float) -> float:
        """The time by which `count` requests of this stretch are due; `count` is at most `expected`."""
        slope = (self.end_rps - self.start_rps) / (self.end_s - self.start_s)
        # This root of the quadratic is exact where the slope is 0 as well.
        return self.start_s + 2 * count / (self.start_rps + math.sqrt(self.start_rps**2 + 2 * slope * count))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent.

    Attributes:
        profile: the shape.
        rps: requests per second: of a ramp its end, of a spike what is around it.
        duration_s: seconds in which requests become due.
        arrivals: how they are spread.
        most: requests at most.
    """

    profile: Profile
    rps: float
    duration_s: float
    arrivals: Arrivals = Arrivals.POISSON
    most: int = 100_000

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The profile as straight lines, each beginning where the one before ends."""
        end, rps = self.duration_s, self.rps
        match self.profile:
            case Profile.STEADY:
                return (Stretch(0, end, rps, rps),)
            case Profile.RAMP:
                return (Stretch(0, end, 0, rps),)
            case Profile.SPIKE:
                up, down = end * _SPIKE_FROM, end * _SPIKE_TO
                return (
                    Stretch(0, up, rps, rps),
                    Stretch(up, down, SPIKE * rps, SPIKE * rps),
                    Stretch(down, end, rps, rps),
                )
            case Profile.SOAK:
                risen = min(end * _SOAK_RISE, _SOAK_RISE_S)
                return (Stretch(0, risen, 0, rps), Stretch(risen, end, rps, rps))

    @property
    def expected(self) -> float:
        """Requests that are due in the whole time, on average; `most` is not looked at."""
        return sum(each.expected for each in self.stretches)

    @property
    def peak_rps(self) -> float:
        """The highest rate."""
        return max(max(each.start_rps, each.end_rps) for each in self.stretches)

    def rate(self, at_s: float) -> float:
        """Requests per second at `at_s`; nothing outside the time of the plan."""
        for each in self.stretches:
            if each.start_s <= at_s < each.end_s:
                return each.rate(at_s)
        return 0.0


def due_times(plan: Plan, rng: random.Random) -> Iterator[float]:
    """The seconds from the beginning at which requests are due, in order, at most `plan.most`.

    The same plan and the same state of `rng` give the same times. Arrivals of a rate that changes are those of the rate
    1, with time stretched (Cinlar, Introduction to Stochastic Processes, 1975, section 4.7).
    """
    sent, passed = 0, 0.0
    count = _first(plan, rng)
    for stretch in plan.stretches:
        while count - passed <= stretch.expected and sent < plan.most:
            yield stretch.reached(count - passed)
            sent += 1
            count += 1.0 if plan.arrivals is Arrivals.EVEN else rng.expovariate(1.0)
        passed += stretch.expected


def _first(plan: Plan, rng: random.Random) -> float:
    # Half a step in: the number of even arrivals is then what was expected, rounded.
    return 0.5 if plan.arrivals is Arrivals.EVEN else rng.expovariate(1.0)
