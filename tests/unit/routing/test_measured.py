"""Who served the recent requests."""

import pytest

from sixnines.routing.measured import KEPT, WINDOW, Measured


def test_before_the_first_request_there_is_no_share():
    assert Measured().shares() == {}
    assert Measured().requests == 0


def test_shares_are_those_of_the_requests():
    measured = Measured()
    for name in "aab":
        measured.sent(name)
    assert measured.shares() == {"a": pytest.approx(2 / 3, abs=0.001), "b": pytest.approx(1 / 3, abs=0.001)}


def test_a_request_that_somebody_else_served_is_his_whenever_that_is_known():
    measured, known = Measured(), Measured()
    measured.sent("a")
    known.sent("b")
    for _ in range(500):
        measured.sent("c")
        known.sent("c")
    measured.correct("a", "b", 1)
    assert measured.shares() == pytest.approx(known.shares())
    assert "a" not in measured.shares()


def test_a_request_that_nobody_served_is_gone():
    measured = Measured()
    measured.sent("a")
    measured.sent("b")
    measured.correct("b", None, 2)
    assert measured.shares() == {"a": 1.0}
    assert measured.requests == pytest.approx(KEPT)


def test_what_is_older_than_the_window_hardly_counts():
    measured = Measured()
    for _ in range(WINDOW):
        measured.sent("a")
    for _ in range(3 * WINDOW):
        measured.sent("b")
    assert measured.shares()["a"] < 0.05
