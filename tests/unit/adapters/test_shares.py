"""Shares in any unit as whole weights."""

from decimal import Decimal

import pytest

from sixnines.adapters.shares import MOST, whole_shares


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["0.7", "0.3"], [7, 3]),
        (["480", "960"], [1, 2]),
        (["5", "0"], [1, 0]),
        (["1", None], [1, 0]),
        (["2", "2"], [None, None]),
        (["0", "0"], [None, None]),
        ([None, None], [None, None]),
        (["-3", "3"], [0, 1]),
        (["1", "3000000"], [1, 1000]),
        ([], []),
    ],
)
def test_shares_become_the_smallest_whole_weights(given, expected):
    assert whole_shares([None if each is None else Decimal(each) for each in given]) == expected


def test_no_weight_is_larger_than_a_config_takes():
    weights = whole_shares([Decimal(f"0.{number}1") for number in range(100_000_000, 100_000_040)])
    assert max(each or 0 for each in weights) <= MOST
