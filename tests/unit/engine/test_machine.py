"""The attempt machine, rule by rule."""

import math

import pytest

from sixnines.config.snapshot import AttemptLimits
from sixnines.domain.candidate import Facts
from sixnines.domain.failure import Failure, FailureKind
from sixnines.engine.machine import Cancel, Deliver, GiveUp, Machine, Queue, Try, Wake

DOWN = Failure(FailureKind.TRANSPORT, "refused")
TOO_LONG = Failure(FailureKind.CONTEXT, "too long")
NO_KEY = Failure(FailureKind.CREDENTIAL, "who are you")
LOADING = Failure(FailureKind.LOADING, "wait")


def rate(retry_after_s=None):
    return Failure(FailureKind.RATE, "slow down", retry_after_s=retry_after_s)


def machine(*candidates, attempts=4, deadline_at=10.0, loading_s=5.0, hedge_after_s=None, jitter=1.0):
    limits = AttemptLimits(attempts, loading_s, 0.1, 2.0)
    facts = candidates or (Facts(), Facts())
    return Machine(facts, limits, lambda: jitter, deadline_at=deadline_at, hedge_after_s=hedge_after_s)


def started(*candidates, **more):
    m = machine(*candidates, **more)
    m.start(0.0)
    return m


def windows(*sizes):
    return [Facts(window=size) for size in sizes]


# Order and remedies.


def test_the_first_candidate_is_tried_first():
    assert machine().start(0.0) == (Try(0),)


def test_a_failure_moves_on_to_the_next():
    assert started().failed(0, DOWN, 1.0) == (Try(1),)


def test_when_none_is_left_the_first_failure_is_told():
    m = started()
    m.failed(0, NO_KEY, 1.0)
    assert m.failed(1, Failure(FailureKind.QUOTA, "broke"), 2.0) == (GiveUp(NO_KEY),)


def test_too_long_is_told_rather_than_who_was_down():
    m = started()
    m.failed(0, NO_KEY, 1.0)
    assert m.failed(1, TOO_LONG, 2.0) == (GiveUp(TOO_LONG),)


def test_a_smaller_window_is_passed_over_after_a_context_failure():
    assert started(*windows(1024, 512, 1024, 2048)).failed(0, TOO_LONG, 0.1) == (Try(3),)


def test_the_callers_fault_ends_it_at_once():
    wrong = Failure(FailureKind.CALLER, "no")
    assert started().failed(0, wrong, 0.1) == (GiveUp(wrong),)


def test_what_this_provider_cannot_express_may_suit_another_and_is_not_asked_of_it_again():
    m = started()
    odd = Failure(FailureKind.CALLER, "n > 1", elsewhere=True)
    assert m.failed(0, odd, 0.1) == (Try(1),)
    assert m.failed(1, NO_KEY, 0.2) == (GiveUp(odd),)


# Budgets of one request.


def test_the_attempt_budget_is_kept():
    m = started(*[Facts()] * 5, attempts=2)
    assert m.failed(0, DOWN, 0.1) == (Try(1),)
    assert m.failed(1, DOWN, 0.2) == (GiveUp(DOWN),)


def test_nothing_is_tried_when_the_deadline_has_passed():
    (command,) = machine(deadline_at=1.0).start(1.0)
    assert isinstance(command, GiveUp)
    assert command.failure.kind is FailureKind.TRANSPORT


def test_no_candidates_at_all_is_a_lack_of_capacity():
    limits = AttemptLimits(4, 5.0, 0.1, 2.0)
    (command,) = Machine([], limits, lambda: 1.0, deadline_at=1.0).start(0.0)
    assert command.failure.kind is FailureKind.CAPACITY


# Asking again.


def test_when_all_have_failed_the_one_that_is_ready_first_is_asked_again():
    m = started(Facts(), Facts(), Facts())
    m.failed(0, rate(3.0), 0.0)
    m.failed(1, NO_KEY, 0.0)
    assert m.failed(2, DOWN, 0.0) == (Wake(0.1),)
    assert m.woke(0.1) == (Try(2, again=True),)


