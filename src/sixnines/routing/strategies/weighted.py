"""`weighted`: exact shares by smooth weighted round robin (the algorithm of nginx's upstream module).

Each turn every eligible choice gains its weight, the one with most leads and pays the sum of the weights. Over any
`sum(weights)` turns each choice leads exactly `weight` times, spread evenly. A weight of 0 leads only when nothing
else is eligible.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Scene, Site
from sixnines.routing.turns import Turns, proportions


class Weighted:
    """Leads in proportion to the weights; the others follow, the most owed first."""

    info = StrategyInfo("weighted", weighs=True, spreads=True)

    def ordering(self, site: Site) -> "_Weighted":
        """Nobody is owed anything."""
        return _Weighted([each.weight for each in site.options])


class _Weighted:
    __slots__ = ("_turns", "_weights")

    def __init__(self, weights: list[int]) -> None:
        self._weights = weights
        self._turns = Turns(len(weights))

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The eligible choices with this turn's leader first."""
        return self._turns.order(eligible, self._weights, leads=scene.leads)

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float]:
        """The weights."""
        del scene
        return proportions([self._weights[index] for index in eligible])
