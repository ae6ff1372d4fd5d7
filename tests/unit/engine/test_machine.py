"""The attempt machine, rule by rule."""

import pytest

from sixnines.domain.failure import Failure, FailureKind
from sixnines.engine.machine import Cancel, Deliver, GiveUp, Machine, Try

DOWN = Failure(FailureKind.TRANSPORT, "refused")
TOO_LONG = Failure(FailureKind.CONTEXT, "too long")


def machine(windows=(None, None), attempts=4, deadline_at=10.0):
    return Machine(windows, attempts=attempts, deadline_at=deadline_at)


def test_the_first_candidate_is_tried_first():
    assert machine().start(0.0) == (Try(0),)


def test_a_failure_moves_on_to_the_next():
    m = machine()
    m.start(0.0)
    assert m.failed(0, DOWN, 1.0) == (Try(1),)


def test_when_none_is_left_the_first_failure_is_told():
    m = machine()
    m.start(0.0)
    m.failed(0, DOWN, 1.0)
    assert m.failed(1, Failure(FailureKind.SERVER, "boom"), 2.0) == (GiveUp(DOWN),)


def test_too_long_is_told_rather_than_who_was_down():
    m = machine()
    m.start(0.0)
    m.failed(0, DOWN, 1.0)
    assert m.failed(1, TOO_LONG, 2.0) == (GiveUp(TOO_LONG),)


def test_a_smaller_window_is_passed_over_after_a_context_failure():
    m = machine(windows=(1024, 512, 1024, 2048))
    m.start(0.0)
    assert m.failed(0, TOO_LONG, 0.1) == (Try(3),)


def test_the_callers_fault_ends_it_at_once():
    m = machine()
    m.start(0.0)
    wrong = Failure(FailureKind.CALLER, "no")
    assert m.failed(0, wrong, 0.1) == (GiveUp(wrong),)


def test_what_this_provider_cannot_express_may_suit_another():
    m = machine()
    m.start(0.0)
    assert m.failed(0, Failure(FailureKind.CALLER, "n > 1", elsewhere=True), 0.1) == (Try(1),)


def test_the_attempt_budget_is_kept():
    m = machine(windows=(None,) * 5, attempts=2)
    m.start(0.0)
    assert m.failed(0, DOWN, 0.1) == (Try(1),)
    assert m.failed(1, DOWN, 0.2) == (GiveUp(DOWN),)


def test_nothing_is_tried_when_the_deadline_has_passed():
    (command,) = machine(deadline_at=1.0).start(1.0)
    assert isinstance(command, GiveUp)
    assert command.failure.kind is FailureKind.TRANSPORT


def test_no_candidates_at_all_is_a_lack_of_capacity():
    (command,) = machine(windows=()).start(0.0)
    assert command.failure.kind is FailureKind.CAPACITY


def test_first_content_commits():
    m = machine()
    m.start(0.0)
    assert m.first_content(0) == (Deliver(0),)
    assert m.failed(0, DOWN, 0.5) == ()


def test_content_of_a_candidate_that_is_not_current_is_cancelled():
    m = machine()
    m.start(0.0)
    m.failed(0, DOWN, 0.1)
    assert m.first_content(0) == (Cancel(0),)


def test_the_caller_leaving_cancels_what_is_under_way():
    m = machine()
    m.start(0.0)
    assert m.client_gone() == (Cancel(0), GiveUp(None))
    assert m.client_gone() == ()


def test_a_machine_starts_once():
    m = machine()
    m.start(0.0)
    with pytest.raises(RuntimeError):
        m.start(0.0)