def test_the_back_off_doubles_up_to_its_cap_and_is_spread_by_the_jitter():
    m = started(Facts(), attempts=9)
    waits, now = [], 0.0
    for _ in range(7):
        (wake,) = m.failed(0, DOWN, now)
        waits.append(round(wake.at - now, 3))
        now = wake.at
        m.woke(now)
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert started(Facts(), jitter=0.5).failed(0, DOWN, 0.0) == (Wake(0.05),)


def test_a_jitter_of_nothing_asks_again_at_once():
    assert started(Facts(), jitter=0.0).failed(0, DOWN, 0.0) == (Try(0, again=True),)


def test_a_retry_after_is_waited_for():
    (wake,) = started(Facts()).failed(0, rate(3.0), 1.0)
    assert 4.0 <= wake.at <= 4.2


def test_what_is_ready_only_after_the_deadline_is_not_waited_for():
    failure = rate(30.0)
    assert started(Facts()).failed(0, failure, 0.0) == (GiveUp(failure),)


def test_a_repetition_beyond_the_budget_is_as_if_it_had_not_been_thought_of():
    m = started()
    m.failed(0, DOWN, 0.0)
    m.failed(1, DOWN, 0.0)
    assert m.woke(0.1) == (Try(0, again=True),)
    assert m.refused(0, 0.1) == (Try(1, again=True),)
    assert m.refused(1, 0.1) == (GiveUp(DOWN),)


def test_a_loading_engine_is_asked_until_it_has_loaded_and_that_costs_no_attempts():
    m = started(Facts(), attempts=2)
    now, looks = 0.0, 0
    while now < 4.0:
        (wake,) = m.failed(0, LOADING, now)
        now = wake.at
        assert m.woke(now) == (Try(0),)
        looks += 1
    assert looks > 3
    assert m.first_content(0) == (Deliver(0),)


def test_a_loading_engine_is_not_waited_for_longer_than_allowed():
    m = started(Facts(), loading_s=1.0)
    (wake,) = m.failed(0, LOADING, 0.0)
    m.woke(wake.at)
    assert m.failed(0, LOADING, 1.0) == (GiveUp(LOADING),)


def test_another_is_asked_before_a_loading_engine_is_waited_for():
    assert started().failed(0, LOADING, 0.0) == (Try(1),)


# Resting candidates.


def test_one_that_rests_is_passed_over_until_nobody_else_is_left():
    m = machine(Facts(ready_at=2.0), Facts())
    assert m.start(0.0) == (Try(1),)
    assert m.failed(1, NO_KEY, 0.5) == (Wake(2.0),)
    assert m.woke(2.0) == (Try(0),)


def test_when_all_rest_the_one_that_is_ready_first_is_waited_for():
    m = machine(Facts(ready_at=5.0), Facts(ready_at=2.0))
    assert m.start(0.0) == (Wake(2.0),)
    assert m.woke(2.0) == (Try(1),)


def test_one_that_rests_beyond_the_deadline_is_asked_rather_than_nobody():
    assert machine(Facts(ready_at=99.0)).start(0.0) == (Try(0),)


def test_one_that_rests_beyond_the_deadline_is_not_asked_once_another_has_failed():
    m = machine(Facts(ready_at=99.0), Facts())
    m.start(0.0)
    assert m.failed(1, NO_KEY, 0.0) == (GiveUp(NO_KEY),)


# Full providers.


def test_a_full_provider_is_passed_over_and_costs_no_attempt():
    m = started(Facts(), Facts(), attempts=1)
    assert m.full(0, 0.0) == (Try(1),)


def test_when_all_are_full_the_request_queues_for_all_of_them():
    m = started()
    m.full(0, 0.0)
    assert m.full(1, 0.0) == (Queue((0, 1), 10.0),)
    assert m.placed(1, 3.0) == (Try(1),)


def test_after_a_failure_it_queues_for_the_full_ones_before_asking_anybody_again():
    m = started()
    m.full(0, 0.0)
    assert m.failed(1, DOWN, 1.0) == (Queue((0,), 10.0),)


def test_a_queue_that_is_full_too_is_a_lack_of_capacity():
    m = started()
    m.full(0, 0.0)
    m.full(1, 0.0)
    (command,) = m.unplaced(0.0)
    assert command.failure.kind is FailureKind.CAPACITY


