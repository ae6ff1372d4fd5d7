"""How the figures of a report are written, the same in the terminal and on the page. Pure.

Never writes a number that was not measured: the words `not measured` stand there.
"""

from collections.abc import Sequence
from typing import Final

from sixnines.config.quantities import render_duration
from sixnines.load.report import Report, Setting, Spread
from sixnines.reliability.nines import percent, share, told

UNMEASURED: Final = "not measured"
HEADS: Final = ("", "count", "P50", "P95", "P99", "P99.9", "max", "mean")
_SECOND, _TEN_MS, _MS = 1.0, 0.01, 0.001


def time(seconds: float | None) -> str:
    """`1.24 s`, `38.2 ms`, `0.41 ms`: three digits, as the classes of the histogram allow."""
    if seconds is None:
        return UNMEASURED
    if seconds >= _SECOND:
        return f"{seconds:.2f} s"
    if seconds >= _TEN_MS:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.2f} ms"


def success(report: Report) -> str:
    """`99.97 %`. Never rounded up to 100: that stands only where nothing failed."""
    over = report.good + report.bad
    return f"{percent(report.bad / over)} %" if over else UNMEASURED


def row(spread: Spread) -> tuple[str, ...]:
    """A line of the table whose head is `HEADS`."""
    times = (spread.p50_s, spread.p95_s, spread.p99_s, spread.p999_s, spread.max_s, spread.mean_s)
    return (spread.name, f"{spread.count:,}", *map(time, times))


def setting(asked: Setting) -> str:
    """What was asked for, in one sentence."""
    what = "streams" if asked.stream else "whole answers"
    spread = "as independent callers" if asked.arrivals == "poisson" else "evenly spread"
    rate = f"{asked.rps:g} requests per second for {render_duration(asked.duration_s)}"
    length = f", at most {asked.max_tokens:,} tokens each" if asked.max_tokens is not None else ""
    return (
        f"{asked.profile}, {rate}, arriving {spread} "
        f"(seed {asked.seed}); {what} of {asked.model} at {asked.url}{length}"
    )


def verdict(report: Report) -> str:
    """How it went, in one or two sentences."""
    parts = []
    if report.interrupted:
        parts.append("Stopped before its end: what follows was measured until then.")
    parts.append(
        f"{report.good:,} good answers, {report.bad:,} bad, of {report.due:,} requests that were due."
        + (f" {report.unfinished:,} were under way at the end and count as neither." if report.unfinished else "")
    )
    parts.append(f"Success: {told(share(report.good, report.bad))}.")
    return " ".join(parts)


def answered(report: Report) -> list[tuple[str, str, str]]:
    """Who answered: name, good answers, share of them."""
    return [(name, f"{count:,}", f"{count / report.good:.1%}") for name, count in report.providers.items()]


def effort(report: Report) -> str:
    """The generator's check on itself, in one sentence."""
    own = report.effort
    late = own.lateness
    sent = (
        "nothing was sent in time to tell" if late.max_s is None else f"requests were sent {time(late.p50_s)} after due"
    )
    cpu = UNMEASURED if own.cpu_share is None else f"{own.cpu_share:.0%} of a core"
    return (
        f"{sent} (P50; P99 {time(late.p99_s)}, most {time(late.max_s)}), generator's CPU {cpu}, "
        f"at most {own.most_open:,} requests open at once"
    )


def drift(report: Report) -> Sequence[tuple[str, ...]]:
    """The rows that compare the ends of a soak; none where they were not measured."""
    return () if report.drift is None else (row(report.drift.first), row(report.drift.last))
