"""A budget, what of it is spent, and what it will come to at the pace of late. Pure.

Never a limit: nothing is refused by it.
"""

from typing import Final

import msgspec

from sixnines.domain.allowance import Allowance, Period, days_of
from sixnines.domain.price import MICRO_PICOS
from sixnines.domain.spend import Grain

PACE_S: Final = {Period.DAY: 3 * 3600, Period.MONTH: 7 * 86_400}
"""The time before now that the pace is that of: an hour of quiet, or a week-end, does not look like the end."""

_LEAST_S: Final = 3600
"""After a few requests no pace is known yet."""


class Outlay(msgspec.Struct, frozen=True):
    """How a budget stands.

    Attributes:
        allowance: the budget.
        first_s, end_s: when its period began and when it ends (Unix seconds).
        picos: what was spent in it, in pico-dollars.
        projected_picos: what will have been spent at its end, at the pace of late.
    """

    allowance: Allowance
    first_s: int
    end_s: int
    picos: int
    projected_picos: int

    @property
    def ratio(self) -> float:
        """The part of the budget that is spent."""
        return self.picos / (self.allowance.micros * MICRO_PICOS)


def outlay(allowance: Allowance, now_s: float, *, picos: int, late_picos: int, late_s: float) -> Outlay:
    """How a budget stands.

    Args:
        allowance: the budget.
        now_s: Unix time.
        picos: spent in its period so far.
        late_picos: spent in the last `late_s` seconds.
        late_s: for how long that was counted.
    """
    first, end = (each * Grain.DAY.value for each in days_of(allowance.period, now_s))
    left_s = max(0, end - int(now_s))
    return Outlay(allowance, first, end, picos, picos + late_picos * left_s // max(_LEAST_S, int(late_s)))
