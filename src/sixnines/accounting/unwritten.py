"""What was spent and is not in the ledger yet. Pure.

Never loses money: where there would be too much to keep, minutes are added together, and what was spent stays.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sixnines.domain.spend import Account, SpendCell, Spent

MOST: Final = 50_000
"""So many sums are kept for a ledger that cannot be written, in about 20 MB."""


class Unwritten:
    """Sums by minute and account."""

    __slots__ = ("_kept", "_most")

    def __init__(self, most: int = MOST) -> None:
        self._kept: dict[tuple[int, Account], Spent] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def picos(self) -> int:
        """The cost of all of it."""
        return sum(each.picos for each in self._kept.values())

    def keep(self, minute: int, spent: Mapping[Account, Spent]) -> None:
        """Keep what was counted in a minute."""
        for account, each in spent.items():
            self._add(minute, account, each)
        self._bound()

    def empty(self) -> list[SpendCell]:
        """All of it, to be written; nothing is kept."""
        kept, self._kept = self._kept, {}
        return [SpendCell(minute, account, spent) for (minute, account), spent in kept.items()]

    def put_back(self, cells: Iterable[SpendCell]) -> None:
        """It could not be written."""
        for each in cells:
            self._add(each.minute, each.account, each.spent)
        self._bound()

    def _add(self, minute: int, account: Account, spent: Spent) -> None:
        found = self._kept.get((minute, account))
        if found is None:
            self._kept[minute, account] = spent
        else:
            found.add(spent)

    def _bound(self) -> None:
        """Add the oldest minute to the one after it, until there is room: accounts are as many as config has names."""
        while len(self._kept) > self._most:
            oldest, *following = sorted({minute for minute, _ in self._kept})[:2]
            if not following:
                return
            for key in [key for key in self._kept if key[0] == oldest]:
                self._add(following[0], key[1], self._kept.pop(key))
