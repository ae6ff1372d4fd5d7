"""`least_cost`: the cheapest for this request.

The cost is `prompt tokens * input price + answer tokens * output price`: the prompt as estimated from its text, the
answer as limited by the caller's `max_tokens`, or 500 tokens. Local providers cost nothing unless a price is given; a
choice without any price is taken for the dearest. Equals go by the fewest requests in flight, then by the order in
config.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Option, Scene, Site, leads


class LeastCost:
    """Leads where it costs least."""

    info = StrategyInfo("least_cost", declares=("price",))

    def ordering(self, site: Site) -> "_LeastCost":
        """Goes by the prices there."""
        return _LeastCost(site.options)


class _LeastCost:
    __slots__ = ("_prices",)

    def __init__(self, options: Sequence[Option]) -> None:
        self._prices = [each.price for each in options]

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The cheapest first."""
        in_flight = scene.load.in_flight
        costs = self._costs(eligible, scene)
        return sorted(eligible, key=lambda index: (costs[index], in_flight(index), index))

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float] | None:
        """The cheapest has everything, unless there are several."""
        costs = self._costs(eligible, scene)
        cheapest = [index for index in eligible if costs[index] == min(costs.values())]
        return leads(cheapest[0], eligible) if len(cheapest) == 1 else None

    def _costs(self, eligible: Sequence[int], scene: Scene) -> dict[int, float]:
        prompt, answer = scene.ask.prompt_tokens, scene.ask.answer_tokens
        found: dict[int, float] = {}
        for index in eligible:
            price = self._prices[index]
            found[index] = _DEAREST if price is None else price.of(prompt, answer)
        return found


_DEAREST = float("inf")
