"""Whether a config makes more requests fail than the one before."""

import pytest

from sixnines.control.tally import Tally
from sixnines.control.watching import Span, between, compared_with, judge


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (Span(1000, 0), Span(100, 0), False),
        (Span(1000, 0), Span(100, 6), True),
        (Span(1000, 0), Span(100, 5), False),  # five points are what is let through
        (Span(1000, 0), Span(19, 19), False),  # too few requests
        (Span(1000, 0), Span(20, 20), True),
        (Span(1000, 0), Span(20, 2), False),  # too few failures
        (Span(1000, 300), Span(100, 30), False),  # as bad as before
        (Span(1000, 300), Span(100, 36), True),
        (Span(1000, 900), Span(100, 10), False),  # better than before
        (Span(0, 0), Span(100, 6), True),  # nothing to compare with counts as nothing wrong
        (Span(0, 0), Span(0, 0), False),
    ],
)
def test_more_failures_than_before_speak_against_a_config(before, after, worse):
    assert judge(before, after).worse is worse


def test_the_verdict_says_the_numbers():
    assert judge(Span(200, 1), Span(120, 12)).words == (
        "12 of 120 requests failed (10.0%), before it 1 of 200 requests failed (0.5%): clearly more"
    )
    assert "too few to tell" in judge(Span(200, 1), Span(3, 0)).words
    assert "no requests" in judge(Span(0, 0), Span(0, 0)).words


def test_what_went_on_just_before_is_what_counts_if_it_is_enough():
    assert compared_with(Tally(10_000, 0), Tally(10_010, 10)) == Span(20, 10)


def test_else_all_the_time_since_the_start_counts():
    assert compared_with(Tally(10_000, 0), Tally(10_010, 9)) == Span(10_019, 9)


def test_figures_that_went_with_a_worker_count_nothing_and_not_less():
    assert between(Tally(100, 10), Tally(50, 12)) == Span(2, 2)
