"""What was spent, as the ledger has it: in a window, by day, and of the budget. Never writes."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from sixnines.accounting.outlay import PACE_S, Outlay, outlay
from sixnines.domain.allowance import Allowance, Period, days_of
from sixnines.domain.spend import Account, Grain, Spent
from sixnines.ledger.interface import Ledger

WINDOWS: Final = {"1h": 60, "24h": 24 * 60, "7d": 7 * 24 * 60, "30d": 30 * 24 * 60}
"""In minutes, by name. A window ends with the current minute; one longer than a day begins with a full hour."""

CALENDAR: Final = {"today": Period.DAY, "month": Period.MONTH}
"""Windows by the calendar of UTC."""

USUAL: Final = "24h"
USUAL_DAYS: Final = 31

_BY_THE_HOUR: Final = 24 * 60
# Those of before the wall clock was set back: as many as count for availability (`bookkeeper.AHEAD`).
_AHEAD_S: Final = 3600


class Spend(msgspec.Struct, frozen=True):
    """What was spent.

    Attributes:
        window: its name.
        first_s, end_s: Unix seconds.
        accounts: what was spent in the window, by whose it is.
        days: what was spent on each of the last days (since 1970, UTC) on which there was anything, the oldest first.
        outlay: how the budget stands; None where there is none.
        since_s: when the first hour began of which anything is recorded; None if nothing is.
    """

    window: str
    first_s: int
    end_s: int
    accounts: tuple[tuple[Account, Spent], ...]
    days: tuple[tuple[int, Spent], ...]
    outlay: Outlay | None
    since_s: int | None

    @property
    def total(self) -> Spent:
        """All of the window."""
        return added(spent for _, spent in self.accounts)

    def by(self, name: Callable[[Account], str]) -> dict[str, Spent]:
        """The sums by a name of the account; what has none is left out."""
        found: dict[str, Spent] = {}
        for account, spent in self.accounts:
            if name(account):
                found.setdefault(name(account), Spent()).add(spent)
        return found


def added(each_spent: Iterable[Spent]) -> Spent:
    """The sum."""
    total = Spent()
    for each in each_spent:
        total.add(each)
    return total


def read_spend(ledger: Ledger, window: str, now_s: float, *, allowance: Allowance | None, days: int) -> Spend:
    """What was spent in a window, and on each of the last `days`.

    Raises:
        LedgerFault: it cannot be read.
    """
    grain, first, end = span_of(window, now_s)
    today = Grain.DAY.of(now_s)
    since = ledger.spent_since()
    return Spend(
        window,
        first * grain.value,
        min(end * grain.value, (Grain.MINUTE.of(now_s) + 1) * Grain.MINUTE.value),
        tuple(ledger.spent(grain, first, end)),
        tuple(ledger.spent_daily(today - days + 1, today + 1)),
        None if allowance is None else read_outlay(ledger, allowance, now_s),
        None if since is None else since * Grain.HOUR.value,
    )


def span_of(window: str, now_s: float) -> tuple[Grain, int, int]:
    """How finely a window is read, its first minute, hour or day, and the first that is not in it."""
    if window in CALENDAR:
        return Grain.DAY, *days_of(CALENDAR[window], now_s)
    minutes = WINDOWS[window]
    first = Grain.MINUTE.of(now_s) - minutes + 1
    grain = Grain.HOUR if minutes > _BY_THE_HOUR else Grain.MINUTE
    return grain, grain.of(first * Grain.MINUTE.value), grain.of(now_s + _AHEAD_S) + 1


def read_outlay(ledger: Ledger, allowance: Allowance, now_s: float) -> Outlay:
    """How a budget stands.

    Raises:
        LedgerFault: it cannot be read.
    """
    pace_s = PACE_S[allowance.period]
    grain = Grain.MINUTE if allowance.period is Period.DAY else Grain.HOUR
    first = grain.of(now_s - pace_s)
    late = added(spent for _, spent in ledger.spent(grain, first, grain.of(now_s + _AHEAD_S) + 1))
    since = ledger.spent_since()
    began_s = first * grain.value if since is None else max(first * grain.value, since * Grain.HOUR.value)
    in_period = added(spent for _, spent in ledger.spent(Grain.DAY, *days_of(allowance.period, now_s)))
    return outlay(allowance, now_s, picos=in_period.picos, late_picos=late.picos, late_s=now_s - began_s)
