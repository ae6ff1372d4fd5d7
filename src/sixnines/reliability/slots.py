"""Availability by days and hours: which slots of time are asked for, and what the counts of each say. Pure.

Never a slot without evidence: where nothing was counted there is none. Days are UTC's, as the ledger's hours are.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from sixnines.domain.availability import DAY_MINUTES, GOOD, HOUR_MINUTES, MINUTE_S, Scope, Series, SlotTotal
from sixnines.reliability.nines import Share, share

DAYS: Final = 30
"""So many days are told of, today with them. The ledger holds a day more."""

DAY_HOURS: Final = 24


class Slots(msgspec.Struct, frozen=True):
    """Which slots are wanted.

    Attributes:
        first: the first minute.
        last: the last one.
        hours: how long a slot is.
        name: of what; None: of everything.
    """

    first: int
    last: int
    hours: int
    name: str | None = None


class Slot(msgspec.Struct, frozen=True):
    """One day or hour of one thing.

    Attributes:
        start_s: when it begins: wall clock.
        share: of its outcomes.
        causes: what went wrong, the most frequent first, with how often.
        probes: seconds in which probes found a provider up (good) and down (bad); None for all else, and without any.
    """

    start_s: int
    share: Share
    causes: tuple[tuple[str, int], ...]
    probes: Share | None = None


def last_days(now_s: float, name: str | None = None) -> Slots:
    """The last `DAYS` days up to now, day by day."""
    now = int(now_s) // MINUTE_S
    return Slots((now // DAY_MINUTES - DAYS + 1) * DAY_MINUTES, now, DAY_HOURS, name)


def hours_of(day: date, name: str) -> Slots:
    """The hours of a day of UTC."""
    first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // MINUTE_S
    return Slots(first, first + DAY_MINUTES - 1, 1, name)


def slots_of(series: Series, rows: Iterable[SlotTotal], hours: int) -> list[Slot]:
    """The slots of one thing that have any evidence, in order of time.

    Args:
        series: the thing; of a provider, its probes are found too.
        rows: what was counted, of anything.
        hours: how long a slot is.
    """
    counted: dict[int, Counter[str]] = {}
    probed: dict[int, Counter[str]] = {}
    probes = Series(Scope.PROBES, series.name) if series.scope is Scope.PROVIDER else None
    for row in rows:
        if row.series == series:
            counted.setdefault(row.slot, Counter())[row.cause] += row.count
        elif row.series == probes:
            probed.setdefault(row.slot, Counter())[row.cause] += row.count
    return [
        _slot(at * hours * HOUR_MINUTES * MINUTE_S, counted.get(at, Counter()), probed.get(at))
        for at in sorted({*counted, *probed})
    ]


def _slot(start_s: int, counts: Counter[str], probed: Counter[str] | None) -> Slot:
    causes = sorted(((cause, n) for cause, n in counts.items() if cause != GOOD), key=lambda each: (-each[1], each[0]))
    return Slot(start_s, _share(counts), tuple(causes), None if probed is None else _share(probed))


def _share(counts: Counter[str]) -> Share:
    good = counts[GOOD]
    return share(good, counts.total() - good)
