"""The tables of what was spent, and the statements that add, forget and read. Values only.

Each sum is added to its minute, its hour and its day at once, so nothing has to be rolled up and nothing is counted
twice. Costs are two columns, whole micro-dollars and the pico-dollars beyond them: in one, 64 bits would hold nine
million dollars and no more. As in `schema`, what is old is told by the order of what is there, not by a clock.
"""

from typing import Final

from sixnines.domain.spend import Grain

KEPT: Final = {Grain.MINUTE: 26 * 60, Grain.HOUR: 745, Grain.DAY: 400}
"""How many of the newest minutes, hours and days are kept: a day and what it touches, 31 days, more than a year."""

_NAMES: Final = {Grain.MINUTE: "spent_minutes", Grain.HOUR: "spent_hours", Grain.DAY: "spent_days"}
_SUMS: Final = ("answers", "uncounted", "prompt", "cached", "completion", "unpriced")

TABLES: Final = (
    """CREATE TABLE accounts (id INTEGER PRIMARY KEY, route TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL,
        UNIQUE (route, model, provider))""",
    *(
        f"""CREATE TABLE {name} (at INTEGER NOT NULL, account INTEGER NOT NULL,
            {", ".join(f"{each} INTEGER NOT NULL" for each in _SUMS)},
            micros INTEGER NOT NULL, picos INTEGER NOT NULL, PRIMARY KEY (at, account)) WITHOUT ROWID"""
        for name in _NAMES.values()
    ),
)

KNOW_ACCOUNT: Final = "INSERT OR IGNORE INTO accounts (route, model, provider) VALUES (?, ?, ?)"
ACCOUNT_ID: Final = "SELECT id FROM accounts WHERE route = ? AND model = ? AND provider = ?"
ADD: Final = {
    grain: f"""INSERT INTO {name} (at, account, {", ".join(_SUMS)}, micros, picos)
        VALUES (?, ?, {", ".join("?" * len(_SUMS))}, ?, ?)
        ON CONFLICT DO UPDATE SET {", ".join(f"{each} = {each} + excluded.{each}" for each in _SUMS)},
            micros = micros + excluded.micros + (picos + excluded.picos) / 1000000,
            picos = (picos + excluded.picos) % 1000000"""
    for grain, name in _NAMES.items()
}
PRUNE: Final = tuple(
    f"""DELETE FROM {name} WHERE at <
        (SELECT at FROM (SELECT DISTINCT at FROM {name}) ORDER BY at DESC LIMIT 1 OFFSET {KEPT[grain] - 1})"""
    for grain, name in _NAMES.items()
)

_ADDED: Final = ", ".join(f"sum({each})" for each in (*_SUMS, "micros", "picos"))
SPENT: Final = {
    grain: f"""SELECT route, model, provider, {_ADDED} FROM {name} JOIN accounts ON accounts.id = account
        WHERE at >= :first AND at < :end GROUP BY account ORDER BY account"""
    for grain, name in _NAMES.items()
}
DAILY: Final = f"SELECT at, {_ADDED} FROM spent_days WHERE at >= :first AND at < :end GROUP BY at ORDER BY at"
SINCE: Final = "SELECT min(at) FROM spent_hours"
