"""Chains of any length end, and cycles are found once each."""

import pytest

from sixnines.config.chains import cycles, flatten


def test_a_chain_of_five_thousand_is_followed_to_its_end():
    graph = {str(number): (str(number + 1),) for number in range(5000)} | {"5000": ()}
    assert len(flatten("0", graph)) == 5000
    assert cycles(graph) == []


def test_what_a_name_leads_to_comes_before_its_neighbour():
    assert flatten("a", {"a": ("b", "c"), "b": ("d",), "c": (), "d": ("c",)}) == ("b", "d", "c")


def test_unknown_names_are_passed_over():
    assert flatten("a", {"a": ("x", "b"), "b": ()}) == ("b",)
    assert flatten("x", {}) == ()


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": ("a",)}, [("a",)]),
        ({"a": ("b",), "b": ("a",)}, [("a", "b")]),
        ({"x": ("a",), "a": ("b",), "b": ("c",), "c": ("a",)}, [("a", "b", "c")]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, []),
        ({"a": ("a", "b"), "b": ("b", "gone")}, [("a",), ("b",)]),
    ],
)
def test_cycles_are_told_as_the_way_round(graph, found):
    assert cycles(graph) == found


def test_no_more_is_followed_than_is_asked_for():
    graph = {str(number): (str(number + 1),) for number in range(5000)} | {"5000": ()}
    assert flatten("0", graph, most=3) == ("1", "2", "3")
    assert flatten("4998", graph, most=3) == ("4999", "5000")


def test_of_very_many_cycles_the_first_ones_are_told():
    graph = {str(number): (str(number + 1), "0") for number in range(5000)} | {"5000": ()}
    assert len(cycles(graph)) == 50


def test_a_cycle_of_five_thousand_is_found():
    graph = {str(number): (str((number + 1) % 5000),) for number in range(5000)}
    assert [len(cycle) for cycle in cycles(graph)] == [5000]
