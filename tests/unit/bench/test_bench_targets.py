"""Targets: met or missed only where that was measured."""

from types import ModuleType

import pytest

from support.bench_scripts import load_bench

targets, rounds = load_bench("targets"), load_bench("rounds")


def measured(case: str, *made: tuple[str, float, bool], figure: str = "rate") -> dict[str, list[object]]:
    results = [rounds.Round(label, 1, {figure: value}, (), limited) for label, value, limited in made]
    return {case: rounds.summarize(results, dict.fromkeys([label for label, _, _ in made], made[0][0]))}


def line(found: dict[str, list[object]], what: str, module: ModuleType = targets) -> list[str]:
    table = module.targets_table(found, ["sixnines"]).splitlines()
    (row,) = [each for each in table if each.startswith(f"| {what} |")]
    return [cell.strip() for cell in row.strip("|").split("|")][1:]


@pytest.mark.parametrize(
    ("ours", "limited", "shown", "verdict"),
    [
        (60.0, False, "0.60", "met"),
        (40.0, False, "0.40", "NOT MET"),
        (60.0, True, "≤ 0.60", "open"),
        (40.0, True, "≤ 0.40", "NOT MET"),
    ],
)
def test_a_lower_limit_is_judged_by_what_is_known(ours: float, limited: bool, shown: str, verdict: str) -> None:
    found = measured("small-16", ("nginx", 100.0, limited), ("sixnines", ours, False))
    assert line(found, "requests/s, small, 16 connections, of nginx") == ["≥ 0.50", shown, verdict]


def test_other_systems_are_compared_by_their_medians() -> None:
    found = measured("small-16", ("LiteLLM", 100.0, False), ("sixnines", 20000.0, False))
    assert line(found, "the same, times those of LiteLLM") == ["≥ 150.0", "200.0", "met"]
    assert line(found, "the same, times those of Portkey") == ["≥ 15.0", "not measured", "open"]


def test_an_upper_limit_is_met_from_below() -> None:
    found = measured("start", ("sixnines", 0.5, False), figure="ready_s")
    assert line(found, "start to ready, 10 providers") == ["≤ 0.70 s", "0.50 s", "met"]
    found = measured("start", ("sixnines", 0.8, False), figure="ready_s")
    assert line(found, "start to ready, 10 providers")[2] == "NOT MET"


def test_a_time_that_was_partly_the_loads_own_is_not_judged() -> None:
    found = measured("start", ("sixnines", 0.5, True), figure="ready_s")
    assert line(found, "start to ready, 10 providers") == ["≤ 0.70 s", "not measured", "open"]


def test_what_the_same_cpu_time_buys_is_known_where_no_core_is_full() -> None:
    found = measured("stream-chunks", ("nginx", 4.5, True), ("sixnines", 3.0, False), figure="cpu_us")
    assert line(found, "chunks for the same CPU time, each by itself, of nginx") == ["≥ 0.40", "1.50", "met"]


def test_another_tree_has_its_own_column() -> None:
    found = measured("start", ("sixnines", 0.8, False), ("sixnines, compiled", 0.3, False), figure="ready_s")
    table = targets.targets_table(found, ["sixnines", "sixnines, compiled", "sixnines, absent"]).splitlines()
    assert table[0] == "| figure | wanted | sixnines | verdict | sixnines, compiled | verdict |"
    assert table[-1].endswith("| 0.80 s | NOT MET | 0.30 s | met |")


def test_every_target_names_a_case_that_exists() -> None:
    names = {case.name for case in load_bench("cases.registry").CASES}
    assert {
        "small-1",
        "small-16",
        "stream-chunks",
        "stream-blocks",
        "paced-5000",
        "dialect",
        "models",
        "start",
    } <= names
