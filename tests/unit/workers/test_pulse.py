"""Who hangs: whoever did not come round in so many looks of a parent that was awake, and nobody else."""

import pytest

from sixnines.workers.pulse import HUNG_S, LOOK_S, LOOKS, Beats, Pulse


class Ward:
    """Two workers, of which those in `well` beat, and a parent that looks."""

    def __init__(self):
        self.beats = Beats(2)
        self.pulse = Pulse(self.beats)
        self.now_s = 100.0
        self.well = {1, 2}

    def looks(self, count=1, apart_s=LOOK_S, serving=(1, 2)):
        """So many looks, and who hung in one of them."""
        hung = []
        for _ in range(count):
            for worker in self.well:
                self.beats.beat(worker)
            self.now_s += apart_s
            hung += self.pulse.look(self.now_s, serving)
        return hung


@pytest.fixture
def ward():
    return Ward()


def test_who_comes_round_does_not_hang(ward):
    assert [ward.looks() for _ in range(3 * LOOKS)] == [[]] * 3 * LOOKS


def test_who_stands_still_hangs_after_so_many_looks(ward):
    ward.looks()
    ward.well = {1}
    assert ward.looks(LOOKS - 1) == []
    assert ward.looks() == [2]
    assert LOOKS * LOOK_S == HUNG_S == 30


def test_one_turn_in_all_that_time_is_enough(ward):
    for _ in range(3):
        ward.well = {1}
        assert ward.looks(LOOKS - 1) == []
        ward.well = {1, 2}
        assert ward.looks() == []


def test_a_parent_that_was_stopped_with_its_workers_finds_nobody_hung(ward):
    ward.looks()
    ward.well = set()
    assert ward.looks(apart_s=3600.0) == []
    ward.well = {1, 2}
    assert ward.looks(2 * LOOKS) == []


def test_looks_that_come_too_soon_do_not_count(ward):
    ward.looks()
    ward.well = set()
    assert ward.looks(1000, apart_s=LOOK_S / 1000) == []
    assert ward.pulse.due_s - ward.now_s <= LOOK_S


def test_a_successor_is_given_all_the_time_again(ward):
    ward.looks()
    ward.well = {1}
    assert ward.looks(LOOKS) == [2]
    assert ward.looks(serving=[1]) == []  # it is killed, and the next one starts
    assert ward.looks(LOOKS) == []
    assert ward.looks() == [2]
