"""The ledger as one SQLite file, which several processes write together. Blocks: for a thread of its own.

Never deletes what it cannot read: a corrupt file is moved aside and a new one begun. Never waits for another process
longer than `BUSY_S`. What is committed survives the end of the process, however it ends; the loss of power may take the
last seconds, because not every commit is flushed to the disk (WAL with `synchronous=NORMAL`,
https://www.sqlite.org/pragma.html#pragma_synchronous), and never makes the file unreadable.
"""

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from sixnines.domain.availability import (
    HOUR_MINUTES,
    MINUTE_S,
    Blame,
    Cell,
    Life,
    Marks,
    Records,
    Scope,
    Series,
    SlotTotal,
    Total,
)
from sixnines.domain.price import MICRO_PICOS
from sixnines.domain.spend import Account, Grain, SpendCell, Spent
from sixnines.ledger import pending, schema, spend_tables
from sixnines.ledger.interface import LedgerFault, LifeEntry

BUSY_S: Final = 2.0
"""Another worker's write takes milliseconds, rolling up an hour of hundreds of names some tens of them."""

_WAL_BYTES: Final = 4 * 1024 * 1024  # to which the log shrinks again after it had to be longer
_MOST_ASIDE: Final = 1000
_PRIMARY: Final = 0xFF  # the lower byte of an extended result code, https://www.sqlite.org/rescode.html
_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BESIDE: Final = ("-wal", "-shm")


