"""Writes what was measured: `results.json`, `results.md` and a plot for each case in a folder, and the README's block.

Never leaves out a round, nor what stopped one from being made.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import machine
import plot
from cases.interface import Case
from cases.registry import CASES
from report import case_table, replace_block
from rounds import Round, Summary
from systems.registry import OURS
from targets import targets_table

IN_README = ("small-1", "small-16", "stream-chunks", "stream-blocks")
"""The cases whose tables the README shows, when they were measured."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    case: Case
    rounds: Sequence[Round]
    summaries: Sequence[Summary]
    missing: Mapping[str, str]

    def text(self, *, heading: str = "##") -> str:
        """Its part of the report."""
        case = self.case
        text = f"{heading} {case.title}\n\n{case_table(case.columns, self.summaries, self.missing)}"
        return f"{text}\n{case.notes}\n" if case.notes else text


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run.

    Attributes:
        outcomes: case by case.
        versions: of the systems, by label.
        command: that repeats it.
        seconds, turns: of a round, and how many rounds there were.
        took_s: seconds for all of it.
    """

    outcomes: Sequence[Outcome]
    versions: Mapping[str, str]
    command: str
    seconds: int
    turns: int
    took_s: float

    def conditions(self) -> str:
        """What the figures were measured on."""
        found, python = machine.described(), machine.interpreter()
        built = "with" if python["built_with_pgo"] else "without"
        return (
            f"Measured on {found['date']} at revision {found['revision']}: {found['cpu']}, one core for the system "
            f"under test, one for engine and load; Python {python['version']}, configured {built} optimizations; "
            f"{self.turns} rounds of {self.seconds} s in rotating order, medians. "
            f"`{self.command}` repeats it ({self.took_s / 60:.0f} min)."
        )

    def markdown(self) -> str:
        """The whole report."""
        versions = "".join(f"* {label}: {version}\n" for label, version in self.versions.items())
        parts = [
            f"# Benchmark\n\n{self.conditions()}\n\n{versions}",
            *(outcome.text() for outcome in self.outcomes),
            f"## Targets\n\n{self.targets()}",
        ]
        return "\n".join(parts)

    def targets(self) -> str:
        """The table of what the figures are to be."""
        measured = {outcome.case.name: outcome.summaries for outcome in self.outcomes}
        labels = [OURS, *(label for label in self.versions if label.startswith(f"{OURS}, "))]
        return targets_table(measured, [label for label in labels if not label.endswith(("all off", "bare"))])

    def document(self) -> dict[str, object]:
        """Everything, for programs."""
        return {
            "command": self.command,
            "took_s": round(self.took_s),
            "machine": machine.described(),
            "versions": dict(self.versions),
            "seconds": self.seconds,
            "cases": [
                {
                    "name": outcome.case.name,
                    "title": outcome.case.title,
                    "missing": dict(outcome.missing),
                    "summaries": [asdict(each) for each in outcome.summaries],
                    "rounds": [asdict(each) for each in outcome.rounds],
                }
                for outcome in self.outcomes
            ],
        }


def write(report: Report, folder: Path) -> None:
    """Put a report into `folder`, which then holds this run and no other."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (folder / f"{case.name}.svg").unlink(missing_ok=True)
    (folder / "results.json").write_text(json.dumps(report.document(), indent=1) + "\n")
    (folder / "results.md").write_text(report.markdown())
    for outcome in report.outcomes:
        drawn = _drawn(outcome)
        if drawn:
            (folder / f"{outcome.case.name}.svg").write_text(drawn)


def write_readme(report: Report, readme: Path) -> None:
    """Replace the block of the README by the tables of this run, which must be in `bench/results`."""
    shown = [each.text(heading="####") for each in report.outcomes if each.case.name in IN_README]
    more = "Every case, with plots: [bench/results](bench/results/results.md)."
    text = "\n".join([f"{report.conditions()} {more}\n", *shown, f"#### Targets\n\n{report.targets()}"])
    readme.write_text(replace_block(readme.read_text(), "results", text))


def _drawn(outcome: Outcome) -> str:
    column = outcome.case.columns[0]
    name = column.figure
    rows = [
        plot.Bar(each.label, each.median[name], each.lowest[name], each.highest[name], each.label.startswith(OURS))
        for each in outcome.summaries
        if name in each.median
    ]
    return plot.bars(outcome.case.title, column.title, rows, column.show, logarithmic=True)
