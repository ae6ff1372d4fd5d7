"""What rounds add up to: nothing wrong counts, and what is only a bound says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.bench_scripts import load_bench

rounds = load_bench("rounds")

BASELINES = {"nginx": "nginx", "ours": "nginx"}


def made(label: str, turn: int, rate: float, *faults: str, limited: bool = False, **figures: float) -> object:
    return rounds.Round(label, turn, {"rate": rate, **figures}, faults, limited)


def test_a_round_with_a_fault_is_counted_as_made_but_not_in_the_figures() -> None:
    nginx, ours = rounds.summarize(
        [
            made("nginx", 1, 100.0),
            made("ours", 1, 50.0, cpu_us=20.0),
            made("ours", 2, 1.0, "others used 0.90 cores", cpu_us=900.0),
            made("nginx", 2, 300.0),
        ],
        BASELINES,
    )
    assert (nginx.median["rate"], nginx.lowest["rate"], nginx.highest["rate"]) == (200.0, 100.0, 300.0)
    assert (nginx.counted, nginx.rounds) == (2, 2)
    assert (ours.median, ours.counted, ours.rounds) == ({"rate": 50.0, "cpu_us": 20.0}, 1, 2)


def test_ratios_and_differences_are_taken_within_a_turn() -> None:
    # The machine was twice as fast in the second turn; the ratio did not change.
    made_rounds = [
        made("nginx", 1, 100.0),
        made("ours", 1, 40.0),
        made("ours", 2, 80.0),
        made("nginx", 2, 200.0),
    ]
    nginx, ours = rounds.summarize(made_rounds, BASELINES)
    assert (nginx.ratio["rate"], ours.ratio["rate"]) == (1.0, 0.4)
    assert ours.added["rate"] == -90.0


def test_a_turn_in_which_the_baseline_does_not_count_gives_no_ratio() -> None:
    made_rounds = [
        made("nginx", 1, 1.0, "wrong"),
        made("ours", 1, 40.0),
        made("nginx", 2, 100.0),
        made("ours", 2, 50.0),
    ]
    _, ours = rounds.summarize(made_rounds, BASELINES)
    assert ours.ratio["rate"] == 0.5
    assert ours.median["rate"] == 45.0


def test_rounds_that_the_load_limited_bound_the_figures_where_there_are_no_others() -> None:
    nginx, ours = rounds.summarize([made("nginx", 1, 100.0, limited=True), made("ours", 1, 40.0)], BASELINES)
    assert (nginx.bound, nginx.counted, nginx.median["rate"]) == (True, 0, 100.0)
    assert (ours.bound, ours.ratio_bound, ours.ratio["rate"]) == (False, True, 0.4)


def test_a_limited_round_is_left_out_where_others_count() -> None:
    (ours,) = rounds.summarize([made("ours", 1, 40.0, limited=True), made("ours", 2, 50.0)], {})
    assert (ours.bound, ours.median["rate"], ours.counted) == (False, 50.0, 1)


def test_without_a_good_round_nothing_is_measured() -> None:
    (ours,) = rounds.summarize([made("ours", 1, 40.0, "no answer at all", limited=True)], {})
    assert (ours.median, ours.bound, ours.counted, ours.rounds) == ({}, False, 0, 1)


def test_why_a_round_does_not_count_names_every_reason() -> None:
    assert made("ours", 1, 1.0, "a", "b", limited=True).why_not == f"a; b; {rounds.LIMITED}"
    assert made("ours", 1, 1.0).counts


@pytest.mark.parametrize(
    ("busy", "load_busy", "limited"), [(0.5, 0.99, True), (0.98, 0.99, False), (0.5, 0.7, False), (0.98, 0.5, False)]
)
def test_the_load_is_the_limit_when_its_core_is_full_and_the_systems_is_not(
    busy: float, load_busy: float, limited: bool
) -> None:
    assert rounds.is_limited(busy, load_busy) is limited


def test_there_are_enough_rounds_when_everybody_has_more_good_ones_than_not() -> None:
    good = [made("ours", 1, 1.0), made("nginx", 1, 1.0, limited=True)]
    disturbed = made("ours", 2, 1.0, "others used 0.90 cores")
    assert rounds.enough(good, ["ours", "nginx"], 1)
    assert not rounds.enough([*good, disturbed], ["ours", "nginx"], 2)
    assert rounds.enough([*good, disturbed, made("ours", 3, 1.0)], ["ours"], 3)
    assert not rounds.enough(good, ["ours", "absent"], 1)


@given(st.lists(st.text(), unique=True), st.integers(1, 50))
def test_each_turn_has_everybody_once(labels: list[str], turn: int) -> None:
    assert sorted(rounds.rotated(labels, turn)) == sorted(labels)


@given(st.lists(st.text(), unique=True, min_size=1))
def test_everybody_goes_first_once_in_as_many_turns_as_there_are_contestants(labels: list[str]) -> None:
    assert [rounds.rotated(labels, turn + 1)[0] for turn in range(len(labels))] == labels


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(values: list[float], share: float) -> None:
    found = rounds.percentile(values, share)
    assert found in values
    assert sum(each <= found for each in values) >= share * len(values) - 1e-9
    smaller = [each for each in values if each < found]
    assert not smaller or len(smaller) < share * len(values) + 1e-9


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        rounds.percentile([], 0.5)
