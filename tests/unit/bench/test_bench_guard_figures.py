"""What the guard makes of its counts: what is too much fails, what is not known fails, and what is old code's goes."""

import pytest

from support.bench_scripts import load_bench

figures = load_bench("guarding.figures")

BUILD, OLDER, OTHER = "cpython-3.11.7-aaaaaaaa", "cpython-3.11.2-bbbbbbbb", "cpython-3.13.0-cccccccc"


def counts(calibration=1000, **cases):
    return figures.Counts(calibration, cases)


def faults(counted, against):
    return [row.fault for row in figures.compare(counted, against) if row.fault is not None]


def test_what_the_bench_itself_takes_is_taken_off():
    stretches = [("", 0), ("small", 10), ("", 0), ("small" + figures.ALONE, 10), ("start", 1)]
    assert figures.summed(stretches, [7, 1000, 7, 100, 5, 99999]) == {"small": 90, "start": 5}


def test_a_case_with_two_engines_has_both_taken_off():
    alone = "small" + figures.ALONE
    assert figures.summed([("small", 10), (alone, 10), (alone, 5)], [1000, 100, 100, 0]) == {"small": 70}


def test_a_stretch_without_a_count_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        figures.summed([("start", 1), ("small", 1)], [5])


@pytest.mark.parametrize(("now", "is_kept"), [(1000, True), (1049, True), (1051, False), (500, True)])
def test_more_than_five_in_a_hundred_is_too_much(now, is_kept):
    against = figures.reference(BUILD, 1000, {BUILD: counts(small=1000)})
    found = faults(counts(small=now), against)
    assert (found == []) is is_kept
    assert all("5% is allowed" in fault and "--write" in fault for fault in found)


def test_what_is_not_stored_is_no_pass():
    against = figures.reference(BUILD, 1000, {BUILD: counts(small=1000)})
    assert faults(counts(small=1000, new=1), against) == ["new: not stored yet; `make bench-guard ARGS=--write` does"]
    assert len(faults(counts(small=1000), figures.reference(BUILD, 1000, {}))) == 1


def test_another_build_is_compared_with_the_nearest_by_the_fixed_work():
    stored = {OTHER: counts(2000, small=7000), OLDER: counts(1000, small=1000)}
    against = figures.reference(BUILD, 1200, stored)
    assert against.build == OLDER
    assert against.cases == {"small": pytest.approx(1200)}
    assert faults(counts(small=1490), against) == []
    assert len(faults(counts(small=1510), against)) == 1


def test_the_same_build_in_other_surroundings_is_as_good_as_another():
    stored = {BUILD: counts(1000, small=1000)}
    assert figures.reference(BUILD, 1019, stored).tolerance == figures.TOLERANCE
    elsewhere = figures.reference(BUILD, 1100, stored)
    assert elsewhere.tolerance == figures.FOREIGN_TOLERANCE
    assert elsewhere.cases == {"small": pytest.approx(1100)}


def test_a_gain_is_pointed_out_and_is_no_fault():
    against = figures.reference(BUILD, 1000, {BUILD: counts(small=1000, large=1000)})
    small, large = figures.compare(counts(small=940, large=960), against)
    assert (small.cheaper, large.cheaper) == (True, False)
    assert small.cells() == ("small", "940", "1,000", "-6.0%", "+5%", "kept")


def test_cases_that_should_be_alike_are_compared_within_the_run():
    cases = {"small": 1000, "many": 1031, "else": 1}
    assert figures.unlike(cases, {"many": "small", "else": "missing"}, most=0.03) == [
        "many: +3.1% beside 'small', and 3% is allowed"
    ]
    assert figures.unlike(cases | {"many": 1029}, {"many": "small"}, most=0.03) == []


def test_figures_of_other_code_go_when_new_ones_are_stored():
    before = {BUILD: counts(small=1000, large=5), OTHER: counts(small=2000)}
    same = figures.stored_with(before, BUILD, counts(small=1010))
    assert same == {BUILD: counts(small=1010, large=5), OTHER: counts(small=2000)}
    moved = figures.stored_with(before, BUILD, counts(small=900))
    assert moved == {BUILD: counts(small=900, large=5)}
    assert figures.stored_with(before, OLDER, counts(small=1)).keys() == {BUILD, OTHER, OLDER}
