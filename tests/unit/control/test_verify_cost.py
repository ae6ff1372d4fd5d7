"""What may be spent: set aside before a call, counted after it, never more than the limit."""

import pytest

from sixnines.config.load import read_text
from sixnines.control.verify.cost import Budget, Charge, charge_of, dollars, micros, most
from sixnines.domain.price import Price
from sixnines.registry import CATALOG


def charge(provider, price=""):
    config = f"""
version: 1
providers:
  p: {{{provider}}}
models:
  m: {{deployments: [{{provider: p, model: up}}]{price}}}
"""
    loaded = read_text(config, "x.yaml", {"KEY": "sk-key"}, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    return charge_of(loaded.snapshot.models["m"].deployments[0], loaded.document)


HERE = "kind: openai-compatible, base_url: 'http://127.0.0.1:9'"
THERE = "kind: openai-compatible, base_url: 'https://api.example.org'"
KEY = ", api_key: 'env:KEY'"


@pytest.mark.parametrize(
    ("provider", "price", "expected"),
    [
        (HERE, "", Charge.FREE),
        (HERE + KEY, "", Charge.FREE),
        (HERE + ", local: false" + KEY, "", Charge.UNKNOWN),
        (THERE, "", Charge.FREE),
        (THERE + KEY, "", Charge.UNKNOWN),
        (THERE + KEY, ", price: {input: 0, output: 0}", Charge.FREE),
        (THERE + KEY, ", price: {input: 0, output: 1}", Charge.PRICED),
        (HERE, ", price: {input: 1, output: 0}", Charge.PRICED),
        ("kind: openai" + KEY, "", Charge.UNKNOWN),
        ("kind: ollama, base_url: 'https://ollama.com'" + KEY, "", Charge.UNKNOWN),
    ],
)
def test_what_is_known_of_a_price(provider, price, expected):
    assert charge(provider, price) is expected


def test_the_most_that_a_call_can_cost_counts_a_token_for_each_byte():
    assert most(Price(1_000_000, 2_000_000), b"x" * 100, 10) >= 100 + 2 * 10


def test_a_budget_sets_aside_and_gives_back():
    budget = Budget(100)
    assert budget.hold(60)
    assert not budget.hold(41)
    assert budget.hold(40)
    budget.settle(60, 10)
    assert (budget.spent_micros, budget.left_micros) == (10, 50)
    budget.settle(40, 0)
    assert budget.left_micros == 90


def test_nothing_may_be_spent_without_leave_and_what_is_free_is_asked():
    budget = Budget(0)
    assert not budget.hold(0.001)
    assert budget.hold(0)


def test_amounts_are_told_in_dollars():
    assert (micros(0.5), dollars(1_234_567)) == (500_000, "$1.23457")
