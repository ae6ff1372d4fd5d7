"""What stands on the command line of the bench means cases and systems, or is refused with what there is."""

import pytest

from support.bench_scripts import load_bench

selection, registry = load_bench("selection"), load_bench("systems.registry")
CASES = load_bench("cases.registry").CASES


def names(*wanted: str, everything: bool = False) -> list[str]:
    return [case.name for case in selection.cases_named(wanted, CASES, everything=everything)]


def test_without_a_name_the_default_cases_are_meant() -> None:
    assert names() == [case.name for case in CASES if case.default]
    assert {"small-1", "small-16"} <= {*names()}


def test_all_means_all() -> None:
    assert names(everything=True) == [case.name for case in CASES]


def test_a_group_means_its_cases_and_a_name_one_of_them() -> None:
    assert names("small") == ["small-1", "small-16", "small-64", "small-256"]
    assert names("stream-blocks", "large-64") == ["large-64", "stream-blocks"]
    assert names("paced") == ["paced-100", "paced-1000", "paced-5000", "paced-5000-slow"]


def test_an_unknown_name_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(selection.UnknownNameError, match=r'no case "smal-16"; did you mean "small-16"\? There are: '):
        names("smal-16")


def test_systems_are_in_the_order_of_the_tables_and_the_bare_one_only_where_it_is_asked_for() -> None:
    every = registry.systems({})
    usual = [each.key for each in every if each.key != registry.BARE.key]
    assert [each.key for each in selection.systems_named([], every, usual=usual)] == usual
    asked = selection.systems_named(["sixnines-bare", "direct"], every, usual=usual)
    assert [each.key for each in asked] == ["direct", "sixnines-bare"]
    with pytest.raises(selection.UnknownNameError, match="no system"):
        selection.systems_named(["bifrost"], every, usual=usual)


def test_names_of_cases_and_of_systems_are_unique() -> None:
    keys = [each.key for each in registry.systems({})]
    for found in ([case.name for case in CASES], keys):
        assert len(found) == len({*found})
