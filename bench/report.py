"""What the bench shows: Markdown tables of cases and of targets, and the block of a document. Pure: no I/O, no clock.

Never shows what was not measured as if it were: a bound has its sign, and what is missing its reason.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rounds import Summary

NOT_MEASURED = "not measured"
BOUNDS = (
    "≥, ≤ and brackets: engine and load had filled their core while the system's had time left. The system can do no "
    "less than this, the others' share of it is no more, and times in brackets are partly the load's own."
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: its head.
        figure: the name of what is shown.
        show: the value as text.
        of: the median of the figure itself, its spread, or the median of its quotient or difference to the baseline.
        is_rate: more is better: where the load was the limit the value is a lower bound.
    """

    title: str
    figure: str
    show: Callable[[float], str]
    of: Literal["median", "spread", "ratio", "added"] = "median"
    is_rate: bool = False


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, figures to the right."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def case_table(columns: Sequence[Column], summaries: Sequence[Summary], missing: Mapping[str, str]) -> str:
    """The figures of one case.

    Args:
        columns: between the system's name and the number of its rounds.
        summaries: of the contestants that were measured.
        missing: why others were not, by label.
    """
    header = ("system", *(column.title for column in columns), "rounds")
    rows = [
        (each.label, *(cell(column, each) for column in columns), f"{each.counted} of {each.rounds}")
        for each in summaries
    ]
    rows += [(label, NOT_MEASURED, *("-" for _ in columns[1:]), "-") for label in missing]
    text = table(header, rows)
    if any(each.bound or each.ratio_bound for each in summaries):
        text += f"\n{BOUNDS}\n"
    return text + "".join(f"\nNot measured, {label}: {_one_line(reason)}\n" for label, reason in missing.items())


def cell(column: Column, summary: Summary) -> str:
    """One value as text."""
    name = column.figure
    if column.of == "spread":
        if name not in summary.lowest:
            return "-"
        return f"{column.show(summary.lowest[name])} to {column.show(summary.highest[name])}"
    values = {"median": summary.median, "ratio": summary.ratio, "added": summary.added}[column.of]
    if name not in values:
        return NOT_MEASURED if column.of == "median" and not summary.median else "-"
    shown = column.show(values[name])
    base_bound = column.of != "median" and summary.ratio_bound
    if not summary.bound and not base_bound:
        return shown
    if not column.is_rate or (summary.bound and base_bound):
        return f"({shown})"
    return f"≥ {shown}" if summary.bound else f"≤ {shown}"


def _one_line(reason: str) -> str:
    return " / ".join(line.strip() for line in reason.splitlines() if line.strip())[:500]


def replace_block(document: str, name: str, text: str) -> str:
    """`document` with `text` between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.

    Raises:
        ValueError: it does not have this pair exactly once.
    """
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    if len(pattern.findall(document)) != 1:
        raise ValueError(f"expected {start} and {end} once, in this order")
    return pattern.sub(lambda _: f"{start}\n{text.strip()}\n{end}", document)
