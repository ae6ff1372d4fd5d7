"""What is counted of very many names is put down at once and sorted in later: told exactly, and by whoever comes."""

import contextlib
import sqlite3
import threading

import pytest

from sixnines.domain.availability import GOOD, THE_GATEWAY, Cell, Life, Scope, Series
from sixnines.domain.spend import Account, Grain, SpendCell, Spent
from sixnines.ledger import pending, schema
from sixnines.ledger.interface import LedgerFault, LifeEntry
from sixnines.ledger.sqlite import SqliteLedger

MINUTE = 28_800_030
NAMES = pending.FEW
LIFE = LifeEntry(7, Life(1.0, 2.0, stopped=False))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.db"


@pytest.fixture
def ledger(path):
    with contextlib.closing(SqliteLedger(path, print)) as found:
        yield found


def put(ledger, *, minute=MINUTE, names=NAMES, life=LIFE):
    """Something of each of many names, and money of each."""
    cells = [Cell(minute, Series(Scope.MODEL, f"m{at}"), GOOD, 1 + at) for at in range(names)]
    cells.append(Cell(minute, THE_GATEWAY, "rate", 3))
    spent = [
        SpendCell(minute, Account("", f"m{at}", "p"), Spent(1, 0, at, 0, 2, 0, 10**12 + at)) for at in range(names)
    ]
    ledger.write(cells, [life], spent)


def waiting(path):
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute("SELECT count(*) FROM pending").fetchone()[0]


def rows(path, table):
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def told(ledger, minute=MINUTE):
    totals = {(each.series, each.cause): each.count for each in ledger.totals(minute, minute)}
    return totals, dict(ledger.spent(Grain.MINUTE, minute, minute + 1))


def expected(times, names=NAMES):
    totals = {(Series(Scope.MODEL, f"m{at}"), GOOD): times * (1 + at) for at in range(names)}
    totals[THE_GATEWAY, "rate"] = 3 * times
    return totals, {
        Account("", f"m{at}", "p"): Spent(times, 0, times * at, 0, 2 * times, 0, times * (10**12 + at))
        for at in range(names)
    }


def test_what_is_put_down_is_told_as_if_it_had_been_added_at_once(ledger, path):
    for _ in range(3):
        put(ledger)
    assert (waiting(path), rows(path, "minutes")) == (3, 0)
    assert told(ledger) == expected(3)
    assert (waiting(path), rows(path, "minutes")) == (0, NAMES + 1)
    put(ledger)
    assert told(ledger) == expected(4)


def test_few_names_are_added_at_once(ledger, path):
    put(ledger, names=NAMES // 2 - 1)
    assert (waiting(path), rows(path, "minutes")) == (0, NAMES // 2)


def test_what_a_process_had_put_down_when_it_was_killed_is_told_by_the_next_one(ledger, path):
    put(ledger)  # and is never heard of again
    with contextlib.closing(SqliteLedger(path, print)) as other:
        assert told(other) == expected(1)


def test_what_a_killed_process_left_is_sorted_in_also_where_nobody_reads(ledger, path):
    put(ledger)
    with contextlib.closing(SqliteLedger(path, print)) as other:
        other.write([Cell(MINUTE + 1, THE_GATEWAY, GOOD, 1)], [])
    assert waiting(path) == 0
    assert told(ledger) == expected(1)


@pytest.mark.parametrize("how", ["the next minute", "fewer names", "the end of a life", "too many"])
def test_it_is_sorted_in_by_and_by(ledger, path, how, monkeypatch):
    monkeypatch.setattr(pending, "MOST", 4)
    put(ledger)
    put(ledger)
    assert waiting(path) == 2
    match how:
        case "the next minute":
            put(ledger, minute=MINUTE + 1)
        case "fewer names":
            ledger.write([], [LIFE])
        case "the end of a life":
            put(ledger, life=LifeEntry(7, Life(1.0, 2.0, stopped=True)))
        case _:
            put(ledger)
            put(ledger)
    assert waiting(path) == 0
    assert told(ledger) == expected({"the end of a life": 3, "too many": 4}.get(how, 2))


def test_several_put_down_and_read_together_and_nothing_is_lost_or_told_twice(path):
    def work():
        with contextlib.closing(SqliteLedger(path, print)) as own:
            for turn in range(6):
                put(own)
                if turn % 2:
                    own.totals(MINUTE, MINUTE)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with contextlib.closing(SqliteLedger(path, print)) as ledger:
        assert told(ledger) == expected(18)


def test_what_cannot_be_sorted_in_now_is_told_later_and_what_there_is_at_once(ledger, path, monkeypatch):
    ledger.write([Cell(MINUTE, THE_GATEWAY, GOOD, 5)], [])
    put(ledger)
    monkeypatch.setattr("sixnines.ledger.sqlite.BUSY_S", 0.05)
    with contextlib.closing(SqliteLedger(path, print)) as reader:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert [each.count for each in reader.totals(MINUTE, MINUTE)] == [5]
        assert len(reader.totals(MINUTE, MINUTE)) == NAMES + 2


def test_counts_that_could_not_be_put_down_are_not_told(ledger, path, monkeypatch):
    put(ledger)
    monkeypatch.setattr(schema, "LIVE", "no SQL")
    with pytest.raises(LedgerFault, match="syntax error"):
        put(ledger)
    monkeypatch.undo()
    assert told(ledger) == expected(1)


def test_counts_of_several_minutes_go_to_their_tables(ledger, path):
    cells = [Cell(MINUTE + at // NAMES, Series(Scope.MODEL, f"m{at % NAMES}"), GOOD, 1) for at in range(2 * NAMES)]
    ledger.write(cells, [LIFE])
    assert (waiting(path), rows(path, "minutes")) == (0, 2 * NAMES)


def test_a_file_of_the_second_version_becomes_one_of_this_and_keeps_what_it_holds(ledger, path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in schema.TABLES:
            if "pending" not in statement and "user_version" not in statement:
                file.execute(statement)
        file.execute("PRAGMA user_version = 2")
        file.execute("INSERT INTO series (id, scope, name) VALUES (1, 'gateway', '')")
        file.execute("INSERT INTO minutes (minute, series, cause, count) VALUES (?, 1, 'rate', 9)", (MINUTE,))
    put(ledger)
    totals, _ = told(ledger)
    assert totals[THE_GATEWAY, "rate"] == 12
