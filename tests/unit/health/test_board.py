"""Breakers and the board."""

from hypothesis import given
from hypothesis import strategies as st

from sixnines.domain.failure import Failure, FailureKind
from sixnines.health.board import Board
from sixnines.health.breaker import Breaker, BreakerState
from support import specs

BOOM = Failure(FailureKind.SERVER, "boom")


def opened(now=0.0):
    breaker = Breaker(specs.BREAKER)
    for _ in range(3):
        breaker.failed(now)
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


def test_a_good_probe_closes_it_and_a_bad_one_opens_it_again():
    breaker = opened()
    breaker.began(30.0)
    breaker.succeeded()
    assert breaker.admits(30.1)
    breaker = opened()
    breaker.began(30.0)
    breaker.failed(31.0)
    assert not breaker.admits(60.9)
    assert breaker.admits(61.0)


def test_a_probe_whose_caller_left_frees_its_place():
    breaker = opened()
    breaker.began(30.0)
    breaker.abandoned()
    assert breaker.admits(30.1)


def test_a_lost_probe_is_replaced_after_a_while():
    breaker = opened()
    breaker.began(30.0)
    assert breaker.admits(60.0)


@given(
    st.lists(st.tuples(st.sampled_from(["failed", "succeeded", "began", "abandoned"]), st.floats(0, 20)), max_size=40)
)
def test_an_open_breaker_admits_nothing_before_its_time(steps):
    breaker, now = Breaker(specs.BREAKER), 0.0
    for what, pause in steps:
        now += pause
        if what == "began":
            if breaker.admits(now):
                breaker.began(now)
        elif what == "failed":
            breaker.failed(now)
        elif what == "succeeded":
            breaker.succeeded()
        else:
            breaker.abandoned()
        if breaker.state is BreakerState.OPEN:
            assert not breaker.admits(breaker.open_until - 0.001)
            assert breaker.admits(breaker.open_until)


def test_the_longer_of_two_rests_wins():
    board, a = Board(specs.BREAKER), specs.deployment("a")
    board.failed(a, Failure(FailureKind.RATE, "x", retry_after_s=60.0), 0.0)
    board.failed(a, Failure(FailureKind.RATE, "x", retry_after_s=1.0), 1.0)
    assert board.objection(a, 59.0) == "resting after rate"
    assert board.objection(a, 60.0) is None


def test_a_silly_retry_after_is_capped():
    board, a = Board(specs.BREAKER), specs.deployment("a")
    board.failed(a, Failure(FailureKind.RATE, "x", retry_after_s=1e9), 0.0)
    assert board.objection(a, 600.0) is None


def test_the_callers_own_faults_leave_health_alone():
    board, a = Board(specs.BREAKER), specs.deployment("a")
    for _ in range(10):
        board.failed(a, Failure(FailureKind.CALLER, "your fault"), 0.0)
    assert board.objection(a, 0.0) is None


def test_an_answer_ends_a_rest():
    board, a = Board(specs.BREAKER), specs.deployment("a")
    board.failed(a, Failure(FailureKind.QUOTA, "x"), 0.0)
    board.succeeded(a)
    assert board.objection(a, 0.1) is None


def test_in_flight_counts_per_provider_and_stops_at_the_limit():
    board, a = Board(specs.BREAKER), specs.deployment("a", max_in_flight=1)
    assert board.objection(a, 0.0) is None
    board.began(a, 0.0)
    assert board.objection(a, 0.0) == "at max_in_flight"
    board.ended(a)
    assert board.objection(a, 0.0) is None
