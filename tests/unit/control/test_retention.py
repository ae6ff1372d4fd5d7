"""What is kept, and for how long."""

from sixnines.control.retention import Kept, surplus
from sixnines.domain.retention import Retention

DAY = 86_400.0
NOW = 1_000 * DAY


def kept(*ages_days):
    """Revisions 1, 2, ... of these ages."""
    return [Kept(number, None if age is None else NOW - age * DAY) for number, age in enumerate(ages_days, 1)]


def test_all_are_kept_up_to_the_count():
    assert surplus(kept(*[0] * 5), frozenset(), Retention(count=5), NOW) == []


def test_the_oldest_go_beyond_the_count():
    assert surplus(kept(*[0] * 7), frozenset(), Retention(count=5), NOW) == [1, 2]


def test_the_old_ones_go_whatever_the_count():
    assert surplus(kept(*[400] * 3, *[1] * 10), frozenset(), Retention(days=365), NOW) == [1, 2, 3]


def test_age_leaves_the_ten_newest_alone():
    assert surplus(kept(*[400] * 12), frozenset(), Retention(days=365), NOW) == [1, 2]


def test_what_is_needed_stays_whatever_speaks_against_it():
    assert surplus(kept(*[400] * 12), frozenset({1}), Retention(count=3), NOW) == [*range(2, 10)]


def test_a_clock_that_was_set_back_makes_nothing_old():
    assert surplus(kept(*[-400] * 12), frozenset(), Retention(), NOW) == []


def test_what_has_no_age_goes_by_the_count_alone():
    assert surplus(kept(*[None] * 12), frozenset(), Retention(count=11, days=0), NOW) == [1]


def test_the_order_of_what_is_there_does_not_matter():
    assert surplus(kept(*[0] * 7)[::-1], frozenset(), Retention(count=5), NOW) == [1, 2]
