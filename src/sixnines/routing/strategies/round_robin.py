"""`round_robin`: everybody in turn. Never looks at weights.

Each of n eligible choices leads every n-th request: a share of 1/n.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Scene, Site
from sixnines.routing.turns import Turns


class RoundRobin:
    """The one whose last turn is longest ago leads."""

    info = StrategyInfo("round_robin", spreads=True)

    def ordering(self, site: Site) -> "_RoundRobin":
        """Nobody has had a turn."""
        return _RoundRobin(len(site.options))


class _RoundRobin:
    __slots__ = ("_alike", "_turns")

    def __init__(self, count: int) -> None:
        self._alike = [1] * count
        self._turns = Turns(count)

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The next leads, those after it follow."""
        return self._turns.order(eligible, self._alike, leads=scene.leads)

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float]:
        """The same for all."""
        del scene
        return [1 / len(eligible)] * len(eligible)
