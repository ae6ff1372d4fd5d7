"""`quality`: the tier that was asked for.

With `x-sixnines-quality: high` the tier is `premium`, with `standard` it is `standard`, with `draft` it is `entry`;
without the header it is the best that there is. Choices of that tier lead in turn; then come the better ones, the
nearest first, then the worse ones, the nearest first, down to `max_tier_drop`. A choice without a tier comes after all
that have one.
"""

from sixnines.domain.strategy import Chooses, StrategyInfo
from sixnines.domain.tier import Tier
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.steps import Stepped


class QualityTier:
    """Leads where the tier is the one that was asked for."""

    info = StrategyInfo("quality", weighs=True, chooses=Chooses.MODELS, declares=("tier",))

    def ordering(self, site: Site) -> Stepped:
        """Goes by the tiers there."""
        return Stepped(site.options, _step, _wanted)


def _step(option: Option) -> int | None:
    return None if option.tier is None else option.tier.step


def _wanted(scene: Scene) -> int:
    quality = scene.ask.wishes.quality
    return Tier.PREMIUM.step if quality is None else quality.tier.step
