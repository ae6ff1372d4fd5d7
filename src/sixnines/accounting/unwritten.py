"""What was spent and is not in the ledger yet. Pure.

Never loses money: where there would be too much to keep, minutes are added together, and what was spent stays.
"""

from collections.abc import Iterable
from typing import Final

from sixnines.domain.spend import Account, SpendCell, Spent

MOST: Final = 50_000
"""So many sums are kept for a ledger that cannot be written, in about 20 MB."""


class Unwritten:
    """Sums by minute and account; nearly always of one minute, and each account once."""

    __slots__ = ("_cells", "_most", "_times")

    def __init__(self, most: int = MOST) -> None:
        self._cells: list[SpendCell] = []
        self._times = 0
        self._most = most

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def picos(self) -> int:
        """The cost of all of it."""
        return sum(each.spent.picos for each in self._cells)

    def keep(self, minute: int, spent: Iterable[tuple[Account, Spent]]) -> None:
        """Keep what was counted in a minute, each account once."""
        self._add([SpendCell(minute, account, each) for account, each in spent])

    def empty(self) -> list[SpendCell]:
        """All of it, to be written; nothing is kept."""
        if self._times > 1:
            self._join()
        cells, self._cells, self._times = self._cells, [], 0
        return cells

    def put_back(self, cells: Iterable[SpendCell]) -> None:
        """It could not be written."""
        self._add(list(cells))

    def _add(self, cells: list[SpendCell]) -> None:
        if not cells:
            return
        self._cells = [*self._cells, *cells] if self._cells else cells
        self._times += 1
        if len(self._cells) > self._most and self._times > 1:
            self._join()

    def _join(self) -> None:
        """Add what is of the same minute and account, and the oldest minute to the next one until there is room.

        Accounts are as many as config has names.
        """
        kept: dict[tuple[int, Account], Spent] = {}
        for each in self._cells:
            _add_to(kept, each.minute, each.account, each.spent)
        while len(kept) > self._most:
            oldest, *following = sorted({minute for minute, _ in kept})[:2]
            if not following:
                break
            for key in [key for key in kept if key[0] == oldest]:
                _add_to(kept, following[0], key[1], kept.pop(key))
        self._cells = [SpendCell(*key, spent) for key, spent in kept.items()]
        self._times = 1


def _add_to(kept: dict[tuple[int, Account], Spent], minute: int, account: Account, spent: Spent) -> None:
    found = kept.get((minute, account))
    if found is None:
        kept[minute, account] = spent
    else:
        found.add(spent)
