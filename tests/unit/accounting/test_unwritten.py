"""What waits for the ledger: nothing of it is lost, however long that takes."""

from sixnines.accounting.unwritten import Unwritten
from sixnines.domain.spend import Account, Spent

A, B = Account("", "m", "a"), Account("", "m", "b")


def sums(unwritten):
    return {(each.minute, each.account): each.spent.picos for each in unwritten.empty()}


def test_sums_of_one_minute_are_added():
    unwritten = Unwritten()
    unwritten.keep(7, {A: Spent(picos=1), B: Spent(picos=2)}.items())
    unwritten.keep(7, {A: Spent(picos=10)}.items())
    unwritten.keep(8, {A: Spent(picos=100)}.items())
    assert unwritten.picos == 113
    assert sums(unwritten) == {(7, A): 11, (7, B): 2, (8, A): 100}
    assert len(unwritten) == 0


def test_what_could_not_be_written_is_there_again_beside_what_came_meanwhile():
    unwritten = Unwritten()
    unwritten.keep(7, {A: Spent(picos=1)}.items())
    cells = unwritten.empty()
    unwritten.keep(7, {A: Spent(picos=10)}.items())
    unwritten.put_back(cells)
    assert sums(unwritten) == {(7, A): 11}


def test_where_it_is_too_much_minutes_are_added_together_and_no_money_is_lost():
    unwritten = Unwritten(most=4)
    for minute in range(100):
        unwritten.keep(minute, {A: Spent(picos=1), B: Spent(picos=1)}.items())
        assert len(unwritten) <= 4
    assert sums(unwritten) == {(98, A): 99, (98, B): 99, (99, A): 1, (99, B): 1}


def test_one_minute_of_more_accounts_than_that_is_kept_as_it_is():
    unwritten = Unwritten(most=1)
    unwritten.keep(1, {A: Spent(picos=1), B: Spent(picos=1)}.items())
    assert len(unwritten) == 2
