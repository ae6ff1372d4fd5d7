"""Every fault leads where it must: one test a row of the scorecard (`make scorecard` prints it)."""

import pytest

from scorecard.faults import FAULTS, ROWS
from scorecard.report import wrong
from scorecard.rows import Row
from scorecard.run import judged


@pytest.fixture(scope="module")
def played(request):
    """All rows that are asked for, played in one go: most of the time is waiting."""
    rows = [item.callspec.params["row"] for item in request.session.items if "row" in getattr(item, "fixturenames", ())]
    return judged(rows)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_cell_of_the_row_is_as_specified(played, row: Row):
    assert wrong({cell: found for cell, found in played.items() if cell.row == row}) == []


def test_there_are_enough_faults():
    assert len({fault.name for fault in FAULTS}) >= 25
