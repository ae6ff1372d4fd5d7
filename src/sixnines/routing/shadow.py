"""A strategy in the shadow of another: one acts, the other one decides as well, and remembers what it would have done.

Pure. Whatever the shadow decides, the order is that of the strategy that acts.
"""

from collections.abc import Sequence

from sixnines.routing.interface import Ordering, Scene


class Shadowed:
    """An ordering with another one beside it."""

    __slots__ = ("_acting", "_shadow")

    def __init__(self, acting: Ordering, shadow: Ordering) -> None:
        self._acting = acting
        self._shadow = shadow

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """As the acting strategy says."""
        order = self._acting.order(eligible, scene)
        if scene.leads:
            self._shadow.order(eligible, Scene(scene.ask, scene.load, scene.now, scene.draw, acting=order[0]))
        return order

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float] | None:
        """As the acting strategy says."""
        return self._acting.shares(eligible, scene)
