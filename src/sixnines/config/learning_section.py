"""Version 1 of the config, continued from `model_sections.py`: how it is learned which choice is best.

The same holds here: never a key that nothing acts on.
"""

import msgspec

from sixnines.config.fields import Emphasis, HalfLife, Ratio
from sixnines.domain.reward import LearningSettings, RewardWeights

_USUAL = LearningSettings()


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How much each part of an answer's reward counts beside the others.

    Attributes:
        success: That it came.
        speed: How soon it came: a stream's first content, or the whole answer.
        cost: How little it cost.
        feedback: What callers say of it (`POST /v1/feedback`).
    """

    success: Emphasis = _USUAL.weights.success
    speed: Emphasis = _USUAL.weights.speed
    cost: Emphasis = _USUAL.weights.cost
    feedback: Emphasis = _USUAL.weights.feedback


class Adaptive(msgspec.Struct, frozen=True, kw_only=True):
    """How the strategy `adaptive` learns which choice is best.

    Attributes:
        explore: Every choice leads at least this share of the requests, as far as `max_regret` allows.
        max_regret: At most this share of the requests may go first to choices that are known to be worse than the best.
        half_life: So many outcomes later, one counts half: the smaller, the sooner a change is followed, and the less
            sure is what is known.
        weights: What a good answer is.
        shadow: `adaptive` decides and records, and the `strategy` that is set acts: see `GET /admin/v1/adaptive`.
    """

    explore: Ratio = _USUAL.explore
    max_regret: Ratio = _USUAL.max_regret
    half_life: HalfLife = _USUAL.half_life
    weights: Weights = Weights()
    shadow: bool = False

    def settings(self) -> LearningSettings:
        """The same as the strategy reads it."""
        weights = self.weights
        return LearningSettings(
            explore=self.explore,
            max_regret=self.max_regret,
            half_life=self.half_life,
            weights=RewardWeights(weights.success, weights.speed, weights.cost, weights.feedback),
            shadow=self.shadow,
        )
