"""Downtime as episodes: when it began, when it ended, why; and what they say of the time between failures. Pure.

Told from minutes (`domain.availability.Marks`). **A minute is down when not fewer of its outcomes were bad than good**;
up when there were others; without any it is *no evidence*: never up, never down.

* An episode begins with its first minute that is down.
* It ends where the next minute begins that is up, if no more than `BRIDGED` minutes lie in between without evidence.
* After more of them nobody knows when it ended: it is taken to end with its last minute that is down, and says so.
* As long as neither has happened it goes on.

So an episode's length is exact to a minute, and never made longer by a night in which nobody asked.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from sixnines.domain.availability import HOUR_MINUTES, MINUTE_S, Blame, Marks

BRIDGED: Final = 5
"""So many minutes without evidence may lie between a minute that is down and one that belongs to the same episode."""

FEWEST: Final = 2
"""Of fewer episodes no mean is told."""


class Episode(msgspec.Struct, frozen=True):
    """A time in which something was down.

    Attributes:
        start: its first minute, since 1970.
        end: the first minute that is no longer part of it; None while it goes on.
        known_end: it was seen to be up again; else nobody asked after `end`.
        down: how many of its minutes were seen to be down.
        causes: what went wrong, the most frequent first, with how often.
    """

    start: int
    end: int | None
    known_end: bool
    down: int
    causes: tuple[tuple[str, int], ...]

    @property
    def cause(self) -> str:
        """What went wrong most often."""
        return self.causes[0][0] if self.causes else "unknown"

    def length_s(self, now_minute: int) -> int:
        """Seconds that it took, or has taken so far."""
        return ((now_minute + 1 if self.end is None else self.end) - self.start) * MINUTE_S


class Spells(msgspec.Struct, frozen=True):
    """What the episodes of a window say. Means are None where there were fewer than `FEWEST`.

    Attributes:
        episodes: in order.
        up_minutes: so many minutes were up.
        down_minutes: so many were down.
        mtbf_s: mean time between failures: the time that was seen up, for each episode that began.
        mttr_s: mean time to recovery: the mean length of those whose end was seen.
    """

    episodes: tuple[Episode, ...]
    up_minutes: int
    down_minutes: int
    mtbf_s: float | None
    mttr_s: float | None


def preferring(first: Iterable[Marks], second: Iterable[Marks]) -> list[Marks]:
    """One record of two: where `first` knows something of a minute it holds, else `second`. In order of hours."""
    merged: dict[int, Marks] = {}
    for marks in first:
        before = merged.get(marks.hour)
        down = marks.down | (before.down if before else 0)
        up = (marks.up | (before.up if before else 0)) & ~down
        merged[marks.hour] = Marks(marks.series, marks.hour, up, down)
    known = {hour: marks.up | marks.down for hour, marks in merged.items()}
    for marks in second:
        taken, before = known.get(marks.hour, 0), merged.get(marks.hour)
        down = (marks.down & ~taken) | (before.down if before else 0)
        up = ((marks.up & ~taken) | (before.up if before else 0)) & ~down
        merged[marks.hour] = Marks(before.series if before else marks.series, marks.hour, up, down)
    return [merged[hour] for hour in sorted(merged)]


def spells(marks: Sequence[Marks], blames: Sequence[Blame], *, first: int, now: int) -> Spells:
    """The episodes of one thing.

    Args:
        marks: its minutes, one for each hour, in order.
        blames: causes, by time.
        first: the minute with which the window begins.
        now: the current minute, which is not over.
    """
    minutes = list(_minutes(marks, first, now))
    found = [_blamed(episode, blames, now) for episode in _episodes(minutes, now)]
    up = sum(1 for _, down in minutes if not down)
    ended = [each for each in found if each.known_end]
    return Spells(
        tuple(found),
        up,
        len(minutes) - up,
        up * MINUTE_S / len(found) if len(found) >= FEWEST else None,
        sum(each.length_s(now) for each in ended) / len(ended) if len(ended) >= FEWEST else None,
    )


def _minutes(marks: Sequence[Marks], first: int, now: int) -> Iterable[tuple[int, bool]]:
    """The minutes with evidence, in order, each with whether it was down."""
    for each in marks:
        known = each.up | each.down
        for minute in range(HOUR_MINUTES):
            at = each.hour * HOUR_MINUTES + minute
            if known >> minute & 1 and first <= at <= now:
                yield at, bool(each.down >> minute & 1)


def _episodes(minutes: Iterable[tuple[int, bool]], now: int) -> Iterable[Episode]:
    start = last = None
    down_minutes = 0
    for at, down in minutes:
        if start is not None and last is not None:
            if at - last > BRIDGED + 1:
                yield Episode(start, last + 1, False, down_minutes, ())
                start = None
            elif not down:
                yield Episode(start, at, True, down_minutes, ())
                start = None
        if down:
            start, down_minutes = (at, 1) if start is None else (start, down_minutes + 1)
            last = at
    if start is not None and last is not None:
        lapsed = now - last > BRIDGED
        yield Episode(start, last + 1 if lapsed else None, False, down_minutes, ())


def _blamed(episode: Episode, blames: Sequence[Blame], now: int) -> Episode:
    """The same with its causes. Older causes are known by the hour only: those of the hours that it touches count."""
    end = now + 1 if episode.end is None else episode.end
    causes: Counter[str] = Counter()
    for blame in blames:
        if blame.first < end and blame.end > episode.start:
            causes[blame.cause] += blame.count
    ranked = sorted(causes.items(), key=lambda each: (-each[1], each[0]))
    return msgspec.structs.replace(episode, causes=tuple(ranked))
