"""What a ledger is: where counts are added up that must survive the process. Never on the path of a request."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from sixnines.domain.availability import Cell, Life, Records, Series, SlotTotal, Total
from sixnines.domain.spend import Account, Grain, SpendCell, Spent


class LedgerFault(Exception):  # noqa: N818 - it names what happened, as `errors` does
    """The ledger cannot be read or written now; the message says why. What was to be written is not in it."""


class LifeEntry(msgspec.Struct, frozen=True):
    """A life with the number that tells it from all others; written again and again as it goes on."""

    number: int
    life: Life


class Ledger(Protocol):
    """A ledger. Not for several threads at once; several processes may write the same one."""

    def write(self, cells: Sequence[Cell], lives: Sequence[LifeEntry], spent: Sequence[SpendCell] = ()) -> None:
        """Add `cells` and `spent` to what is there, and put `lives` in the place of what they were; all or nothing.

        Raises:
            LedgerFault: nothing was written.
        """
        ...

    def totals(self, first: int, last: int) -> list[Total]:
        """The outcomes of the minutes from `first` to `last`.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def records(self, first: int, last: int) -> Records:
        """All that is recorded of these minutes.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def slots(self, first: int, last: int, *, hours: int, name: str | None = None) -> list[SlotTotal]:
        """The outcomes of the minutes from `first` to `last`, in order of time for each series.

        Args:
            first: of a full hour.
            last: a minute.
            hours: how long a slot is: 1, or 24 for the days of UTC.
            name: only of what bears this name, in whatever scope; "" is the gateway. None: of everything.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def minutes(self, series: Series, first: int, last: int) -> list[Cell]:
        """The outcomes of one thing from the minute `first` to `last`, as far back as minutes are kept one by one.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def spent(self, grain: Grain, first: int, end: int) -> list[tuple[Account, Spent]]:
        """What was spent from the minute, hour or day `first` to before `end`, by account.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def spent_daily(self, first: int, end: int) -> list[tuple[int, Spent]]:
        """What was spent on each day from `first` to before `end` on which there was anything, the oldest first.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def spent_since(self) -> int | None:
        """The first hour of which it is recorded what was spent; None if none is.

        Raises:
            LedgerFault: it cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
