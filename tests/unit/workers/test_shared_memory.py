"""The memory that a parent and its workers share."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.errors import ConfigError
from sixnines.workers.memory import Cells, Keep


def in_a_fork(work):
    """Run `work` in a process of its own that dies like one that is killed."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def test_what_one_process_writes_the_others_see():
    cells = Cells(2, ["a", "b"])
    in_a_fork(lambda: cells.row("b", 1).taken.__setitem__(1, 7))
    row = cells.row("b", 0)
    assert list(row.taken) == [0, 7]
    assert [list(each) for each in (row.waiting, row.first)] == [[0, 0], [0, 0]]
    assert list(cells.row("a", 0).taken) == [0, 0]


def test_the_cells_of_a_dead_worker_are_cleared_and_no_others():
    cells = Cells(3, ["a", "b"])
    for name in ("a", "b"):
        for own in range(3):
            row = cells.row(name, own)
            for field in (row.taken, row.waiting, row.first):
                field[own] = own + 1
    cells.clear(1)
    for name in ("a", "b"):
        row = cells.row(name, 0)
        assert [list(field) for field in (row.taken, row.waiting, row.first)] == [[1, 0, 3]] * 3


def test_providers_that_come_later_get_cells_of_their_own_and_keep_them():
    cells = Cells(2, ["a"])
    cells.add(["b", "a", "c"])
    assert dict(cells.columns) == {"a": 0, "b": 1, "c": 2}
    worker = Cells(2, ["a"])
    worker.learn(cells.columns)
    assert dict(worker.columns) == dict(cells.columns)


def test_more_providers_than_there_is_room_for_are_a_config_error_and_change_nothing():
    cells = Cells(2, ["a"])
    with pytest.raises(ConfigError, match="restart the gateway"):
        cells.add(f"p{number}" for number in range(10_000))
    assert dict(cells.columns) == {"a": 0}


def test_figures_outlive_who_left_them():
    keep = Keep()
    assert keep.read() == b""
    in_a_fork(lambda: [keep.write(b"one"), keep.write(b"two")])
    assert keep.read() == b"two"


def test_a_successor_goes_on_writing_where_its_predecessor_ended():
    keep = Keep()
    in_a_fork(lambda: [keep.write(b"figures %d" % number) for number in range(5)])
    assert keep.take_over() == b"figures 4"
    keep.write(b"figures 5")
    assert keep.read() == b"figures 5"


def test_too_many_figures_are_refused_and_the_last_ones_stay(monkeypatch):
    monkeypatch.setattr(Keep, "HALF", 4096)
    keep = Keep()
    assert keep.write(b"x" * 4000)
    assert not keep.write(b"y" * 4096)
    assert keep.read() == b"x" * 4000


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=6), st.integers(0, 70), st.binary(min_size=1, max_size=8))
def test_figures_whose_writer_died_in_the_middle_are_not_read(written, at, garbage):
    """Whatever a writer leaves in the half that it was writing, the figures before are there."""
    keep = Keep()
    for figures in written[:-1]:
        keep.write(figures)
    before = keep.read()
    keep.write(written[-1])
    half = keep._writings % 2 * keep.HALF
    keep._map[half + at : half + at + len(garbage)] = garbage
    assert keep.read() in (before, written[-1])
