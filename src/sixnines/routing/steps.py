"""To rank options by how far they are from what is wanted, on a ladder on which the best stands on step 0. Pure."""

from collections.abc import Callable, Sequence

from sixnines.routing.interface import Option, Scene
from sixnines.routing.turns import Rank, Turns, best_shares


def nearest(eligible: Sequence[int], steps: Sequence[int | None], wanted: int) -> dict[int, Rank]:
    """The ranks of the eligible: the step that is wanted, then the better ones, then the worse ones, the nearest first.

    Args:
        eligible: indexes into `steps`.
        steps: of every option, None for one that is on no step: it comes last.
        wanted: the step.
    """
    found: dict[int, Rank] = {}
    for index in eligible:
        step = steps[index]
        if step is None:
            found[index] = (2, 0)
        else:
            found[index] = (0, wanted - step) if step <= wanted else (1, step - wanted)
    return found


class Stepped:
    """The order of options that stand on steps: the nearest to what is wanted lead in turn, by their weights.

    Args:
        options: all of them.
        step: of an option; None for one that is on no step.
        wanted: the step that a request wants.
    """

    __slots__ = ("_steps", "_turns", "_wanted", "_weights")

    def __init__(
        self, options: Sequence[Option], step: Callable[[Option], int | None], wanted: Callable[[Scene], int]
    ) -> None:
        self._steps = [step(each) for each in options]
        self._weights = [each.weight for each in options]
        self._turns = Turns(len(options))
        self._wanted = wanted

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The nearest first."""
        return self._turns.best_first(eligible, self._ranks(eligible, scene), self._weights, leads=scene.leads)

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float]:
        """The nearest have everything, by their weights."""
        return best_shares(eligible, self._ranks(eligible, scene), self._weights)

    def _ranks(self, eligible: Sequence[int], scene: Scene) -> dict[int, Rank]:
        return nearest(eligible, self._steps, self._wanted(scene))
