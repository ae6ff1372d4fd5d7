"""How soon answers begin, as one number: quick to rise, slow to forget."""

import math

import pytest

from sixnines.health.latency import PeakEwma


def noted(*answers):
    pace = PeakEwma()
    for seconds, now in answers:
        pace.note(seconds, now)
    return pace


def test_before_the_first_answer_nothing_is_known():
    assert PeakEwma().seconds(5.0) is None


def test_a_slow_answer_counts_at_once_and_in_full():
    assert noted((0.1, 0.0), (3.0, 0.1)).seconds(0.1) == 3.0


def test_quick_answers_make_up_for_it_by_time():
    pace = noted((3.0, 0.0), (0.1, 15.0))
    assert pace.seconds(15.0) == pytest.approx(0.1 + 2.9 * math.exp(-1))
    assert noted((3.0, 0.0), (0.1, 0.0)).seconds(0.0) == pytest.approx(3.0)


def test_without_answers_it_fades_so_that_it_is_tried_again():
    pace = noted((3.0, 10.0))
    assert pace.seconds(25.0) == pytest.approx(3.0 * math.exp(-1))
    assert pace.seconds(9.0) == 3.0
