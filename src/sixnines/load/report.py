"""What a run has shown, as values: for the terminal, the page and the JSON file alike.

Pure. Never shows a number that was not measured: it is None. Says so when the load
machine, not the endpoint, was the limit.
"""

from collections.abc import Sequence

import msgspec

from sixnines.load.histogram import Histogram
from sixnines.load.judging import Wrong
from sixnines.load.schedule import Arrivals, Plan, Profile
from sixnines.load.tally import Slot, Tally
from sixnines.reliability.nines import share

FORMAT = 1
"""Of the JSON file; a change that breaks readers counts up."""

_LATE_S, _LATE_SHARE = 0.005, 0.1
"""Requests may be sent so late, or so much of the median answer, before the generator is the limit: a timer of the loop
is late by up to a millisecond even when nothing else is done."""
_BUSY = 0.85
"""Share of its core from which the generator itself makes callers wait: an answer is read when its turn comes."""
_DRIFT_FROM = 8
"""Slots that a run must have before its first and last quarter are compared."""


class Setting(msgspec.Struct, frozen=True):
    """What was asked for.

    Attributes:
        url, model: whom.
        stream: streams, or whole answers.
        profile, arrivals, rps, duration_s, seed: when; see `schedule.Plan`.
        most_open, timeout_s: limits of the generator; see `generator.Rules`.
        prompts: how many different ones.
        max_tokens: as asked for.
        began_at: the beginning, in seconds since 1970.
        version: of sixnines.
    """

    url: str
    model: str
    stream: bool
    profile: Profile
    arrivals: Arrivals
    rps: float
    duration_s: float
    seed: int
    most_open: int
    timeout_s: float
    prompts: int
    max_tokens: int | None
    began_at: float
    version: str

    @property
    def plan(self) -> Plan:
        """The plan without its limit."""
        return Plan(self.profile, self.rps, self.duration_s, self.arrivals)


class Spread(msgspec.Struct, frozen=True):
    """A measured time in seconds; None where too little was measured for a percentile.

    Attributes:
        name: what was measured.
        count: values.
    """

    name: str
    count: int
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    p999_s: float | None
    max_s: float | None
    mean_s: float | None


class FaultCount(msgspec.Struct, frozen=True):
    """How often one kind of fault was seen, and what was said the first time."""

    kind: str
    count: int
    example: str


class Point(msgspec.Struct, frozen=True):
    """One slot of time.

    Attributes:
        start_s, end_s: of the slot.
        planned_rps: what the profile asks for in its middle.
        due, good, bad: requests that were due in it, and what became of them.
        p50_s, p95_s, max_s: of the good answers.
        providers: good answers by who gave them.
    """

    start_s: float
    end_s: float
    planned_rps: float
    due: int
    good: int
    bad: int
    p50_s: float | None
    p95_s: float | None
    max_s: float | None
    providers: dict[str, int]


class Success(msgspec.Struct, frozen=True):
    """The share of good answers.

    Attributes:
        value: None of none.
        lower, upper: the ends of its interval.
        nines: how many the evidence supports (see `reliability.nines`).
    """

    value: float | None
    lower: float | None
    upper: float | None
    nines: int


class Drift(msgspec.Struct, frozen=True):
    """Total times of the first and the last quarter of a soak, without its rise."""

    first: Spread
    last: Spread


class Effort(msgspec.Struct, frozen=True):
    """The generator's check on itself.

    Attributes:
        lateness: seconds from due to sent.
        cpu_share: of one core; None where not measured.
        most_open: requests open at once.
        held: requests that had to wait for a place.
        remarks: why the figures are not about the endpoint alone; empty when they are.
    """

    lateness: Spread
    cpu_share: float | None
    most_open: int
    held: int
    remarks: list[str]


class Report(msgspec.Struct, frozen=True):
    """A run.

    Attributes:
        format: of this document.
        setting: what was asked for.
        interrupted: it was stopped before its end.
        lasted_s: seconds from the beginning to the last answer.
        due, good, bad, unfinished: requests, and what became of them.
        success: share of good answers among those that are over, with its interval (95 %, Clopper and Pearson).
        good_rps: good answers per second of the time in which requests were due.
        spreads: first content, gap, total, and until the end of all answers.
        faults: the most frequent first.
        providers: good answers by who gave them.
        series: over time.
        drift: of a soak.
        effort: the generator's check on itself.
    """

    format: int
    setting: Setting
    interrupted: bool
    lasted_s: float
    due: int
    good: int
    bad: int
    unfinished: int
    success: Success
    good_rps: float | None
    spreads: list[Spread]
    faults: list[FaultCount]
    providers: dict[str, int]
    series: list[Point]
    drift: Drift | None
    effort: Effort

    @property
    def is_clean(self) -> bool:
        """Was every answer good, and the endpoint what was measured?"""
        return self.bad == 0 and self.good > 0 and not self.effort.remarks


