"""How soon a worker that has ended is started again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from sixnines.workers.respawn import LIVED_S, Respawn


def test_one_that_had_lived_is_replaced_at_once_every_time():
    respawn = Respawn(random.Random(1))
    assert [respawn.ended(LIVED_S, served=True) for _ in range(5)] == [0.0] * 5


def test_one_that_dies_again_at_once_waits_longer_each_time_and_never_for_ever():
    respawn = Respawn(random.Random(1))
    first, *pauses = [respawn.ended(0.1, served=True) for _ in range(12)]
    assert first == 0.0
    assert 0.125 <= pauses[0] <= 0.25
    assert pauses[:6] == sorted(pauses[:6])
    assert 15.0 <= pauses[-1] <= 30.0


def test_pauses_of_two_workers_differ():
    one, other = Respawn(random.Random(1)), Respawn(random.Random(2))
    assert [one.ended(0, served=True) for _ in range(9)][1:] != [other.ended(0, served=True) for _ in range(9)][1:]


def test_a_long_life_forgives():
    respawn = Respawn(random.Random(1))
    for _ in range(9):
        respawn.ended(0.1, served=True)
    assert respawn.ended(LIVED_S, served=True) == 0.0


def test_a_long_start_is_no_life():
    respawn = Respawn(random.Random(1))
    respawn.ended(LIVED_S, served=False)
    assert respawn.ended(LIVED_S, served=False) > 0.0


def test_starts_in_vain_are_counted_until_one_serves():
    respawn = Respawn(random.Random(1))
    for number in range(1, 4):
        respawn.ended(0.1, served=False)
        assert respawn.vain == number
    respawn.ended(0.1, served=True)
    assert respawn.vain == 0


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans())), st.integers())
def test_no_pause_is_negative_or_longer_than_half_a_minute(lives, seed):
    respawn = Respawn(random.Random(seed))
    assert all(0.0 <= respawn.ended(lived_s, served=served) <= 30.0 for lived_s, served in lives)
