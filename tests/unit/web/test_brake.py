"""The brake on guessing: slower with every wrong key, never for long."""

from sixnines.web.brake import FIRST_S, FORGOTTEN_S, LONGEST_S, MOST_WAITING, Brake


def test_every_wrong_key_is_answered_more_slowly_up_to_a_bound():
    brake = Brake()
    delays = [brake.wrong(10.0) for _ in range(50)]
    assert delays[:4] == [FIRST_S, FIRST_S * 2, FIRST_S * 4, FIRST_S * 8]
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_S


def test_after_a_quiet_minute_all_is_forgotten():
    brake = Brake()
    for _ in range(9):
        brake.wrong(10.0)
    assert brake.wrong(10.0 + FORGOTTEN_S) == LONGEST_S
    assert brake.wrong(10.0 + FORGOTTEN_S + FORGOTTEN_S + 1) == FIRST_S


def test_no_further_key_is_read_while_enough_wrong_ones_wait():
    brake = Brake()
    brake.waiting = MOST_WAITING - 1
    assert not brake.is_full
    brake.waiting = MOST_WAITING
    assert brake.is_full
