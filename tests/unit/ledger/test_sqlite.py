"""The ledger's file: what is added comes out, whoever else writes, and whatever becomes of the file."""

import contextlib
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from sixnines.domain.availability import GOOD, THE_GATEWAY, Blame, Cell, Life, Marks, Scope, Series, Total
from sixnines.ledger import schema
from sixnines.ledger.interface import LedgerFault, LifeEntry
from sixnines.ledger.place import ledger_file
from sixnines.ledger.sqlite import SqliteLedger

M = Series(Scope.MODEL, "m")
HOUR = 480_000
NOW = HOUR * 60 + 30


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger" / "x.db"


@pytest.fixture
def aside():
    return []


@pytest.fixture
def ledger(path, aside):
    found = SqliteLedger(path, aside.append)
    yield found
    found.close()


def cell(minute, cause=GOOD, count=1, series=M):
    return Cell(minute, series, cause, count)


def sums(ledger, first=NOW - 59, last=NOW):
    return {(each.series.name, each.cause): each.count for each in ledger.totals(first, last)}


def found_later(path):
    """The sums as another process finds them."""
    with contextlib.closing(SqliteLedger(path, print)) as ledger:
        return sums(ledger)


def test_what_is_added_comes_out_again(ledger):
    ledger.write([cell(NOW, count=3), cell(NOW, "rate", 2), cell(NOW - 1, count=4, series=THE_GATEWAY)], [])
    ledger.write([cell(NOW, count=10)], [])
    assert sorted(ledger.totals(NOW - 5, NOW), key=repr) == sorted(
        [Total(M, GOOD, 13), Total(M, "rate", 2), Total(THE_GATEWAY, GOOD, 4)], key=repr
    )


def test_a_window_holds_its_first_and_its_last_minute_and_no_other(ledger):
    ledger.write([cell(NOW + at, count=10 ** (at + 3)) for at in range(-3, 3)], [])
    assert sums(ledger, NOW - 2, NOW + 1) == {("m", GOOD): 11_110}


def test_the_minutes_of_one_thing_are_told_one_by_one(ledger):
    cells = [
        cell(NOW + at, cause, 1 + at, series)
        for at in range(3)
        for cause in (GOOD, "rate")
        for series in (M, THE_GATEWAY)
    ]
    ledger.write(cells, [])
    assert ledger.minutes(M, NOW, NOW + 1) == [each for each in cells if each.series == M and each.minute <= NOW + 1]
    assert ledger.minutes(THE_GATEWAY, NOW + 3, NOW + 9) == []


def test_it_survives_the_end_of_who_wrote_it(ledger, path):
    ledger.write([cell(NOW, count=3)], [])
    ledger.close()
    assert found_later(path) == {("m", GOOD): 3}


def test_only_its_owner_may_read_it(ledger, path):
    before = os.umask(0)
    try:
        ledger.write([cell(NOW)], [])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert files == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm", "x.db.lock"), 0o600)


def test_several_write_together_and_no_count_is_lost(path):
    def work():
        own = SqliteLedger(path, print)
        for _ in range(50):
            own.write([cell(NOW), cell(NOW, "rate", 2)], [])
        own.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found_later(path) == {("m", GOOD): 200, ("m", "rate"): 400}


def test_minutes_are_told_as_up_and_down(ledger):
    ledger.write(
        [
            cell(HOUR * 60, count=3),
            cell(HOUR * 60 + 1, "server", 1),
            cell(HOUR * 60 + 2, "server", 2),
            cell(HOUR * 60 + 2, count=2),
            cell(HOUR * 60 + 3, "server", 1),
            cell(HOUR * 60 + 3, count=2),
            cell(HOUR * 60 + 59, "rate", 1),
        ],
        [],
    )
    found = ledger.records(HOUR * 60, HOUR * 60 + 59)
    # As many bad ones as good ones is down.
    assert found.marks == (Marks(M, HOUR, 0b1001, (1 << 59) | 0b110),)
    assert Blame(M, HOUR * 60 + 2, HOUR * 60 + 3, "server", 2) in found.blames