def test_a_wait_in_a_queue_that_took_all_the_time_is_a_lack_of_capacity():
    m = started(Facts())
    m.full(0, 0.0)
    (command,) = m.unplaced(10.0)
    assert command.failure.kind is FailureKind.CAPACITY


def test_a_provider_worth_waiting_for_is_queued_for_although_another_is_free():
    m = started(Facts(queue_wait_s=2.0), Facts())
    assert m.full(0, 0.0) == (Queue((0,), 2.0),)
    assert m.unplaced(2.0) == (Try(1),)
    assert m.failed(1, NO_KEY, 2.5) == (Queue((0,), 10.0),)
    assert m.placed(0, 3.0) == (Try(0),)


def test_whoever_waits_for_one_takes_a_place_at_any_that_it_has_found_full():
    m = started(Facts(), Facts(queue_wait_s=math.inf), Facts())
    assert m.full(0, 0.0) == (Try(1),)
    assert m.full(1, 0.0) == (Queue((0, 1), 10.0),)
    assert m.placed(0, 3.0) == (Try(0),)
    assert m.failed(0, DOWN, 4.0) == (Try(2),)


# Hedging.


def test_a_hedge_asks_one_more_after_a_silence_and_the_first_content_wins():
    m = machine(Facts(), Facts(), Facts(), hedge_after_s=0.5)
    assert m.start(0.0) == (Try(0), Wake(0.5))
    assert m.woke(0.5) == (Try(1, hedge=True),)
    assert m.woke(0.9) == ()
    assert m.first_content(1) == (Cancel(0), Deliver(1))


def test_the_slow_one_may_win_after_all():
    m = machine(hedge_after_s=0.5)
    m.start(0.0)
    m.woke(0.5)
    assert m.first_content(0) == (Cancel(1), Deliver(0))


def test_while_one_of_two_is_under_way_a_failure_starts_nothing():
    m = started(Facts(), Facts(), Facts(), hedge_after_s=0.5)
    m.woke(0.5)
    assert m.failed(0, DOWN, 0.6) == ()
    assert m.failed(1, DOWN, 0.7) == (Try(2),)


def test_a_hedge_that_is_refused_or_finds_no_room_is_as_if_it_had_not_been_thought_of():
    m = started(hedge_after_s=0.5)
    m.woke(0.5)
    assert m.refused(1, 0.5) == ()
    assert m.failed(0, DOWN, 0.6) == (Try(1),)
    m = started(hedge_after_s=0.5)
    m.woke(0.5)
    assert m.full(1, 0.5) == ()
    assert m.failed(0, NO_KEY, 0.6) == (Queue((1,), 10.0),)


def test_a_hedge_is_an_attempt_of_the_same_budget():
    m = started(hedge_after_s=0.5, attempts=1)
    assert m.woke(0.5) == ()


def test_the_callers_fault_cancels_the_other_call():
    m = started(hedge_after_s=0.5)
    m.woke(0.5)
    wrong = Failure(FailureKind.CALLER, "no")
    assert m.failed(1, wrong, 0.6) == (Cancel(0), GiveUp(wrong))


# Ends.


def test_first_content_commits():
    m = started()
    assert m.first_content(0) == (Deliver(0),)
    assert m.failed(0, DOWN, 0.5) == ()


def test_content_of_a_candidate_that_is_not_under_way_is_cancelled():
    m = started()
    m.failed(0, DOWN, 0.1)
    assert m.first_content(0) == (Cancel(0),)


def test_the_caller_leaving_cancels_all_that_is_under_way():
    m = started(hedge_after_s=0.5)
    m.woke(0.5)
    assert m.client_gone() == (Cancel(0), Cancel(1), GiveUp(None))
    assert m.client_gone() == ()


def test_after_the_end_nothing_that_happens_matters():
    m = started()
    m.client_gone()
    assert m.failed(0, DOWN, 1.0) == m.full(0, 1.0) == m.placed(0, 1.0) == m.unplaced(1.0) == m.woke(1.0) == ()
    assert m.refused(0, 1.0) == ()


def test_a_machine_starts_once():
    m = started()
    with pytest.raises(RuntimeError):
        m.start(0.0)
