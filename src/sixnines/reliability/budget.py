"""The error budget: what a target allows to go wrong, how much of it is left, and how fast it is being used. Pure.

Never a budget of nothing: as long as nothing was counted none of it is used, and how fast is not measured.
"""

import msgspec

from sixnines.reliability.nines import Share


class Budget(msgspec.Struct, frozen=True):
    """The budget of a window.

    Attributes:
        target: the share of outcomes that is to be good, more than 0 and less than 1.
        allowed: so many of those that were counted might have been bad; seldom a whole number.
        spent: so many were.
        left: the part of `allowed` that is left: 1 when nothing was bad, 0 when the target is just met, negative when
            it is missed; None if nothing was counted.
        burn: how many times as fast as the target allows it was used: at 1 it lasts just as long as the window, at 14.4
            a budget of 30 days is gone in 50 hours; None if nothing was counted.
    """

    target: float
    allowed: float
    spent: int
    left: float | None
    burn: float | None


def budget(found: Share, target: float) -> Budget:
    """The budget for outcomes of which `target` are to be good.

    Raises:
        ValueError: the target leaves no budget, or nothing but a budget.
    """
    if not 0.0 < target < 1.0:
        raise ValueError("a target lies between 0 and 1")
    # Of 1 - 0.999 the last digits are noise; to twelve places there is none.
    allowed_share = round(1.0 - target, 12)
    allowed = allowed_share * found.total
    if not found.total:
        return Budget(target, 0.0, 0, None, None)
    burn = found.bad / allowed
    return Budget(target, allowed, found.bad, 1.0 - burn, burn)
