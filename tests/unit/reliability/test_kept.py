"""Counts that wait for the ledger: added where they are the same, bounded, and what is let go of is counted."""

from sixnines.domain.availability import GOOD, THE_GATEWAY, Cell, Scope, Series
from sixnines.reliability.kept import Kept

M = Series(Scope.MODEL, "m")
PROBES = Series(Scope.PROBES, "a")
PLENTY = 100


def test_what_is_counted_in_one_minute_comes_out_as_it_went_in():
    kept = Kept()
    kept.add(7, [(M, GOOD, 2), (THE_GATEWAY, GOOD, 2)], PLENTY)
    assert (len(kept), kept.requests) == (2, 2)
    assert kept.empty() == [Cell(7, M, GOOD, 2), Cell(7, THE_GATEWAY, GOOD, 2)]
    assert kept.empty() == []


def test_the_same_counts_are_added_and_what_came_back_as_well():
    kept = Kept()
    kept.add(7, [(M, GOOD, 2)], PLENTY)
    written = kept.empty()
    kept.add(7, [(M, GOOD, 3), (M, "rate", 1)], PLENTY)
    kept.put_back(written, PLENTY)
    kept.add(8, [(M, GOOD, 10)], PLENTY)
    found = {(each.minute, each.cause): each.count for each in kept.empty()}
    assert found == {(7, GOOD): 5, (7, "rate"): 1, (8, GOOD): 10}


def test_the_oldest_minutes_are_let_go_of_and_the_requests_in_them_counted():
    kept = Kept()
    for minute in range(5):
        kept.add(minute, [(M, GOOD, 1), (THE_GATEWAY, GOOD, 4)], 6)
    assert kept.lost == 8
    assert {each.minute for each in kept.empty()} == {2, 3, 4}


def test_many_counts_of_few_things_are_few():
    kept = Kept()
    for _ in range(50):
        kept.add(1, [(M, GOOD, 1), (THE_GATEWAY, GOOD, 1)], 10)
    assert (kept.lost, kept.requests) == (0, 50)


def test_what_probes_found_tells_of_no_request():
    kept = Kept()
    kept.add(1, [(PROBES, GOOD, 1)], PLENTY)
    assert not kept.tells_of_requests
    kept.add(1, [(M, GOOD, 1)], PLENTY)
    assert kept.tells_of_requests
