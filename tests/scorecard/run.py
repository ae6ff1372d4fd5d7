"""Plays and judges rows. A cell that is only late is played again: a stall of the machine does not come back."""

from collections.abc import Sequence

from scorecard.judge import Seen, complaints, only_late
from scorecard.play import play
from scorecard.rows import Cell, Row

_TRIES = 3


def judged(rows: Sequence[Row]) -> dict[Cell, tuple[Seen, list[str]]]:
    """What became of every cell, and what is wrong with it."""
    found: dict[Cell, tuple[Seen, list[str]]] = {}
    due = list(rows)
    for _ in range(_TRIES):
        for outcome in play(due):
            known = found.get(outcome.cell)
            if known is None or only_late(known[1]):
                found[outcome.cell] = (outcome.seen, complaints(outcome.cell, outcome.seen))
        due = list({cell.row: None for cell, (_, wrong) in found.items() if only_late(wrong)})
        if not due:
            break
    return found
