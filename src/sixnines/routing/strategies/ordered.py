"""`ordered`: as written in config. Never looks at weights.

The first that is eligible serves every request; the others follow in their order when it fails.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Scene, Site, leads


class Ordered:
    """Config order: the first that is eligible, then the next."""

    info = StrategyInfo("ordered", spreads=True)

    def ordering(self, site: Site) -> "Ordered":
        """There is nothing to remember."""
        del site
        return self

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The eligible choices as they come."""
        del scene
        return list(eligible)

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float]:
        """The first has all."""
        del scene
        return leads(eligible[0], eligible)
