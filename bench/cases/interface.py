"""What a case is: a stage, a load, and the columns of its table.

A case never starts or asks anything itself: the stand does the one, the load the other.
"""

from dataclasses import dataclass

from loads.interface import Load
from report import Column
from stages import Stage


@dataclass(frozen=True, slots=True)
class Case:
    """One table.

    Attributes:
        name: on the command line; what stands before its first `-` is the name of its group.
        title: above the table.
        stage: where it is measured.
        load: how.
        columns: of its table; the first is plotted.
        baseline: the label that all are compared with; empty: each with its own.
        default: measured unless cases are named.
        rounds: at least so many, where a small difference has to be seen.
        notes: below the table, for whoever wants to understand a figure.
    """

    name: str
    title: str
    stage: Stage
    load: Load
    columns: tuple[Column, ...]
    baseline: str = ""
    default: bool = False
    rounds: int = 0
    notes: str = ""

    @property
    def group(self) -> str:
        """What it is called together with its like."""
        return self.name.partition("-")[0]
