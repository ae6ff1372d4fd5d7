"""The ledger's sums of what was spent: exact, by minute, hour and day, whoever else writes; and older files."""

import sqlite3
import threading

import pytest

from sixnines.accounting.reading import read_outlay, read_spend
from sixnines.domain.allowance import Allowance, Period
from sixnines.domain.availability import GOOD, THE_GATEWAY, Cell
from sixnines.domain.spend import Account, Grain, SpendCell, Spent
from sixnines.ledger import schema, spend_tables
from sixnines.ledger.interface import LedgerFault
from sixnines.ledger.sqlite import SqliteLedger

A, B = Account("", "m", "a"), Account("chat", "m", "b")
DAY = 20_783
NOON = DAY * 1440 + 720
DOLLAR = 10**12


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.db"


@pytest.fixture
def ledger(path):
    found = SqliteLedger(path, print)
    yield found
    found.close()


def cell(minute=NOON, account=A, **sums):
    return SpendCell(minute, account, Spent(**({"answers": 1} | sums)))


def write(ledger, *cells):
    ledger.write([Cell(each.minute, THE_GATEWAY, GOOD, 1) for each in cells], [], cells)


def test_every_sum_is_added_to_its_minute_its_hour_and_its_day(ledger):
    whole = Spent(
        answers=2,
        uncounted=1,
        prompt_tokens=7,
        cached_tokens=3,
        completion_tokens=5,
        unpriced_tokens=4,
        picos=1_500_001,
    )
    write(ledger, SpendCell(NOON, A, whole), SpendCell(NOON, B, whole))
    write(ledger, SpendCell(NOON, A, whole))
    twice = Spent(*(2 * getattr(whole, name) for name in whole.__struct_fields__))
    for grain, at in ((Grain.MINUTE, NOON), (Grain.HOUR, NOON // 60), (Grain.DAY, DAY)):
        assert ledger.spent(grain, at, at + 1) == [(A, twice), (B, whole)]
        assert ledger.spent(grain, at + 1, at + 9) == ledger.spent(grain, at - 9, at) == []


def test_pico_dollars_become_micro_dollars_and_none_is_lost(ledger):
    for _ in range(7):
        write(ledger, cell(picos=999_999))
    assert ledger.spent(Grain.DAY, DAY, DAY + 1)[0][1].picos == 7 * 999_999


def test_sums_may_be_larger_than_64_bits_of_pico_dollars(ledger):
    much = 9_000_000 * DOLLAR
    for minute in range(3):
        write(ledger, cell(NOON + minute, picos=much))
    assert ledger.spent(Grain.DAY, DAY, DAY + 1)[0][1].picos == 3 * much
    assert ledger.spent(Grain.MINUTE, NOON, NOON + 3)[0][1].picos == 3 * much


def test_it_survives_the_end_of_who_wrote_it(ledger, path):
    write(ledger, cell(picos=5))
    ledger.close()
    assert SqliteLedger(path, print).spent(Grain.DAY, DAY, DAY + 1)[0][1].picos == 5


def test_several_write_together_and_no_money_is_lost(path):
    def work():
        own = SqliteLedger(path, print)
        for _ in range(40):
            write(own, cell(picos=700_000), cell(account=B, picos=1))
        own.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = dict(SqliteLedger(path, print).spent(Grain.DAY, DAY, DAY + 1))
    assert (found[A].picos, found[B].picos) == (160 * 700_000, 160)


def test_days_are_told_one_by_one(ledger):
    write(ledger, cell(picos=1), cell(NOON, B, picos=2), cell(NOON + 1440, picos=5), cell(NOON + 9 * 1440, picos=7))
    assert [(day - DAY, spent.picos) for day, spent in ledger.spent_daily(DAY, DAY + 9)] == [(0, 3), (1, 5)]


def test_it_is_known_since_when_anything_was_recorded(ledger):
    assert ledger.spent_since() is None
    write(ledger, cell(NOON), cell(NOON - 61))
    assert ledger.spent_since() == NOON // 60 - 2


def test_old_minutes_and_hours_are_forgotten_and_their_days_are_not(ledger, monkeypatch):
    kept = {Grain.MINUTE: 3, Grain.HOUR: 2, Grain.DAY: 4}
    prune = [
        text.replace(f"OFFSET {spend_tables.KEPT[grain] - 1}", f"OFFSET {kept[grain] - 1}")
        for grain, text in zip(kept, spend_tables.PRUNE, strict=True)
    ]
    monkeypatch.setattr(spend_tables, "PRUNE", prune)
    for number in range(6):
        write(ledger, cell(NOON + 1440 * number, picos=1))
    assert [len(ledger.spent(grain, 0, 2**40)) for grain in Grain] == [1, 1, 1]
    assert [ledger.spent(grain, 0, 2**40)[0][1].picos for grain in Grain] == [3, 2, 4]


def test_a_file_of_the_first_version_becomes_one_of_this_and_keeps_what_it_holds(ledger, path):
    file = sqlite3.connect(path)
    for statement in schema.TABLES:
        if not any(word in statement for word in ("accounts", "spent_", "pending", "user_version")):
            file.execute(statement)
    file.execute("PRAGMA user_version = 1")
    file.execute("INSERT INTO series (id, scope, name) VALUES (1, 'gateway', '')")
    file.execute("INSERT INTO minutes (minute, series, cause, count) VALUES (?, 1, '', 9)", (NOON,))
    file.commit()
    file.close()
    write(ledger, cell(picos=5))
    assert [each.count for each in ledger.totals(NOON, NOON)] == [10]
    assert ledger.spent(Grain.MINUTE, NOON, NOON + 1)[0][1].picos == 5
    (version,) = sqlite3.connect(path).execute("PRAGMA user_version").fetchone()
    assert version == schema.VERSION


def test_a_migration_that_fails_in_the_middle_leaves_the_old_file(ledger, path, monkeypatch):
    file = sqlite3.connect(path)
    for statement in schema.TABLES:
        if not any(word in statement for word in ("accounts", "spent_", "pending", "user_version")):
            file.execute(statement)
    file.execute("PRAGMA user_version = 1")
    file.commit()
    file.close()
    monkeypatch.setitem(schema.NEWER, 1, (*schema.NEWER[1][:2], "no SQL"))
    with pytest.raises(LedgerFault, match="syntax error"):
        write(ledger, cell())
    assert sqlite3.connect(path).execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'spent%'").fetchone() == (
        0,
    )
    monkeypatch.undo()
    write(ledger, cell(picos=5))
    assert ledger.spent(Grain.DAY, DAY, DAY + 1)[0][1].picos == 5


# ---- reading it


def test_a_window_is_read_as_finely_as_it_needs(ledger):
    now_s = NOON * 60 + 30
    write(
        ledger, cell(NOON, picos=1), cell(NOON - 59, picos=10), cell(NOON - 60, picos=100), cell(NOON - 1439, picos=1000),
        cell(NOON - 1440, picos=10_000), cell(NOON - 7 * 1440, picos=100_000), cell(NOON - 10 * 1440, picos=10**6),
    )  # fmt: skip

    def told(window):
        return read_spend(ledger, window, now_s, allowance=None, days=3).total.picos

    assert [told(window) for window in ("1h", "24h", "7d", "30d")] == [11, 1111, 111_111, 1_111_111]
    assert told("today") == 111
    assert told("month") == 1_111_111


def test_models_routes_and_providers_are_told_apart(ledger):
    write(ledger, cell(picos=1), cell(account=B, picos=2))
    found = read_spend(ledger, "1h", NOON * 60, allowance=None, days=1)
    assert {name: spent.picos for name, spent in found.by(lambda each: each.model).items()} == {"m": 3}
    assert {name: spent.picos for name, spent in found.by(lambda each: each.route).items()} == {"chat": 2}
    assert {name: spent.picos for name, spent in found.by(lambda each: each.provider).items()} == {"a": 1, "b": 2}


@pytest.mark.parametrize("period", Period)
def test_a_budget_knows_what_was_spent_in_its_period_and_its_pace(ledger, period):
    write(ledger, cell(NOON - 60, picos=DOLLAR), cell(NOON - 4 * 60, picos=DOLLAR), cell(NOON - 1440, picos=DOLLAR))
    found = read_outlay(ledger, Allowance(10_000_000, period), NOON * 60)
    if period is Period.DAY:  # two dollars today, one of them in the last three hours, and twelve hours to go
        assert (found.picos, found.projected_picos) == (2 * DOLLAR, 2 * DOLLAR + DOLLAR * 12 // 3)
    else:
        assert found.picos == 3 * DOLLAR
        assert found.projected_picos > 3 * DOLLAR
