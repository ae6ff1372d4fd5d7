"""What has been seen of one choice for one kind of request, and what is to be expected of it. Pure.

Evidence is discounted: each outcome that comes later takes a little of the weight of those before it, so that a change
is followed. What is kept are sums, and when they were right; they are brought up to date when they are looked at.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sixnines.domain.reward import RewardWeights

# Sums of at most a million outcomes of at most 1 each. Whatever a file holds, arithmetic on it stays in bounds.
Sum = Annotated[float, Meta(ge=0.0, le=1_000_000.0)]

# What is expected of a choice before anything was seen of any of them: engines mostly answer, the rest is a guess.
_GUESSES = {"success": 0.9, "speed": 0.5, "thrift": 0.5, "feedback": 0.5}
# What rounding may come to in sums of up to a million.
_DUST = 1e-6
# A standard deviation of 0.15: choices differ by about as much, so an unknown one may well be the best.
_DOUBT = 0.0225


class Moments(msgspec.Struct):
    """How many values from 0 to 1 there were, their sum, and the sum of their squares; each discounted."""

    count: Sum = 0.0
    total: Sum = 0.0
    square: Sum = 0.0

    def __post_init__(self) -> None:
        """Refuse what no values from 0 to 1 add up to, in a file that somebody has edited."""
        if not self.square <= self.total + _DUST or not self.total <= self.count + _DUST:
            raise ValueError("the sums contradict each other")

    def add(self, value: float, weight: float = 1.0) -> None:
        """One more value, worth `weight` of a fresh one."""
        self.count += weight
        self.total += weight * value
        self.square += weight * value * value

    def correct(self, old: float, new: float, weight: float) -> None:
        """A value that was added with this weight, and has faded since to it, was another."""
        # What was added and faded by steps, and is taken away at once, leaves the dust of rounding.
        self.total = min(self.count, max(0.0, self.total + weight * (new - old)))
        self.square = min(self.count, max(0.0, self.square + weight * (new * new - old * old)))

    def fade(self, factor: float) -> None:
        """All of them lose weight."""
        self.count *= factor
        self.total *= factor
        self.square *= factor

    def belief(self, prior: float, faded: float) -> "Belief":
        """What the next value will be, as a normal distribution, when one value of `prior` is assumed beforehand.

        Args:
            prior: the mean that is assumed, with `_DOUBT` as its variance.
            faded: what is left of the sums' weight.
        """
        count = self.count * faded
        strength = 1.0 + count
        mean = (prior + self.total * faded) / strength
        # Around the mean, the assumed value included. Rounding must not make it negative.
        spread = max(0.0, self.square * faded + prior * prior - strength * mean * mean)
        return Belief(mean, (_DOUBT + spread) / (strength * strength))


class Belief(msgspec.Struct, frozen=True, gc=False):
    """A normal distribution: what a mean is believed to be."""

    mean: float
    variance: float


class Evidence(msgspec.Struct):
    """What has been seen of one choice.

    Attributes:
        at: the number of outcomes of its kind of request at which the sums were right.
        success: 1 for an answer, 0 for a failure.
        speed, thrift: of answers.
        feedback: of callers, where they gave any.
    """

    at: Annotated[int, Meta(ge=0, le=2**53)] = 0
    success: Moments = msgspec.field(default_factory=Moments)
    speed: Moments = msgspec.field(default_factory=Moments)
    thrift: Moments = msgspec.field(default_factory=Moments)
    feedback: Moments = msgspec.field(default_factory=Moments)

    def bring_to(self, tick: int, half_life: int) -> None:
        """Discount the sums for what came since."""
        factor = faded(tick - self.at, half_life)
        if factor != 1.0:
            for each in (self.success, self.speed, self.thrift, self.feedback):
                each.fade(factor)
        self.at = tick

    def weight(self, tick: int, half_life: int) -> float:
        """How many fresh outcomes the ones seen are worth."""
        return self.success.count * faded(tick - self.at, half_life)


def faded(ticks: int, half_life: int) -> float:
    """What is left of the weight of something after so many outcomes."""
    return 1.0 if ticks <= 0 else 0.5 ** (ticks / half_life)


def expected(one: Evidence, everyone: Evidence, tick: int, *, half_life: int, weights: RewardWeights) -> Belief:
    """The reward that a choice will bring.

    For each part of the reward a mean is believed in, beginning with that of all choices together: so a choice of
    which nothing is known is taken for an average one, with much doubt. Success multiplies the weighted average of the
    other parts, and the variances follow (of a product, of independent parts). A part of which nothing has been seen
    for any choice is left out.
    """
    left, left_of_all = faded(tick - one.at, half_life), faded(tick - everyone.at, half_life)

    def belief(part: str, of_one: Moments, of_all: Moments) -> Belief:
        guess = (_GUESSES[part] + of_all.total * left_of_all) / (1.0 + of_all.count * left_of_all)
        return of_one.belief(guess, left)

    sum_of_weights, mean, variance = weights.success, weights.success, 0.0
    for part, weight, of_one, of_all in (
        ("speed", weights.speed, one.speed, everyone.speed),
        ("thrift", weights.cost, one.thrift, everyone.thrift),
        ("feedback", weights.feedback, one.feedback, everyone.feedback),
    ):
        if weight and of_all.count:
            found = belief(part, of_one, of_all)
            sum_of_weights += weight
            mean += weight * found.mean
            variance += weight * weight * found.variance
    success = belief("success", one.success, everyone.success)
    if not sum_of_weights:
        return success
    mean /= sum_of_weights
    variance /= sum_of_weights * sum_of_weights
    return Belief(
        success.mean * mean,
        mean * mean * success.variance + success.mean * success.mean * variance + success.variance * variance,
    )
