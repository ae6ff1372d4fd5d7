"""`sticky`: all requests of a conversation to one place, so that it finds its prompt in the engine's cache.

A conversation is told by the header `x-sixnines-session`, else by the field `user`, else by the beginning of its prompt
up to the user's first message. Weighted rendezvous hashing puts the choices in an order of its own for each
conversation; the first of them leads unless it has more than its part of the load, `max(4, 1.25 * (all in flight + 1) *
weight / all weights)`, rounded up (Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2016):
then the next in that order leads. When a choice goes, its conversations move at once and nobody else's; when it is back
they return. Requests that belong to no conversation go to the least busy.
"""

import math
from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing import affinity
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.turns import Turns


class Sticky:
    """Leads where the conversation has been before."""

    info = StrategyInfo("sticky", weighs=True)

    def ordering(self, site: Site) -> "_Sticky":
        """Nothing is remembered but turns: where a conversation belongs can be computed."""
        return _Sticky(site.options)


class _Sticky:
    __slots__ = ("_places", "_turns", "_weights")

    def __init__(self, options: Sequence[Option]) -> None:
        self._places = [affinity.place(each.name) for each in options]
        self._weights = [each.weight for each in options]
        self._turns = Turns(len(options))

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The conversation's own place first, unless it has more to do than its part."""
        conversation = affinity.key(scene.ask)
        in_flight = scene.load.in_flight
        weights = self._weights
        if conversation is None:
            ranks = {index: in_flight(index) / weights[index] if weights[index] else math.inf for index in eligible}
            return self._turns.best_first(eligible, ranks, weights, leads=scene.leads)
        ranked = sorted(
            eligible, key=lambda index: (affinity.rendezvous(conversation, self._places[index], weights[index]), index)
        )
        all_weights = sum(weights[index] for index in eligible)
        if not all_weights:
            return ranked
        part = _MORE_THAN_ITS_PART * (sum(map(in_flight, eligible)) + 1) / all_weights
        for at, index in enumerate(ranked):
            if in_flight(index) < max(_NEVER_TOO_MANY, math.ceil(part * weights[index])):
                return [index, *ranked[:at], *ranked[at + 1 :]]
        return ranked

    def shares(self, eligible: Sequence[int], scene: Scene) -> None:
        """It depends on the conversations."""
        del eligible, scene


_MORE_THAN_ITS_PART = 1.25
# As many as an engine usually serves side by side: llama.cpp has four slots unless it is told otherwise.
_NEVER_TOO_MANY = 4
