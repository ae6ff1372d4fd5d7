"""`quality`: the tier that was asked for.

With `x-sixnines-quality: high` the tier is `premium`, with `standard` it is `standard`, with `draft` it is `entry`;
without the header it is the best that there is. Choices of that tier lead in turn; then come the better ones, the
nearest first, then the worse ones, the nearest first, down to `max_tier_drop`. A choice without a tier comes after all
that have one.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import Chooses, StrategyInfo
from sixnines.domain.tier import Tier
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.steps import nearest
from sixnines.routing.turns import Rank, Turns, best_shares


class QualityTier:
    """Leads where the tier is the one that was asked for."""

    info = StrategyInfo("quality", weighs=True, chooses=Chooses.MODELS, declares=("tier",))

    def ordering(self, site: Site) -> "_Quality":
        """Goes by the tiers there."""
        return _Quality(site.options)


class _Quality:
    __slots__ = ("_steps", "_turns", "_weights")

    def __init__(self, options: Sequence[Option]) -> None:
        self._steps = [None if each.tier is None else each.tier.step for each in options]
        self._weights = [each.weight for each in options]
        self._turns = Turns(len(options))

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The right tier first."""
        return self._turns.best_first(eligible, self._ranks(eligible, scene), self._weights, leads=scene.leads)

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float]:
        """The right tier has everything, by the weights there."""
        return best_shares(eligible, self._ranks(eligible, scene), self._weights)

    def _ranks(self, eligible: Sequence[int], scene: Scene) -> dict[int, Rank]:
        return nearest(eligible, self._steps, _wanted(scene))


def _wanted(scene: Scene) -> int:
    quality = scene.ask.wishes.quality
    return Tier.PREMIUM.step if quality is None else quality.tier.step
