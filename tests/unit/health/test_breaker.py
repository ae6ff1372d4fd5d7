"""The breaker, state by state."""

from sixnines.config.snapshot import BreakerSettings
from sixnines.health.breaker import Breaker, BreakerState
from support import specs


def opened(now=0.0, **more):
    breaker = Breaker(specs.BREAKER)
    for _ in range(3):
        breaker.failed(now, **more)
    return breaker


def test_it_opens_after_enough_failures_within_the_window():
    breaker = Breaker(specs.BREAKER)
    breaker.failed(0.0)
    breaker.failed(1.0)
    assert breaker.admits(1.0)
    breaker.failed(2.0)
    assert not breaker.admits(2.0)


def test_failures_far_apart_do_not_open_it():
    breaker = Breaker(specs.BREAKER)
    for at in (0.0, 20.0, 40.0, 60.0):
        breaker.failed(at)
    assert breaker.admits(60.0)


def test_after_its_time_one_probe_passes_and_no_second():
    breaker = opened()
    assert not breaker.admits(29.9)
    assert breaker.admits(30.0)
    breaker.began(30.0)
    assert breaker.state is BreakerState.HALF_OPEN
    assert not breaker.admits(30.1)


def test_a_good_probe_closes_it():
    breaker = opened()
    breaker.began(30.0)
    breaker.succeeded()
    assert breaker.admits(30.1)


def test_each_bad_probe_doubles_the_rest_up_to_its_cap():
    breaker, now, rests = opened(), 0.0, []
    for _ in range(6):
        rests.append(breaker.open_until - now)
        now = breaker.open_until
        breaker.began(now)
        breaker.failed(now)
    assert rests == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


def test_a_success_makes_the_next_rest_short_again():
    breaker = opened()
    breaker.began(30.0)
    breaker.failed(30.0)
    breaker.began(90.0)
    breaker.succeeded()
    for _ in range(3):
        breaker.failed(100.0)
    assert breaker.open_until == 130.0


def test_of_two_rests_the_longer_one_holds():
    assert opened(not_before=45.0).open_until == 45.0
    assert opened(not_before=5.0).open_until == 30.0
    breaker = opened()
    breaker.failed(1.0, not_before=99.0)
    assert breaker.open_until == 99.0


def test_a_probe_whose_caller_left_frees_its_place():
    breaker = opened()
    breaker.began(30.0)
    breaker.abandoned()
    assert breaker.admits(30.1)


def test_a_lost_probe_is_replaced_after_a_while():
    breaker = opened()
    breaker.began(30.0)
    assert breaker.admits(60.0)


def test_a_request_let_through_before_its_time_is_no_probe():
    breaker = opened()
    breaker.began(10.0)
    breaker.failed(11.0)
    assert (breaker.state, breaker.open_until) == (BreakerState.OPEN, 30.0)
    breaker.began(12.0)
    breaker.succeeded()
    assert breaker.admits(12.0)


def test_a_provider_that_can_be_reached_again_is_tried_at_once_if_that_was_the_trouble():
    unreached, failing = opened(unreached=True), opened()
    unreached.reached(5.0)
    failing.reached(5.0)
    assert unreached.admits(5.0)
    assert not failing.admits(5.0)


def test_other_settings_hold_from_now_on():
    breaker = Breaker(specs.BREAKER)
    breaker.failed(0.0)
    breaker.configure(BreakerSettings(failures=2, window_s=30.0, open_s=5.0, max_open_s=5.0))
    breaker.failed(1.0)
    assert breaker.open_until == 6.0


def test_one_that_was_opened_by_hand_stays_so_whatever_is_answered_until_its_time_is_over():
    breaker = Breaker(specs.BREAKER)
    breaker.open_by_hand(100.0)
    breaker.succeeded()  # by a request that was under way
    breaker.reached(50.0)
    assert not breaker.admits(99.9)
    assert breaker.by_hand
    breaker.began(100.0)
    assert not breaker.by_hand
    breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED


def test_failures_of_others_do_not_end_nor_prolong_what_was_opened_by_hand():
    breaker = Breaker(specs.BREAKER)
    breaker.open_by_hand(100.0)
    for _ in range(5):
        breaker.failed(10.0)
    assert breaker.open_until == 100.0
    assert breaker.by_hand


def test_one_that_is_closed_by_hand_has_forgotten_what_it_saw():
    breaker = opened()
    breaker.close_by_hand()
    assert breaker.admits(0.0)
    assert breaker.quiet
    breaker.failed(1.0)
    assert breaker.admits(1.0)


def test_an_automatic_opening_is_nobodys_hand():
    breaker = Breaker(specs.BREAKER)
    breaker.open_by_hand(10.0)
    breaker.began(10.0)
    breaker.failed(11.0)  # the probe
    assert breaker.state is BreakerState.OPEN
    assert not breaker.by_hand
