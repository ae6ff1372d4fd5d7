"""What `/metrics` shows of availability: every name of the config in every window. Pure.

Never a series for a name that the config does not declare, and none for what was not measured.
"""

from collections.abc import Iterable, Mapping

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.availability import Series, Total
from sixnines.reliability.budget import budget
from sixnines.reliability.nines import share
from sixnines.reliability.report import shares, target
from sixnines.reliability.tally import configured
from sixnines.reliability.window import LONGEST


class Figure(msgspec.Struct, frozen=True):
    """One thing in one window.

    Attributes:
        series: what.
        window: its name.
        value: availability, with the ends of its interval.
        burn: how many times as fast as its target allows the budget was used; None for providers.
        left: the part of the budget that is left, in the longest window only.
    """

    series: Series
    window: str
    value: float
    lower: float
    upper: float
    burn: float | None
    left: float | None


Figures = tuple[Figure, ...]


def figures(totals: Mapping[str, Iterable[Total]], snapshot: Snapshot) -> Figures:
    """The figures.

    Args:
        totals: outcomes, by window.
        snapshot: the config.
    """
    found: list[Figure] = []
    for window, counted in totals.items():
        counts = shares(counted)
        for series in configured(snapshot):
            measured = share(*counts.get(series, (0, 0)))
            if measured.value is None or measured.lower is None or measured.upper is None:
                continue
            goal = target(series, snapshot)
            spent = None if goal is None else budget(measured, goal)
            found.append(
                Figure(
                    series,
                    window,
                    measured.value,
                    measured.lower,
                    measured.upper,
                    None if spent is None else spent.burn,
                    spent.left if spent is not None and window == LONGEST else None,
                )
            )
    return tuple(found)
