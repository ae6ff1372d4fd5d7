"""`least_busy`: to the one with the fewest requests in flight for its weight.

Each choice is ranked by `in flight / weight`, where the requests are all those of its provider; of equals the one whose
last turn is longest ago leads, in proportion to the weights. A weight of 0 leads only when nothing else is eligible.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Scene, Site
from sixnines.routing.turns import Turns


class LeastBusy:
    """Leads where there is most room."""

    info = StrategyInfo("least_busy", weighs=True, spreads=True)

    def ordering(self, site: Site) -> "_LeastBusy":
        """Nobody has had a turn."""
        return _LeastBusy([each.weight for each in site.options])


class _LeastBusy:
    __slots__ = ("_turns", "_weights")

    def __init__(self, weights: list[int]) -> None:
        self._weights = weights
        self._turns = Turns(len(weights))

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The least busy first."""
        weights, in_flight = self._weights, scene.load.in_flight
        ranks = {index: in_flight(index) / weights[index] if weights[index] else _LAST for index in eligible}
        return self._turns.best_first(eligible, ranks, weights, leads=scene.leads)

    def shares(self, eligible: Sequence[int], scene: Scene) -> None:
        """It depends on how long each takes."""
        del eligible, scene


_LAST = float("inf")
