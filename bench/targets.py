"""What the figures are to be, and whether they are. Pure: no I/O, no clock.

A target that was not measured is shown as that, and one of which only a bound is known is met or missed only if the
bound says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cases import columns
from cases.dialects import TO_OLLAMA
from cases.many_models import MANY
from report import NOT_MEASURED, table
from rounds import Summary
from systems.registry import OURS

Measured = Mapping[str, Sequence[Summary]]
"""The summaries of each case, by its name."""
Of = Literal["median", "added", "highest"]
MET, MISSED, OPEN = "met", "NOT MET", "open"


@dataclass(frozen=True, slots=True)
class Value:
    """A figure. `bound`: it is no more than this (`most`), no less (`least`), or exactly this (empty)."""

    value: float
    bound: Literal["", "most", "least"] = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One line.

    Attributes:
        what: the figure, in words.
        limit: what it must be.
        at_least: no less than `limit`; otherwise no more.
        show: a value as text.
        find: the value among what was measured, for one of our systems; None: not measured.
    """

    what: str
    limit: float
    at_least: bool
    show: Callable[[float], str]
    find: Callable[[Measured, str], Value | None]


def _summary(measured: Measured, case: str, label: str) -> Summary | None:
    found = next((each for each in measured.get(case, ()) if each.label == label), None)
    return found if found is not None and found.median else None


def _to(case: str, other: str) -> Callable[[Measured, str], Value | None]:
    """Our rate relative to another system's, by their medians."""

    def find(measured: Measured, ours: str) -> Value | None:
        mine, theirs = _summary(measured, case, ours), _summary(measured, case, other)
        if mine is None or theirs is None or not theirs.median.get("rate"):
            return None
        bound: Literal["", "most", "least"] = "most" if theirs.bound else "least" if mine.bound else ""
        return Value(mine.median["rate"] / theirs.median["rate"], bound)

    return find


def _ratio(case: str, suffix: str = "") -> Callable[[Measured, str], Value | None]:
    """Our rate relative to the case's own baseline, within turns."""

    def find(measured: Measured, ours: str) -> Value | None:
        mine = _summary(measured, case, f"{ours}{suffix}")
        if mine is None or "rate" not in mine.ratio:
            return None
        return Value(mine.ratio["rate"], "most" if mine.ratio_bound else "least" if mine.bound else "")

    return find


def _thrift(case: str) -> Callable[[Measured, str], Value | None]:
    """What we do in the CPU time in which the baseline does one: holds also where neither fills its core."""

    def find(measured: Measured, ours: str) -> Value | None:
        mine = _summary(measured, case, ours)
        return Value(1 / mine.ratio["cpu_us"]) if mine is not None and mine.ratio.get("cpu_us") else None

    return find


def _figure(
    case: str, figure: str, of: Literal["median", "added", "highest"]
) -> Callable[[Measured, str], Value | None]:
    def find(measured: Measured, ours: str) -> Value | None:
        mine = _summary(measured, case, ours)
        # Times that a load took which had nothing left to give are its own.
        values: Mapping[str, float] = {} if mine is None or mine.bound else getattr(mine, of)
        return Value(values[figure]) if figure in values else None

    return find


def _kb(value: float) -> str:
    return f"{value:.1f} KB"


def _mb(value: float) -> str:
    return f"{value:.0f} MB"


_TIMES = ("TensorZero", 3.0), ("Portkey", 15.0), ("LiteLLM", 150.0)
_MANY_OPEN = "5,000 open streams"
_OF_STREAMS: tuple[tuple[str, float, Callable[[float], str], str, Of], ...] = (
    ("chunks lost", 0.0, columns.number, "lost", "highest"),
    ("added to p99 of gaps", 20.0, columns.milliseconds, "gap_99_ms", "added"),
    ("memory of a stream", 25.0, _kb, "kb", "median"),
)

TARGETS: tuple[Target, ...] = (
    Target("requests/s, small, 16 connections, of nginx", 0.5, True, columns.times, _ratio("small-16")),
    *(
        Target(f"the same, times those of {other}", limit, True, lambda value: f"{value:,.1f}", _to("small-16", other))
        for other, limit in _TIMES
    ),
    Target("added to p50, 1 connection", 0.15, False, columns.milliseconds, _figure("small-1", "p50_ms", "added")),
    Target("added to p99, 1 connection", 1.0, False, columns.milliseconds, _figure("small-1", "p99_ms", "added")),
    Target("stream chunks/s, each by itself, of nginx", 0.4, True, columns.times, _ratio("stream-chunks")),
    Target(
        "chunks for the same CPU time, each by itself, of nginx", 0.4, True, columns.times, _thrift("stream-chunks")
    ),
    Target("stream chunks/s, in blocks, of nginx", 0.4, True, columns.times, _ratio("stream-blocks")),
    *(
        Target(f"{_MANY_OPEN}, {pace} chunks a second: {what}", limit, False, show, _figure(case, figure, of))
        for case, pace in (("paced-5000", 50), ("paced-5000-slow", 5))
        for what, limit, show, figure, of in _OF_STREAMS
    ),
    Target("OpenAI to Ollama, of pass-through", 0.5, True, columns.times, _ratio("dialect", f", {TO_OLLAMA}")),
    Target(f"{MANY}, of 10", 0.97, True, columns.times, _ratio("models", f", {MANY}")),
    Target("resident memory when idle", 60.0, False, _mb, _figure("start", "mb", "median")),
    Target("start to ready, 10 providers", 0.7, False, columns.seconds, _figure("start", "ready_s", "median")),
)


def verdict(target: Target, found: Value | None) -> str:
    """`met`, `NOT MET`, or `open` where that is not known."""
    if found is None:
        return OPEN
    enough = found.value >= target.limit if target.at_least else found.value <= target.limit
    # A value that may be less than this one can only miss a lower limit, and so on.
    if found.bound and enough == ((found.bound == "most") == target.at_least):
        return OPEN
    return MET if enough else MISSED


def targets_table(measured: Measured, ours: Sequence[str]) -> str:
    """One line for each target, one column for each of our systems among `ours` (labels) that was measured."""
    labels = [label for label in ours if any(target.find(measured, label) for target in TARGETS)] or [OURS]
    header = ("figure", "wanted", *(head for label in labels for head in (label, "verdict")))
    rows = []
    for target in TARGETS:
        wanted = f"{'≥' if target.at_least else '≤'} {target.show(target.limit)}"
        cells = [cell for label in labels for cell in _cells(target, target.find(measured, label))]
        rows.append((target.what, wanted, *cells))
    return table(header, rows)


def _cells(target: Target, found: Value | None) -> tuple[str, str]:
    if found is None:
        return NOT_MEASURED, OPEN
    sign = {"": "", "most": "≤ ", "least": "≥ "}[found.bound]
    return f"{sign}{target.show(found.value)}", verdict(target, found)
