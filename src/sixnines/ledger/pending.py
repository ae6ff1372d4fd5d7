"""What was counted of very many names, put down as it came and not yet in its tables. Pure: bytes, and what they say.

A row is a fact by itself: whoever sorts it in, which is whoever comes first, removes it in the same transaction. So
nothing is counted twice, and what a process had put down when it was killed is found by the next one.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from sixnines.domain.availability import Cell, Series
from sixnines.domain.spend import Account, SpendCell, Spent

FEW: Final = 1000
"""So many sums are added to their tables at once. Each of more would go to up to three places, and again in a moment;
together they are put down in a tenth of the time, and sorted in when the minute is over or somebody reads."""

MOST: Final = 32
"""Rows that wait at the most: with 10,000 names a third of a second's work, in which the next counts can wait."""

TABLE: Final = "CREATE TABLE pending (id INTEGER PRIMARY KEY, counts BLOB NOT NULL)"
PUT: Final = "INSERT INTO pending (counts) VALUES (?)"
ALL: Final = "SELECT counts FROM pending ORDER BY id"
ANY: Final = "SELECT EXISTS (SELECT 1 FROM pending)"
SORTED_IN: Final = "DELETE FROM pending"

Counts = tuple[Sequence[Cell], Sequence[SpendCell]]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[list[Cell], list[SpendCell]]).decode


def written(cells: Sequence[Cell], spent: Sequence[SpendCell]) -> bytes:
    """The two as one value of the table."""
    return _encode((cells, spent))


def added(rows: Iterable[bytes]) -> tuple[list[Cell], list[SpendCell]]:
    """The sums of what several values say.

    Raises:
        ValueError: a value says nothing.
    """
    counts: dict[tuple[int, Series, str], int] = {}
    sums: dict[tuple[int, Account], Spent] = {}
    for row in rows:
        cells, spent = _decode(row)
        for cell in cells:
            counted = cell.minute, cell.series, cell.cause
            counts[counted] = counts.get(counted, 0) + cell.count
        for each in spent:
            paid = each.minute, each.account
            known = sums.get(paid)
            if known is None:
                sums[paid] = each.spent
            else:
                known.add(each.spent)
    return (
        [Cell(*key, count) for key, count in counts.items()],
        [SpendCell(*key, spent) for key, spent in sums.items()],
    )
