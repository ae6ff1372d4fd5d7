"""What an answer is worth to a strategy that learns, from 0 to 1, and the scales that this is made of. Values only.

A request that failed is worth nothing. One that was answered is worth the weighted average of what is known of the
answer: that it came (1), how soon it came (`speed`), what it cost (`thrift`), and what its caller thought of it.
"""

import math

import msgspec

from sixnines.domain.failure import Failure, FailureKind

# An answer that begins within this takes nearly nothing off; from a minute on, speed is 0. In between each doubling
# costs the same, a tenth: people tell one second from two as they tell ten from twenty.
_SOON_S = 0.05
_LATE_S = 60.0
_TIME_SCALE = math.log1p(_LATE_S / _SOON_S)
# Likewise: a hundredth of a cent takes nearly nothing off, from a dollar a request on thrift is 0.
_CHEAP_MICROS = 100.0
_DEAR_MICROS = 1_000_000.0
_COST_SCALE = math.log1p(_DEAR_MICROS / _CHEAP_MICROS)

# The request's own fault, or ours: whoever was asked is not to blame.
_NOT_ITS_FAULT = frozenset({FailureKind.CALLER, FailureKind.POLICY, FailureKind.LOCAL})


class RewardWeights(msgspec.Struct, frozen=True, gc=False):
    """How much each part of an answer counts, beside the others."""

    success: float = 1.0
    speed: float = 0.5
    cost: float = 0.25
    feedback: float = 1.0


class LearningSettings(msgspec.Struct, frozen=True, gc=False):
    """How a strategy learns at one place.

    Attributes:
        explore: the share of requests that each choice gets at least.
        max_regret: the share that may go to choices that are known to be worse than the best.
        half_life: so many outcomes later, one counts half.
        weights: of the parts of the reward.
        shadow: it decides and records, and another strategy acts.
    """

    explore: float = 0.02
    max_regret: float = 0.1
    half_life: int = 200
    weights: RewardWeights = RewardWeights()
    shadow: bool = False


def speed(seconds: float) -> float:
    """How soon an answer came: 1 at once, 0.57 after a second, 0 after a minute."""
    return max(0.0, 1.0 - math.log1p(max(0.0, seconds) / _SOON_S) / _TIME_SCALE)


def seconds(speed: float) -> float:
    """The time that has this speed."""
    return _SOON_S * math.expm1((1.0 - speed) * _TIME_SCALE)


def thrift(micros: float | None) -> float:
    """How little a request cost: 1 for nothing, 0.5 for a cent, 0 for a dollar, and where no price is known."""
    if micros is None:
        return 0.0
    return max(0.0, 1.0 - math.log1p(max(0.0, micros) / _CHEAP_MICROS) / _COST_SCALE)


def micros(thrift: float) -> float:
    """The cost that has this thrift, in micro-dollars."""
    return _CHEAP_MICROS * math.expm1((1.0 - thrift) * _COST_SCALE)


def speaks_against(failure: Failure) -> bool:
    """Whether a failure tells anything about who was asked."""
    return failure.kind not in _NOT_ITS_FAULT and not failure.starved
