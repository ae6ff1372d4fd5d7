"""Availability by days as a calendar, a strip, or the hours of a day. Pure: from what was counted to what is drawn.

What a colour says, a sign and a word say too. Never a good day without evidence: where nothing was counted, nothing is
claimed.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sixnines.client.slots import Calendar, Kept, Slot
from sixnines.client.words import span

USUAL_TARGET: Final = 0.999
"""What is aimed at where config does not say, and for providers, which have no target."""

_WEEK: Final = 7
_DAY_HOURS: Final = 24


class Level(enum.StrEnum):
    """How a day or an hour was."""

    NONE = "none"  # nothing was counted
    CLEAN = "clean"  # nothing was bad
    MET = "met"  # something was bad, and the target was met
    MISSED = "missed"  # the target was missed
    DOWN = "down"  # not fewer outcomes were bad than good


SIGNS: Final = {Level.NONE: "·", Level.CLEAN: "✓", Level.MET: "~", Level.MISSED: "!", Level.DOWN: "✕"}
WORDS: Final = {
    Level.NONE: "not measured: nothing was counted",
    Level.CLEAN: "nothing failed",
    Level.MET: "something failed, and the target was met",
    Level.MISSED: "the target was missed",
    Level.DOWN: "as much failed as was answered, or more",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day, or an hour.

    Attributes:
        start: when it begins, in UTC.
        level: how it was.
        slot: what was counted; None: nothing.
    """

    start: datetime
    level: Level
    slot: Slot | None = None

    @property
    def sign(self) -> str:
        """The level in a character."""
        return SIGNS[self.level]

    @property
    def day(self) -> str:
        """`2026-11-25`."""
        return self.start.date().isoformat()

    @property
    def hour(self) -> str:
        """`14:00`."""
        return self.start.strftime("%H:%M")

    @property
    def short(self) -> str:
        """The share that was good, in as few characters as say it: never 100 where something was bad."""
        if self.slot is None or self.slot.ratio is None:
            return "-"
        if not self.slot.bad:
            return "100"
        return f"{int(self.slot.ratio * 10_000) / 100:.2f}".rstrip("0").rstrip(".")

    @property
    def said(self) -> str:
        """In words."""
        found = self.slot
        if found is None or not found.good + found.bad:
            return WORDS[Level.NONE] + self._probed()
        return f"{found.text or f'{self.short} %'} ({found.good:,} good, {found.bad:,} bad)"

    def _probed(self) -> str:
        """What probes found of a provider that nobody asked meanwhile."""
        found = None if self.slot is None else self.slot.probes
        return "" if found is None else f"; probes found it up for {span(found.up_s)}, down for {span(found.down_s)}"

    @property
    def causes(self) -> str:
        """What went wrong, the most frequent first."""
        return "" if self.slot is None else ", ".join(f"{cause} {n:,}" for cause, n in self.slot.causes.items())


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks of days, Mondays first; None where a week's day is not told of."""

    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The days of one thing in one line.

    Attributes:
        scope, name: of what.
        cells: a day each, the oldest first.
    """

    scope: str
    name: str
    cells: tuple[Cell, ...]

    @property
    def bad_days(self) -> int:
        """On so many days the target was missed."""
        return sum(1 for each in self.cells if each.level in (Level.MISSED, Level.DOWN))

    @property
    def said(self) -> str:
        """In words: how many days were how."""
        counts = {level: sum(1 for each in self.cells if each.level is level) for level in Level}
        told = [
            f"{_days(counts[level])} {word}"
            for level, word in (
                (Level.CLEAN, "without a failure"),
                (Level.MET, "within the target"),
                (Level.MISSED, "below it"),
                (Level.DOWN, "down"),
                (Level.NONE, "not measured"),
            )
            if counts[level]
        ]
        return ", ".join(told)


def level(slot: Slot | None, target: float | None) -> Level:
    """How a day or an hour was."""
    if slot is None or not slot.good + slot.bad:
        return Level.NONE
    if not slot.bad:
        return Level.CLEAN
    if slot.bad >= slot.good:
        return Level.DOWN
    met = slot.good >= (USUAL_TARGET if target is None else target) * (slot.good + slot.bad)
    return Level.MET if met else Level.MISSED


def strip(kept: Kept, calendar: Calendar) -> Strip:
    """The days of one thing."""
    return Strip(kept.scope, kept.name, tuple(_cells(kept, calendar, timedelta(days=1))))


def pick(series: Sequence[Kept], calendar: Calendar, *, text: str = "", most: int) -> tuple[Strip, ...]:
    """The days of what has `text` in its name (the gateway always), in order; of more than can be shown, the worst.

    Args:
        series: in the order of the config, the gateway first.
        calendar: that they are of.
        text: part of a name; "" for everything.
        most: so many can be shown.
    """
    wanted = [each for each in series if each.scope == "gateway" or text.lower() in each.name.lower()]
    strips = [strip(each, calendar) for each in wanted]
    worst = sorted(range(len(strips)), key=lambda at: (strips[at].scope != "gateway", -strips[at].bad_days))
    return tuple(strips[at] for at in sorted(worst[:most]))


def month(cells: Sequence[Cell]) -> Month:
    """Days in weeks."""
    if not cells:
        return Month(())
    before = cells[0].start.weekday()
    padded: list[Cell | None] = [*([None] * before), *cells]
    padded += [None] * (-len(padded) % _WEEK)
    return Month(tuple(tuple(padded[at : at + _WEEK]) for at in range(0, len(padded), _WEEK)))


def hours(kept: Kept, calendar: Calendar) -> tuple[Cell, ...]:
    """The hours of the day that a calendar of hours is of."""
    return tuple(_cells(kept, calendar, timedelta(hours=1)))[:_DAY_HOURS]


def day_of(text: str) -> date | None:
    """A day as it stands in an address; None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cells(kept: Kept, calendar: Calendar, step: timedelta) -> Iterator[Cell]:
    """All from the beginning to the end that the calendar tells of, also those without evidence."""
    by_start: Mapping[datetime, Slot] = {moment(each.start): each for each in kept.slots}
    at, end = moment(calendar.first), moment(calendar.end)
    while at < end:
        slot = by_start.get(at)
        yield Cell(at, level(slot, kept.target), slot)
        at += step


def moment(text: str) -> datetime:
    """A time of RFC 3339; 1970 if it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
