"""The report of `sixnines bench` for the terminal: the same figures as on the page, without the plots."""

from collections.abc import Sequence

from sixnines.cli.columns import columns
from sixnines.load import wording
from sixnines.load.report import Report

_FAULTS_SHOWN = 10


def text(report: Report) -> str:
    """The report, a line for each figure."""
    lines = ["", wording.verdict(report), ""]
    times = [wording.HEADS, *map(wording.row, report.spreads), *wording.drift(report)]
    lines += columns(times, right=range(1, len(wording.HEADS)))
    lines += _table("who answered", wording.answered(report))
    faults = [(each.kind, f"{each.count:,}", each.example) for each in report.faults[:_FAULTS_SHOWN]]
    lines += _table("what went wrong", faults)
    if len(report.faults) > _FAULTS_SHOWN:
        lines.append(f"  and {len(report.faults) - _FAULTS_SHOWN} more kinds")
    lines += ["", f"generator: {wording.effort(report)}"]
    lines += [f"NOTE: {remark}" for remark in report.effort.remarks]
    return "\n".join(lines)


def _table(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    return ["", f"{title}:", *columns(rows, right=(1,))] if rows else []
