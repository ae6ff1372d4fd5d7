"""To rank options by how far they are from what is wanted, on a ladder on which the best stands on step 0. Pure."""

from collections.abc import Sequence

from sixnines.routing.turns import Rank


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