def test_who_was_never_down_has_no_marks(ledger):
    ledger.write([cell(NOW), cell(NOW, "rate", series=Series(Scope.PROVIDER, "p"))], [])
    ledger.write([cell(NOW, series=Series(Scope.PROBES, "p"))], [])
    assert {each.series.scope for each in ledger.records(NOW - 5, NOW).marks} == {Scope.PROVIDER, Scope.PROBES}


def test_old_minutes_become_hours_and_say_the_same(ledger, path):
    # One hour, then as many newer ones as are kept by the minute.
    ledger.write([cell(HOUR * 60 + at, "server" if at in (7, 8) else GOOD, at + 1) for at in range(60)], [])
    before = ledger.records(HOUR * 60, HOUR * 60 + 59)
    ledger.write([cell((HOUR + at) * 60) for at in range(1, schema.MINUTE_HOURS + 1)], [])
    after = ledger.records(HOUR * 60, HOUR * 60 + 59)
    assert after.totals == before.totals
    assert after.marks == before.marks
    assert after.blames == (Blame(M, HOUR * 60, HOUR * 60 + 60, "server", 17),)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        assert file.execute("SELECT count(*), min(minute) / 60 FROM minutes").fetchone() == (26, HOUR + 1)
        assert file.execute("SELECT count(*) FROM hours").fetchone() == (2,)


def slots(ledger, first, last, **more):
    return {
        (each.series.scope.value, each.series.name, each.slot, each.cause): each.count
        for each in ledger.slots(first, last, **more)
    }


