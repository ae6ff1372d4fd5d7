"""`least_latency`: power of two choices over how soon answers begin and how many are under way.

Two eligible choices are drawn at random, and the one of lower cost leads; the others follow by cost. The cost is
`first_token_s * (in_flight + 1)`, where `first_token_s` is a peak-sensitive moving average: a slower answer counts at
once and in full, and fades by half in ten seconds. Drawing two instead of taking the best of all keeps a crowd from
moving to one place together (Mitzenmacher, "The power of two choices in randomized load balancing"; the average is that
of Finagle's `PeakEwma`). A choice of which nothing is known costs as much as the cheapest that is known, and so is
tried.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Scene, Site


class LeastLatency:
    """Leads where an answer begins soonest."""

    info = StrategyInfo("least_latency", spreads=True)

    def ordering(self, site: Site) -> "LeastLatency":
        """What is known of answers is the board's."""
        del site
        return self

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The better of two first, then by cost."""
        load, now = scene.load, scene.now
        known = {index: load.first_token_s(index, now) for index in eligible}
        usual = min((each for each in known.values() if each is not None), default=0.0)
        cost = {
            index: (usual if seconds is None else seconds) * (load.in_flight(index) + 1)
            for index, seconds in known.items()
        }
        ranked = sorted(eligible, key=lambda index: (cost[index], load.in_flight(index), index))
        if len(ranked) < _ENOUGH_TO_DRAW:
            return ranked
        one = int(scene.draw() * len(ranked))
        other = int(scene.draw() * (len(ranked) - 1))
        leader = min(one, other + (other >= one))  # the better of two has the smaller rank
        return [ranked[leader], *ranked[:leader], *ranked[leader + 1 :]]

    def shares(self, eligible: Sequence[int], scene: Scene) -> None:
        """It depends on how quickly each answers."""
        del eligible, scene


# Of two, both are always drawn.
_ENOUGH_TO_DRAW = 3
