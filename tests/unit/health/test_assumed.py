"""The board under assumptions: what is assumed holds, and everything else is as it is."""

import pytest

from sixnines.domain.failure import Failure, FailureKind
from sixnines.health.assumed import Assumed, Assumption
from sixnines.health.board import Board
from sixnines.health.state import HealthState
from support import specs

A = specs.deployment("a", max_in_flight=10, saturation=0.25)
B = specs.deployment("b")


def board():
    return Board(specs.snapshot(specs.model("m", A, B)))


def assuming(*words, of="a", on=None):
    return Assumed(on or board(), {of: frozenset(words)})


@pytest.mark.parametrize("word", [Assumption.DOWN, Assumption.BUSY, Assumption.LOADING])
def test_a_state_speaks_against_its_provider_and_no_other(word):
    health = assuming(word)
    assert health.objection(A, 0.0) == f"{word}: assumed"
    assert health.objection(B, 0.0) is None
    assert health.ready_at(A, 0.0) == 0.0


def test_of_those_that_are_out_the_mildest_is_the_least_bad():
    words = (Assumption.BUSY, Assumption.LOADING, Assumption.DOWN)
    worst_last = [assuming(each).badness(A, 0.0) for each in words]
    assert worst_last == sorted(worst_last)
    assert len({*worst_last}) == 3


def test_a_state_stands_over_what_is_known_and_nothing_else_does():
    known = board()
    known.deployment(A).failed(Failure(FailureKind.RATE, "slow", retry_after_s=9.0), 0.0)
    known.provider(B.provider).found(HealthState.DOWN, "refused")
    assert assuming(Assumption.HEALTHY, on=known).objection(A, 1.0) is None
    assert assuming(Assumption.HEALTHY, on=known).ready_at(A, 1.0) == 0.0
    assert assuming(Assumption.COLD, on=known).objection(A, 1.0) == "resting after rate"
    assert assuming(Assumption.COLD, on=known).ready_at(A, 1.0) == 9.0
    assert assuming(Assumption.HEALTHY, on=known).objection(B, 1.0) == "down: refused"
    assert assuming(Assumption.HEALTHY, on=known).badness(B, 1.0) == known.badness(B, 1.0)


def test_saturated_means_as_many_requests_as_it_takes_or_more_where_there_are_more():
    known = board()
    health = assuming(Assumption.SATURATED, on=known)
    assert (health.in_flight(A), health.saturated(A, 0.0)) == (3, "saturated: 3 of 10 in flight, assumed")
    for _ in range(5):
        known.provider(A.provider).places.take()
    assert health.in_flight(A) == 5
    assert health.objection(A, 0.0) is None
    assert Assumed(known, {}).saturated(A, 0.0) == "saturated: 5 of 10 in flight"
    assert (health.in_flight(B), health.saturated(B, 0.0)) == (0, None)


def test_cold_and_warm_are_said_of_every_model():
    known = board()
    known.provider(B.provider).resident = frozenset({"m"})
    assert assuming(Assumption.COLD, on=known).warm(A, 0.0) is False
    assert assuming(Assumption.WARM, on=known).warm(A, 0.0) is True
    assert assuming(Assumption.COLD, on=known).warm(B, 0.0) is True
    assert assuming(Assumption.DOWN, on=known).warm(A, 0.0) is None


def test_how_quick_it_is_stays_as_it_is():
    known = board()
    known.deployment(A).pace.note(0.5, 0.0)
    assert assuming(Assumption.DOWN, on=known).first_token_s(A, 0.0) == 0.5