class SqliteLedger:
    """One file. Opened when it is needed, and again after every fault.

    Args:
        path: of the file; its folder is made.
        aside: called with the new path of a file that was corrupt.
    """

    def __init__(self, path: Path, aside: Callable[[Path], None]) -> None:
        self._path = path
        self._aside = aside
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._series: dict[Series, int] = {}
        self._accounts: dict[Account, int] = {}
        self._rolled_up: int | None = None
        self._put_off = self._minute = 0  # rows that are pending, and the minute of the last

    def write(self, cells: Sequence[Cell], lives: Sequence[LifeEntry], spent: Sequence[SpendCell] = ()) -> None:
        """See `Ledger`. Once an hour it also rolls up and prunes."""
        minutes = {each.minute for each in cells or spent}
        minute = max(minutes, default=0)
        # What has waited for a file that was away comes once, and is of many minutes.
        many = len(cells) + len(spent) > pending.FEW and len(minutes) == 1
        alive = [(each.number, each.life) for each in lives]
        with self._transaction("BEGIN IMMEDIATE") as connection:
            if many:
                connection.execute(pending.PUT, (pending.written(cells, spent),))
            else:
                self._add(connection, cells, spent)
            connection.executemany(
                schema.LIVE,
                [(number, life.began_s, life.seen_s, life.stopped, life.after_jump) for number, life in alive],
            )
            if cells and minute // HOUR_MINUTES != self._rolled_up:
                self._tidy(connection)
        if cells:
            self._rolled_up = minute // HOUR_MINUTES
        self._put_off += many
        over = not many or self._minute not in (0, minute) or any(life.stopped for _, life in alive)
        self._minute = minute
        if self._put_off and (over or self._put_off >= pending.MOST):
            with contextlib.suppress(LedgerFault):  # it is in the file, and sorted in later
                self._sort_in_what_waits()

    def totals(self, first: int, last: int) -> list[Total]:
        """See `Ledger`."""
        with self._reading() as connection:
            rows = connection.execute(schema.TOTALS, _window(first, last)).fetchall()
        return [Total(Series(Scope(scope), name), cause, count) for scope, name, cause, count in rows]

    def records(self, first: int, last: int) -> Records:
        """See `Ledger`."""
        window = _window(first, last)
        with self._reading() as connection:
            totals = connection.execute(schema.TOTALS, window).fetchall()
            marks = connection.execute(schema.MARKS, window).fetchall()
            down = json.dumps(sorted({series for series, *_ in marks}))
            blames = connection.execute(schema.BLAMES, {**window, "series": down}).fetchall() if marks else []
            lives = connection.execute(schema.LIVES_OF, {"start": first * MINUTE_S}).fetchall()
            (oldest,) = connection.execute(schema.OLDEST_LIFE).fetchone()
        return Records(
            tuple(Total(Series(Scope(scope), name), cause, count) for scope, name, cause, count in totals),
            tuple(Marks(Series(Scope(scope), name), *rest) for _, scope, name, *rest in marks),
            tuple(Blame(Series(Scope(scope), name), *rest) for scope, name, *rest in blames),
            tuple(Life(began, seen, bool(stopped), bool(jumped)) for began, seen, stopped, jumped in lives),
            oldest,
        )

    def slots(self, first: int, last: int, *, hours: int, name: str | None = None) -> list[SlotTotal]:
        """See `Ledger`."""
        asked = {**_window(first, last), "hours": hours, "name": name}
        with self._reading() as connection:
            rows = connection.execute(schema.SLOTS, asked).fetchall()
        return [SlotTotal(Series(Scope(scope), name), slot, cause, count) for scope, name, slot, cause, count in rows]

    def minutes(self, series: Series, first: int, last: int) -> list[Cell]:
        """See `Ledger`."""
        asked = {"first": first, "end": last + 1, "scope": series.scope.value, "name": series.name}
        with self._reading() as connection:
            rows = connection.execute(schema.MINUTES, asked).fetchall()
        return [Cell(minute, series, cause, count) for minute, cause, count in rows]

    def spent(self, grain: Grain, first: int, end: int) -> list[tuple[Account, Spent]]:
        """See `Ledger`."""
        with self._reading() as connection:
            rows = connection.execute(spend_tables.SPENT[grain], {"first": first, "end": end}).fetchall()
        return [(Account(*row[:3]), _spent(row[3:])) for row in rows]

    def spent_daily(self, first: int, end: int) -> list[tuple[int, Spent]]:
        """See `Ledger`."""
        with self._reading() as connection:
            rows = connection.execute(spend_tables.DAILY, {"first": first, "end": end}).fetchall()
        return [(day, _spent(row)) for day, *row in rows]

    def spent_since(self) -> int | None:
        """See `Ledger`."""
        with self._reading() as connection:
            (hour,) = connection.execute(spend_tables.SINCE).fetchone()
        return None if hour is None else int(hour)

    def close(self) -> None:
        """See `Ledger`."""
        connection, self._connection = self._connection, None
        self._series.clear()
        self._accounts.clear()
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that reads all that was written, by whichever process."""
        # What cannot be sorted in now, because the disk is full or another process is at it, is not told yet.
        with contextlib.suppress(LedgerFault):
            self._sort_in_what_waits()
        with self._transaction("BEGIN") as connection:
            yield connection

    def _sort_in_what_waits(self) -> None:
        with self._transaction("BEGIN") as connection:
            (waits,) = connection.execute(pending.ANY).fetchone()
        if waits:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                self._sort_in(connection)

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        """All or nothing; whatever goes wrong becomes a `LedgerFault`, and the file is opened anew the next time."""
        try:
            connection = self._open()
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._fault(error) from error
        except OSError as error:
            self.close()
            raise LedgerFault(f"{self._path}: {error.strerror or error}") from error
        except BaseException:
            self.close()
            raise

    def _open(self) -> sqlite3.Connection:
        """The connection to the file that has this path now."""
        if self._connection is not None and self._inode == _inode(self._path):
            return self._connection
        self.close()  # somebody has moved or removed the file
        self._make()
        # Transactions are begun and ended by name: the module would begin them when it thinks fit.
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        self._connection, self._inode = connection, _inode(self._path)
        # One process after the other: SQLite does not wait where two make a new file one with a log at once.
        with self._locked():
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
            self._prepare(connection)
            (waits,) = connection.execute(pending.ANY).fetchone()
        self._put_off = int(waits)
        return connection

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the file's name, whichever file has it."""
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _make(self) -> None:
        """Have there be a file that only its owner can read; SQLite gives those beside it the same mode."""
        folder = self._path.parent
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        # Never opened where it exists: to close a descriptor of it would end the locks that this process has on it.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Check the file, or make its tables."""
        version = _pragma(connection, "user_version")
        if version == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:  # nobody was quicker
                for statement in schema.TABLES:
                    connection.execute(statement)
            connection.execute("COMMIT")
            version = _pragma(connection, "user_version")
        if _pragma(connection, "application_id") != schema.APPLICATION_ID:
            self.close()
            raise LedgerFault(f"{self._path} is a database of something else; move it away")
        while version in schema.NEWER:  # under the lock of the file's name: nobody else is at it
            connection.execute("BEGIN IMMEDIATE")
            for statement in schema.NEWER[version]:
                connection.execute(statement)
            connection.execute("COMMIT")
            version = _pragma(connection, "user_version")
        if version != schema.VERSION:
            self.close()
            wanted = f"this gateway reads version {schema.VERSION}"
            raise LedgerFault(f"{self._path} has version {version}, and {wanted}; use the version that wrote it")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            error = sqlite3.DatabaseError(str(found))
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

    def _fault(self, error: sqlite3.Error) -> LedgerFault:
        """What an error means; the connection is closed, and a corrupt file moved aside."""
        code = (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY
        inode = self._inode
        self.close()
        if code not in _CORRUPT:
            return LedgerFault(f"{self._path}: {error}")
        try:
            moved = self._move_aside(inode)
        except OSError as problem:
            return LedgerFault(f"{self._path} is corrupt ({error}) and cannot be moved aside: {problem.strerror}")
        if moved is not None:
            self._aside(moved)
        return LedgerFault(f"{self._path} was corrupt ({error})")

    def _move_aside(self, inode: int) -> Path | None:
        """Rename the corrupt file and those beside it; None if another process has done so."""
        # Two that find it corrupt must not both rename: the second would take away what the first has begun anew.
        with self._locked():
            if _inode(self._path) != inode:
                return None
            aside = next(
                path
                for number in range(1, _MOST_ASIDE)
                if not (path := self._path.with_name(f"{self._path.name}.corrupt-{number}")).exists()
            )
            self._path.rename(aside)
            for suffix in _BESIDE:
                with contextlib.suppress(FileNotFoundError):
                    self._path.with_name(self._path.name + suffix).rename(aside.with_name(aside.name + suffix))
            return aside

    def _number(self, connection: sqlite3.Connection, series: Series) -> int:
        """The number of a series in the file. Forgotten with the connection, and so after every failure."""
        found = self._series.get(series)
        if found is None:
            key = (series.scope.value, series.name)
            connection.execute(schema.KNOW_SERIES, key)
            (found,) = connection.execute(schema.SERIES_ID, key).fetchone()
            self._series[series] = found
        return int(found)

    def _account(self, connection: sqlite3.Connection, account: Account) -> int:
        """The number of an account in the file. Forgotten with the connection, as those of series are."""
        found = self._accounts.get(account)
        if found is None:
            key = (account.route, account.model, account.provider)
            connection.execute(spend_tables.KNOW_ACCOUNT, key)
            (found,) = connection.execute(spend_tables.ACCOUNT_ID, key).fetchone()
            self._accounts[account] = found
        return int(found)

    def _add(self, connection: sqlite3.Connection, cells: Sequence[Cell], spent: Sequence[SpendCell]) -> None:
        rows = [(each.minute, self._number(connection, each.series), each.cause, each.count) for each in cells]
        connection.executemany(schema.ADD, rows)
        if spent:
            self._add_spent(connection, spent)

    def _sort_in(self, connection: sqlite3.Connection) -> None:
        """Add what is pending, whoever has put it down, to its tables."""
        rows = connection.execute(pending.ALL).fetchall()
        self._add(connection, *pending.added(row for (row,) in rows))
        connection.execute(pending.SORTED_IN)
        self._put_off = 0

    def _add_spent(self, connection: sqlite3.Connection, cells: Sequence[SpendCell]) -> None:
        rows = [
            (each.minute * MINUTE_S, self._account(connection, each.account), _columns(each.spent)) for each in cells
        ]
        for grain, statement in spend_tables.ADD.items():
            connection.executemany(statement, [(grain.of(at_s), number, *columns) for at_s, number, columns in rows])

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Roll up the minutes of all but the newest hours; forget the oldest hours."""
        first_kept = connection.execute(schema.OLDEST_MINUTE_HOUR).fetchone()
        if first_kept is not None:
            old = {"first": -(2**62), "end": first_kept[0] * HOUR_MINUTES}
            for statement in schema.ROLL_UP:
                connection.execute(statement, old)
        oldest = connection.execute(schema.OLDEST_HOUR).fetchone()
        if oldest is not None:
            for statement in schema.PRUNE:
                connection.execute(statement, {"oldest": oldest[0]})
        connection.execute(schema.PRUNE_LIVES)
        for statement in spend_tables.PRUNE:
            connection.execute(statement)


def _columns(spent: Spent) -> tuple[int, ...]:
    """A sum as its table has it."""
    return (
        spent.answers, spent.uncounted, spent.prompt_tokens, spent.cached_tokens, spent.completion_tokens,
        spent.unpriced_tokens, *divmod(spent.picos, MICRO_PICOS),
    )  # fmt: skip


def _spent(columns: Sequence[int]) -> Spent:
    """The sum that a table has."""
    answers, uncounted, prompt, cached, completion, unpriced, micros, picos = columns
    return Spent(answers, uncounted, prompt, cached, completion, unpriced, micros * MICRO_PICOS + picos)


def _window(first: int, last: int) -> dict[str, int]:
    """Minutes, and the hours that lie in them as a whole at their beginning."""
    return {
        "first": first,
        "end": last + 1,
        "hour": -(-first // HOUR_MINUTES),
        "end_hour": last // HOUR_MINUTES + 1,
    }


def _inode(path: Path) -> int:
    """What tells the file from another one of the same name; 0 if there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