def test_slots_are_days_or_hours_of_what_is_asked_for(ledger):
    probes = Series(Scope.PROBES, "m")
    ledger.write([cell(HOUR * 60 + 59), cell(HOUR * 60 + 60, "rate", 2), cell(HOUR * 60 + 61, count=5)], [])
    ledger.write([cell(HOUR * 60, count=7, series=THE_GATEWAY), cell(HOUR * 60, count=60, series=probes)], [])
    assert slots(ledger, HOUR * 60, HOUR * 60 + 119, hours=1, name="m") == {
        ("model", "m", HOUR, GOOD): 1, ("model", "m", HOUR + 1, "rate"): 2, ("model", "m", HOUR + 1, GOOD): 5,
        ("probes", "m", HOUR, GOOD): 60,
    }  # fmt: skip
    assert slots(ledger, HOUR * 60, HOUR * 60 + 119, hours=24, name="") == {("gateway", "", HOUR // 24, GOOD): 7}
    assert slots(ledger, HOUR * 60, HOUR * 60 + 119, hours=24) == {
        ("gateway", "", HOUR // 24, GOOD): 7, ("model", "m", HOUR // 24, GOOD): 6, ("model", "m", HOUR // 24, "rate"): 2,
        ("probes", "m", HOUR // 24, GOOD): 60,
    }  # fmt: skip
    assert slots(ledger, HOUR * 60 + 60, HOUR * 60 + 60, hours=24) == {("model", "m", HOUR // 24, "rate"): 2}


def test_slots_say_the_same_when_minutes_have_become_hours(ledger):
    ledger.write([cell(HOUR * 60 + at, "server" if at in (7, 8) else GOOD, at + 1) for at in range(60)], [])
    before = slots(ledger, HOUR * 60, HOUR * 60 + 59, hours=24)
    ledger.write([cell((HOUR + at) * 60) for at in range(1, schema.MINUTE_HOURS + 1)], [])
    assert slots(ledger, HOUR * 60, HOUR * 60 + 59, hours=24) == before
    assert (
        slots(ledger, HOUR * 60, (HOUR + 2) * 60 + 59, hours=24)["model", "m", HOUR // 24, GOOD]
        == sum(range(1, 61)) - 17 + 2
    )


def test_what_comes_late_for_an_hour_that_was_rolled_up_is_added_to_it(ledger):
    ledger.write([cell(HOUR * 60 + 3), cell(HOUR * 60 + 4)], [])
    newer = [cell((HOUR + at) * 60) for at in range(1, schema.MINUTE_HOURS + 1)]
    ledger.write(newer, [])
    ledger.write([cell(HOUR * 60 + 4, "server", 5), cell(HOUR * 60 + 5, "rate", 5)], [])
    ledger.write([cell((HOUR + schema.MINUTE_HOURS + 1) * 60)], [])
    found = ledger.records(HOUR * 60, HOUR * 60 + 59)
    assert sums(ledger, HOUR * 60, HOUR * 60 + 59) == {("m", GOOD): 2, ("m", "server"): 5, ("m", "rate"): 5}
    assert found.marks == (Marks(M, HOUR, 0b1000, 0b110000),)


def test_the_oldest_hours_are_forgotten(ledger, path):
    for at in range(schema.HOURS + schema.MINUTE_HOURS + 5):
        ledger.write([cell((HOUR + at) * 60)], [])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        assert file.execute("SELECT count(*) FROM minutes").fetchone()[0] == schema.MINUTE_HOURS
        assert file.execute("SELECT count(*), count(DISTINCT hour) FROM hours").fetchone() == (schema.HOURS,) * 2
        assert file.execute("SELECT count(*) FROM marks").fetchone() == (schema.HOURS,)
    file.close()


@pytest.mark.parametrize("hour", [0, 60 * HOUR])
def test_a_clock_that_is_wrong_for_a_while_removes_nothing(ledger, hour):
    ledger.write([cell(NOW, count=5)], [])
    ledger.write([cell(hour * 60)], [])  # 1970, or far in the future
    ledger.write([cell(NOW + 60)], [])
    assert sums(ledger, NOW - 5, NOW + 60) == {("m", GOOD): 6}


def test_lives_are_told_with_the_one_before_the_window(ledger):
    start = (NOW - 59) * 60
    lives = [
        LifeEntry(1, Life(start - 900, start - 800, stopped=True)),
        LifeEntry(2, Life(start - 700, start - 600, stopped=True)),
        LifeEntry(3, Life(start - 100, start + 100, stopped=False)),
    ]
    ledger.write([], lives)
    ledger.write([], [LifeEntry(3, Life(start - 100, start + 200, stopped=False))])
    found = ledger.records(NOW - 59, NOW)
    assert found.lives == (lives[1].life, Life(start - 100, start + 200, stopped=False))
    assert found.oldest_s == start - 900


def test_lives_are_bounded(ledger, monkeypatch):
    ledger.write([], [LifeEntry(at, Life(at, at + 1, stopped=True)) for at in range(schema.LIVES + 7)])
    ledger.write([cell(NOW)], [])
    assert ledger.records(NOW, NOW).oldest_s == 7


def test_a_file_that_is_no_database_is_moved_aside_and_kept(ledger, path, aside):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, but somebody's only copy of something" * 100)
    with pytest.raises(LedgerFault, match="corrupt"):
        ledger.write([cell(NOW)], [])
    assert [each.name for each in aside] == ["x.db.corrupt-1"]
    assert aside[0].read_bytes().startswith(b"not a database")
    ledger.write([cell(NOW)], [])
    assert sums(ledger) == {("m", GOOD): 1}


def test_a_file_that_is_damaged_in_the_middle_is_moved_aside_and_the_next_one_too(ledger, path, aside):
    for number in (1, 2):
        ledger.write([cell(NOW - at, f"cause-{at}") for at in range(2000)], [])
        ledger.close()
        with path.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xff" * 30_000)
        with pytest.raises(LedgerFault, match="corrupt"):
            ledger.write([cell(NOW)], [])
        assert aside[-1].name == f"x.db.corrupt-{number}"
    assert min(each.name for each in path.parent.iterdir() if "corrupt" in each.name) == "x.db.corrupt-1"


def test_what_another_process_has_moved_aside_is_not_moved_again(ledger, path, aside):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 5000)
    corrupt = path.stat().st_ino
    with pytest.raises(LedgerFault):
        ledger.write([cell(NOW)], [])
    ledger.write([cell(NOW)], [])
    # Another one that met the same corrupt file, and comes to the lock a moment later.
    late = SqliteLedger(path, aside.append)
    assert late._move_aside(corrupt) is None
    late.write([cell(NOW)], [])
    late.close()
    assert sums(ledger) == {("m", GOOD): 2}
    assert len(aside) == 1


def test_a_file_that_is_taken_away_is_begun_anew(ledger, path):
    ledger.write([cell(NOW)], [])
    for each in path.parent.iterdir():
        each.unlink()
    ledger.write([cell(NOW, count=7)], [])
    assert sums(ledger) == {("m", GOOD): 7}


def test_while_it_is_locked_nothing_is_written_and_nothing_is_lost(ledger, path, monkeypatch):
    monkeypatch.setattr("sixnines.ledger.sqlite.BUSY_S", 0.05)
    ledger.write([cell(NOW)], [])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerFault, match="locked"):
        ledger.write([cell(NOW)], [])
    other.execute("ROLLBACK")
    other.close()
    ledger.write([cell(NOW)], [])
    assert sums(ledger) == {("m", GOOD): 2}


def test_a_folder_that_cannot_be_made_is_a_fault_that_says_where(tmp_path, aside):
    (tmp_path / "state").write_text("a file where a folder should be")
    ledger = SqliteLedger(tmp_path / "state" / "ledger" / "x.db", aside.append)
    with pytest.raises(LedgerFault, match="state"):
        ledger.write([cell(NOW)], [])


def test_a_newer_file_is_left_alone(ledger, path, aside):
    ledger.write([cell(NOW)], [])
    ledger.close()
    file = sqlite3.connect(path)
    file.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    file.close()
    with pytest.raises(LedgerFault, match=f"version {schema.VERSION + 1}"):
        ledger.write([cell(NOW)], [])
    assert (aside, path.exists()) == ([], True)


def test_a_database_of_something_else_is_left_alone(ledger, path, aside):
    path.parent.mkdir(parents=True)
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE theirs (x)")
    file.close()
    with pytest.raises(LedgerFault, match="something else"):
        ledger.write([cell(NOW)], [])
    assert (aside, path.exists()) == ([], True)


def test_a_write_that_fails_in_the_middle_has_written_nothing(ledger):
    ledger.write([cell(NOW)], [])
    with pytest.raises(AttributeError):
        ledger.write([cell(NOW)], [None])
    with pytest.raises(LedgerFault):
        ledger.write([cell(NOW), Cell(NOW, M, GOOD, None)], [])
    assert sums(ledger) == {("m", GOOD): 1}


def test_every_config_has_a_ledger_of_its_own():
    home = Path("/home/me/.local/state/sixnines")
    one, other = (ledger_file(home, f"/etc/sixnines/{name}.yaml") for name in ("a", "b"))
    assert one.parent == home / "ledger"
    assert one != other
    assert one == ledger_file(home, "/etc/sixnines/a.yaml")


@pytest.mark.slow
def test_three_hundred_names_and_ten_providers_take_less_than_forty_megabytes(ledger, path):
    names = [THE_GATEWAY, *(Series(Scope.MODEL, f"model-number-{at}") for at in range(300))]
    names += [Series(scope, f"provider-{at}") for at in range(10) for scope in (Scope.PROVIDER, Scope.PROBES)]
    causes = (GOOD, "rate")
    day = [
        cell((HOUR + hour) * 60 + minute, cause, 1000, series)
        for hour in range(schema.MINUTE_HOURS)
        for minute in range(60)
        for series in names
        for cause in causes
    ]
    ledger.write(day, [])
    ledger.close()
    file = sqlite3.connect(path)
    rows = [
        (hour, series, cause, 60_000) for hour in range(schema.HOURS) for series in range(1, 322) for cause in causes
    ]
    file.executemany("INSERT INTO hours VALUES (?, ?, ?, ?)", rows)
    file.executemany(
        "INSERT INTO marks VALUES (?, ?, ?, ?)",
        [(hour, series, 2**60 - 1, 2**59) for hour in range(schema.HOURS) for series in range(1, 322)],
    )
    file.commit()
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    size = path.stat().st_size
    print(f"{size / 1e6:.1f} MB")
    assert size < 40e6
