"""What the gateway may spend in a day or a month before somebody is told. Values, and the days of a period.

Never a limit: nothing is refused because it is spent.
"""

import enum
from datetime import UTC, datetime, timedelta

import msgspec

from sixnines.domain.spend import Grain


class Period(enum.StrEnum):
    """The time that a budget is for, by the calendar of UTC."""

    DAY = "day"
    MONTH = "month"


class Allowance(msgspec.Struct, frozen=True):
    """So many micro-dollars for each period."""

    micros: int
    period: Period


def days_of(period: Period, unix_s: float) -> tuple[int, int]:
    """The first day of the period that a time lies in, and the first one after it (since 1970, UTC)."""
    if period is Period.DAY:
        return Grain.DAY.of(unix_s), Grain.DAY.of(unix_s) + 1
    first = datetime.fromtimestamp(unix_s, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=31)).replace(day=1)  # no month is longer, and none as short as a day
    return Grain.DAY.of(first.timestamp()), Grain.DAY.of(following.timestamp())
