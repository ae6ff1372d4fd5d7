"""Which config held before another one: where a rollback goes that names no revision. Never reads a file itself."""

from collections.abc import Callable, Iterator

from sixnines.control.revision import Revision
from sixnines.errors import ControlError


def meant(number: int, read: Callable[[int], Revision]) -> Revision:
    """The revision whose sources `number` has: itself, or the one that it went back to.

    Raises:
        ControlError: what `read` raises.
    """
    revision = read(number)
    while revision.of is not None and revision.of < revision.number:  # a number that grows would never end
        revision = read(revision.of)
    return revision


def original(number: int, read: Callable[[int], Revision]) -> int:
    """What a rollback to `number` says that it is of: the revision that was not itself gone back to.

    So the way back is one step long however often one goes forth and back, and what it needs can be kept. Where that
    one is gone, it is `number`.
    """
    try:
        return meant(number, read).number
    except ControlError:
        return number


def before(number: int, read: Callable[[int], Revision]) -> int | None:
    """What held before the config that `number` stands for; None if nothing did.

    As with "undo" in an editor: 1, 2, 3, rollback (4 is 2 again), rollback (5 is 1 again). Revisions that never held
    are nobody's parent, and so are passed over.

    Raises:
        ControlError: what `read` raises.
    """
    return meant(number, read).parent


def way_back(number: int, read: Callable[[int], Revision]) -> Iterator[int]:
    """What two rollbacks from `number` need, the nearest first.

    Raises:
        ControlError: what `read` raises; what came before it holds.
    """
    parent = read(number).parent
    if parent is not None:
        yield parent
    step: int | None = number
    for _ in range(2):
        if step is None:
            return
        there = meant(step, read)
        yield there.number
        step = there.parent
        if step is not None:
            yield step
