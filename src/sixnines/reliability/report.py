"""From what is recorded to what is told: every model, route and provider of a config, and the gateway. Pure.

Never tells of what the config does not declare: what it once did stays in the ledger and out of sight.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.availability import GOOD, MINUTE_S, USUAL_TARGET, Blame, Life, Marks, Records, Scope, Series, Total
from sixnines.reliability.budget import Budget, budget
from sixnines.reliability.episodes import Spells, preferring, spells
from sixnines.reliability.nines import Share, share
from sixnines.reliability.tally import configured
from sixnines.reliability.uptime import Uptime, uptime

_Row = TypeVar("_Row", Marks, Blame)


class Finding(msgspec.Struct, frozen=True):
    """What was measured of one thing.

    Attributes:
        series: what.
        share: of its outcomes.
        causes: what went wrong, the most frequent first, with how often.
        budget: against its target; None for providers, which have none.
        spells: its downtime.
        probes: seconds in which probes found a provider up (good) and down (bad); None for all else.
    """

    series: Series
    share: Share
    causes: tuple[tuple[str, int], ...]
    budget: Budget | None
    spells: Spells
    probes: Share | None


class Report(msgspec.Struct, frozen=True):
    """What was measured in a window.

    Attributes:
        first: its first minute.
        now: its last.
        uptime: of the gateway's processes.
        findings: in the order of the config, the gateway first.
    """

    first: int
    now: int
    uptime: Uptime
    findings: tuple[Finding, ...]


def report(records: Records, snapshot: Snapshot, *, first: int, now_s: float, own: Life) -> Report:
    """What the records of a window say.

    Args:
        records: of the minutes from `first`.
        snapshot: the config that says what there is.
        first: the first minute of the window.
        now_s: the wall clock.
        own: the life of the process that tells, whether it is recorded or not.
    """
    now = int(now_s) // MINUTE_S
    sorted_records = _Sorted(records, first, now)
    oldest = own.began_s if records.oldest_s is None else min(own.began_s, records.oldest_s)
    findings = [sorted_records.finding(series, target(series, snapshot)) for series in configured(snapshot)]
    lived = uptime([*records.lives, own], oldest, start_s=first * MINUTE_S, now_s=now_s)
    return Report(first, now, lived, tuple(findings))


def shares(totals: Iterable[Total]) -> dict[Series, tuple[int, int]]:
    """Good and bad outcomes of everything that has any."""
    found: dict[Series, tuple[int, int]] = {}
    for total in totals:
        good, bad = found.get(total.series, (0, 0))
        found[total.series] = (good + total.count, bad) if total.cause == GOOD else (good, bad + total.count)
    return found


def _causes(totals: Iterable[Total]) -> dict[Series, Counter[str]]:
    found: dict[Series, Counter[str]] = {}
    for total in totals:
        if total.cause != GOOD:
            found.setdefault(total.series, Counter())[total.cause] += total.count
    return found


def _grouped(rows: Iterable[_Row]) -> dict[Series, list[_Row]]:
    found: dict[Series, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.series, []).append(row)
    return found


def target(series: Series, snapshot: Snapshot) -> float | None:
    """The share of its outcomes that is to be good, by config; None for providers."""
    if series.scope in (Scope.PROVIDER, Scope.PROBES):
        return None
    return snapshot.availability.get(series.name, USUAL_TARGET)


class _Sorted:
    """The records of a window, by whose they are."""

    def __init__(self, records: Records, first: int, now: int) -> None:
        self._first, self._now = first, now
        self._counts = shares(records.totals)
        self._causes = _causes(records.totals)
        self._marks: dict[Series, list[Marks]] = _grouped(records.marks)
        self._blames: dict[Series, list[Blame]] = _grouped(records.blames)

    def finding(self, series: Series, target: float | None) -> Finding:
        """What they say of one thing."""
        found = share(*self._counts.get(series, (0, 0)))
        blames, probed, probes = self._blames.get(series, []), [], None
        if series.scope is Scope.PROVIDER:  # what requests show goes before what probes found
            of_probes = Series(Scope.PROBES, series.name)
            probes = share(*self._counts.get(of_probes, (0, 0)))
            blames = [*blames, *self._blames.get(of_probes, ())]
            probed = self._marks.get(of_probes, [])
        causes = self._causes.get(series, Counter())
        return Finding(
            series,
            found,
            tuple(sorted(causes.items(), key=lambda each: (-each[1], each[0]))),
            None if target is None else budget(found, target),
            spells(preferring(self._marks.get(series, ()), probed), blames, first=self._first, now=self._now),
            probes,
        )