def make_report(
    setting: Setting, tally: Tally, *, lasted_s: float, cpu_s: float | None, interrupted: bool = False
) -> Report:
    """The report.

    Args:
        setting: what was asked for.
        tally: what was counted.
        lasted_s: seconds from the beginning to the end.
        cpu_s: seconds of a core that the generator used in them; None: not measured.
        interrupted: stopped before its end.
    """
    found = share(tally.good, tally.bad)
    due_s = min(lasted_s, setting.duration_s)
    lateness = spread("sent after due", tally.lateness)
    return Report(
        format=FORMAT,
        setting=setting,
        interrupted=interrupted,
        lasted_s=lasted_s,
        due=tally.due,
        good=tally.good,
        bad=tally.bad,
        unfinished=tally.unfinished,
        success=Success(found.value, found.lower, found.upper, found.nines),
        good_rps=tally.good / due_s if due_s > 0 else None,
        spreads=[
            spread("time to first token", tally.first),
            spread("gap between tokens", tally.gaps),
            spread("total, good answers", tally.total),
            spread("total, all answers", tally.ended),
        ],
        faults=[FaultCount(kind, count, tally.examples.get(kind, "")) for kind, count in tally.faults.most_common()],
        providers=dict(tally.providers.most_common()),
        series=[_point(setting.plan, tally, at) for at in range(len(tally.slots)) if at * tally.slot_s < lasted_s],
        drift=_drift(setting, tally),
        effort=_effort(setting, tally, lateness, None if cpu_s is None or lasted_s <= 0 else cpu_s / lasted_s),
    )


def spread(name: str, values: Histogram) -> Spread:
    """What `values` say."""
    p50, p95, p99, p999 = (values.percentile(share) for share in (0.5, 0.95, 0.99, 0.999))
    return Spread(name, values.count, p50, p95, p99, p999, values.greatest_s if values.count else None, values.mean_s)


def _point(plan: Plan, tally: Tally, at: int) -> Point:
    slot, start = tally.slots[at], at * tally.slot_s
    end = min(start + tally.slot_s, max(plan.duration_s, start))
    total = slot.total
    return Point(
        start_s=start,
        end_s=end,
        planned_rps=plan.rate((start + end) / 2),
        due=slot.due,
        good=slot.good,
        bad=slot.bad,
        p50_s=total.percentile(0.5),
        p95_s=total.percentile(0.95),
        max_s=total.greatest_s if total.count else None,
        providers=dict(slot.providers.most_common()),
    )


def _drift(setting: Setting, tally: Tally) -> Drift | None:
    """Of the time in which the rate was level."""
    if setting.profile is not Profile.SOAK:
        return None
    level = setting.plan.stretches[-1]
    held = [slot for at, slot in enumerate(tally.slots) if at * tally.slot_s >= level.start_s]
    if len(held) < _DRIFT_FROM:
        return None
    quarter = len(held) // 4
    first, last = _merged("first quarter", held[:quarter]), _merged("last quarter", held[-quarter:])
    return Drift(first, last) if first.count and last.count else None


def _merged(name: str, slots: Sequence[Slot]) -> Spread:
    together = Histogram()
    for slot in slots:
        together.add(slot.total)
    return spread(name, together)


def _effort(setting: Setting, tally: Tally, lateness: Spread, cpu_share: float | None) -> Effort:
    remarks: list[str] = []
    late_s = lateness.max_s if lateness.p99_s is None else lateness.p99_s
    allowed_s = max(_LATE_S, _LATE_SHARE * (tally.total.percentile(0.5) or 0.0))
    if late_s is not None and late_s > allowed_s:
        remarks.append(
            f"The load machine was the limit: it sent requests up to {late_s * 1000:.1f} ms after they were due "
            f"({'the most' if lateness.p99_s is None else 'P99'}). Use a lower rate, or a machine with less to do."
        )
    if cpu_share is not None and cpu_share > _BUSY:
        remarks.append(
            f"The load machine was the limit: the generator used {cpu_share:.0%} of its core, so that answers waited "
            "to be read. Use a lower rate, or several generators."
        )
    if tally.faults[Wrong.OWN]:
        remarks.append(
            f"The load machine was the limit: {tally.faults[Wrong.OWN]:,} connections could not be opened for want of "
            f"something here ({tally.examples[Wrong.OWN]}). They are counted as bad, and say nothing of the endpoint."
        )
    if tally.held:
        remarks.append(
            f"{tally.held:,} requests had to wait because {setting.most_open:,} were open (--max-open). Their times "
            "count from when they were due, but the endpoint saw less load than planned."
        )
    return Effort(lateness, cpu_share, tally.most_open, tally.held, remarks)
