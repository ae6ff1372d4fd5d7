"""The error budget."""

import pytest

from sixnines.reliability.budget import budget
from sixnines.reliability.nines import share


def test_a_budget_is_what_the_target_leaves():
    found = budget(share(99_960, 40), 0.999)
    assert (found.allowed, found.spent, found.left) == (100.0, 40, pytest.approx(0.6))
    assert found.burn == pytest.approx(0.4)


def test_just_met_nothing_is_left_and_missed_less_than_nothing():
    assert budget(share(999, 1), 0.999).left == pytest.approx(0.0)
    assert budget(share(997, 3), 0.999).left == pytest.approx(-2.0)
    assert budget(share(997, 3), 0.999).burn == pytest.approx(3.0)


def test_of_nothing_counted_nothing_is_said():
    found = budget(share(0, 0), 0.999)
    assert (found.left, found.burn, found.allowed) == (None, None, 0.0)


@pytest.mark.parametrize("target", [0.0, 1.0, 99.9])
def test_a_target_lies_between_0_and_1(target):
    with pytest.raises(ValueError, match="between 0 and 1"):
        budget(share(1, 1), target)
