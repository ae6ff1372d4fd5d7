"""Whether the gateway itself was there."""

import pytest

from sixnines.domain.availability import Life
from sixnines.reliability.uptime import ENDED, STOPPED, Outage, uptime


def lived(*lives, start=0.0, now=1000.0, oldest=0.0):
    return uptime(lives, oldest, start_s=start, now_s=now)


def test_without_a_record_nothing_is_measured():
    found = uptime([], None, start_s=0, now_s=10)
    assert (found.value, found.since_s) == (None, None)


def test_one_life_is_all_up():
    found = lived(Life(0, 1000, stopped=False))
    assert (found.up_s, found.down_s, found.value, found.outages) == (1000, 0, 1.0, ())


def test_time_before_the_first_life_is_not_measured():
    found = lived(Life(400, 1000, stopped=False), oldest=400)
    assert (found.since_s, found.up_s, found.value) == (400, 600, 1.0)


def test_a_gap_is_down_and_says_whether_it_was_meant():
    found = lived(Life(0, 300, stopped=True), Life(400, 600, stopped=False), Life(650, 1000, stopped=False))
    assert found.outages == (Outage(300, 400, STOPPED), Outage(600, 650, ENDED))
    assert (found.up_s, found.down_s, found.value) == (850, 150, 0.85)


def test_a_life_before_the_window_says_why_it_began_down():
    found = lived(Life(0, 300, stopped=True), Life(700, 1000, stopped=False), start=500)
    assert found.outages == (Outage(500, 700, STOPPED),)


def test_workers_that_live_together_leave_no_gap():
    found = lived(Life(0, 600, stopped=False), Life(100, 200, stopped=False), Life(550, 1000, stopped=False))
    assert (found.up_s, found.outages) == (1000, ())


def test_what_the_clock_jumped_over_is_unknown():
    found = lived(Life(0, 300, stopped=False), Life(800, 1000, stopped=False, after_jump=True))
    assert (found.up_s, found.down_s, found.unknown_s, found.value) == (500, 0, 500, 1.0)


def test_a_clock_that_is_set_back_counts_nothing_twice():
    found = lived(Life(500, 900, stopped=False), Life(600, 1000, stopped=False, after_jump=True), oldest=500)
    assert (found.up_s, found.down_s, found.unknown_s) == (500, 0, 0)


def test_what_is_recorded_for_a_time_to_come_does_not_count():
    found = lived(Life(0, 5000, stopped=False), Life(9000, 9500, stopped=False))
    assert (found.up_s, found.down_s) == (1000, 0)


def test_a_gateway_that_is_gone_is_down_until_now():
    found = lived(Life(0, 900, stopped=False))
    assert found.outages == (Outage(900, 1000, ENDED),)
    assert found.value == pytest.approx(0.9)
