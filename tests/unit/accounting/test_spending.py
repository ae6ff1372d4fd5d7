"""What is counted of an answer: tokens, its cost to the pico-dollar, and what is not known of it."""

import pytest

from sixnines.accounting.spending import MOST_TOKENS, Spending
from sixnines.dialects.neutral import Usage
from sixnines.domain.price import Price, micros
from sixnines.domain.spend import Account, Spent

KEY = ("chat", "m", "a")
A = Account(*KEY)
PRICE = Price(2_000_000, 8_000_000)  # $2 and $8 for a million tokens
USED = Usage(prompt_tokens=100, completion_tokens=10)


def noted(price, usage, *, complete=True):
    spending = Spending()
    picos = (spending.note if complete else spending.note_part)(spending.line(KEY), price, usage)
    return picos, spending.totals()[A]


def test_an_answer_costs_its_tokens_at_their_prices():
    picos, spent = noted(PRICE, USED)
    assert micros(picos) == 280
    assert spent == Spent(answers=1, prompt_tokens=100, completion_tokens=10, picos=280_000_000)


def test_cached_tokens_have_their_own_price_where_there_is_one():
    used = Usage(prompt_tokens=100, completion_tokens=10, cached_tokens=60)
    assert noted(Price(2_000_000, 8_000_000, 500_000), used)[0] == (40 * 2 + 60 * 0.5 + 10 * 8) * 1_000_000
    assert noted(PRICE, used)[0] == (100 * 2 + 10 * 8) * 1_000_000


@pytest.mark.parametrize("cached", [-1, 101])
def test_more_cached_tokens_than_the_prompt_has_are_none(cached):
    used = Usage(prompt_tokens=100, completion_tokens=10, cached_tokens=cached)
    picos, spent = noted(Price(2_000_000, 8_000_000, 0), used)
    assert (picos, spent.cached_tokens) == (280_000_000, 0)


def test_nothing_is_lost_over_many_small_requests():
    spending = Spending()
    for _ in range(10_000):
        spending.note(spending.line(KEY), Price(1, 1), Usage(prompt_tokens=1, completion_tokens=0))
        spending.take()
    spent = spending.totals()[A]
    assert spent.picos == 10_000
    assert spent.cost_micros == 1  # a hundredth of one, rounded up once and not ten thousand times


def test_without_a_price_tokens_are_counted_as_unpriced_and_no_cost_is_told():
    picos, spent = noted(None, USED)
    assert picos is None
    assert spent == Spent(answers=1, prompt_tokens=100, completion_tokens=10, unpriced_tokens=110)


@pytest.mark.parametrize("price", [PRICE, None])
def test_an_answer_without_a_count_is_one_of_which_the_cost_is_not_known(price):
    picos, spent = noted(price, None)
    assert picos is None
    assert spent == Spent(answers=1, uncounted=1)


def test_a_broken_answer_costs_at_least_what_was_counted_and_is_told_to_be_more():
    picos, spent = noted(PRICE, Usage(completion_tokens=10), complete=False)
    assert picos == 80_000_000
    assert (spent.uncounted, spent.completion_tokens) == (1, 10)


def test_what_is_free_costs_nothing_also_where_nobody_counts():
    assert noted(Price(0, 0), None) == (0, Spent(answers=1))


@pytest.mark.parametrize("tokens", [-1, MOST_TOKENS + 1, 10**30])
def test_a_count_that_cannot_be_is_none(tokens):
    for used in (Usage(prompt_tokens=tokens, completion_tokens=1), Usage(prompt_tokens=1, completion_tokens=tokens)):
        assert noted(PRICE, used) == (None, Spent(answers=1, uncounted=1))


def test_embeddings_have_no_answer_tokens_and_are_counted_all_the_same():
    picos, spent = noted(PRICE, Usage(prompt_tokens=5))
    assert (picos, spent.uncounted) == (10_000_000, 0)


def test_what_was_taken_is_not_taken_again_and_goes_on_being_counted():
    spending = Spending()
    spending.note(spending.line(KEY), PRICE, USED)
    first = dict(spending.take())
    assert first[A].answers == 1
    assert spending.take() == []
    spending.note(spending.line(KEY), PRICE, USED)
    assert spending.totals()[A].answers == 2
    assert dict(spending.take())[A].answers == 1
    assert spending.totals()[A].answers == 2


def test_what_is_kept_elsewhere_is_not_changed_by_what_comes_later():
    spending = Spending()
    spending.note(spending.line(KEY), PRICE, USED)
    first = dict(spending.take())[A]
    spending.note(spending.line(KEY), PRICE, USED)
    spending.take()
    assert first.answers == 1


def test_there_is_a_cost_where_there_is_a_price_and_where_there_was_one():
    spending = Spending()
    spending.note(spending.line(KEY), None, USED)
    assert not spending.has_cost(A)
    spending.note(spending.line(KEY), PRICE, USED)
    assert spending.has_cost(A)
    assert spending.has_cost(Account("", "never", "seen"))


@pytest.mark.parametrize(("picos", "told"), [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)])
def test_micros_are_rounded_up_so_that_0_means_nothing(picos, told):
    assert micros(picos) == told
