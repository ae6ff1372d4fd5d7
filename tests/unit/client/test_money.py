"""What was spent, in words: what is not known is said, and a budget warns before it is spent."""

import msgspec
import pytest

from sixnines.client.money import budgeted, missing, of_budget, told
from sixnines.client.seen import Budget, Spend, Spent

BUDGET = Budget(
    period="month", budget_micros=100_000_000, spent_micros=34_100_000, spent_ratio=0.341, projected_micros=61_000_000
)
SUM = Spent(cost_micros=3_150_000, answers=2, prompt_tokens=1000, completion_tokens=20)


def test_a_sum_says_what_it_was_spent_on():
    assert told(SUM) == "$3.15 for 2 answers: 1,000 tokens of prompts and 20 of answers"
    cached = msgspec.structs.replace(SUM, cached_tokens=7, answers=1)
    assert told(cached) == "$3.15 for 1 answer: 1,000 tokens of prompts, 7 of them from a cache, and 20 of answers"


def test_a_cost_that_is_not_known_is_not_told_as_nothing():
    assert told(msgspec.structs.replace(SUM, cost_micros=None)).startswith("a cost that is not known for 2 answers")


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (Spent(), ""),
        (Spent(unpriced_tokens=1), "not in it: the cost of 1 token without a price"),
        (Spent(uncounted_answers=2), "not in it: the cost of 2 answers whose tokens were not all counted"),
        (
            Spent(unpriced_tokens=5, uncounted_answers=1),
            "not in it: the cost of 5 tokens without a price and of 1 answer whose tokens were not all counted",
        ),
    ],
)
def test_what_is_missing_in_a_sum_is_said(spent, said):
    assert missing(spent) == said
    assert spent.is_whole == (said == "")


def test_a_budget_says_how_it_stands():
    assert budgeted(BUDGET) == "budget this month: $34.10 of $100.00 (34 %), $61.00 at the pace of late"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        (
            {"spent_ratio": 0.8, "spent_micros": 80_000_000},
            ["the budget is nearly spent this month: $80.00 of $100.00"],
        ),
        (
            {"spent_ratio": 1.2, "spent_micros": 120_000_000, "projected_micros": 150_000_000},
            ["the budget is spent this month: $120.00 of $100.00; nothing is refused because of that"],
        ),
        (
            {"projected_micros": 100_000_001, "period": "day"},
            ["at the pace of late $100.00 will be spent today, and $34.10 of $100.00 is"],
        ),
    ],
)
def test_an_operator_is_told_before_and_when_it_is_spent(changed, said):
    assert of_budget(Spend(window="24h", total=SUM, budget=msgspec.structs.replace(BUDGET, **changed))) == said


def test_a_budget_says_that_it_does_not_see_what_has_no_price():
    unpriced = msgspec.structs.replace(SUM, unpriced_tokens=9)
    assert of_budget(Spend(window="24h", total=unpriced, budget=BUDGET)) == [
        "9 tokens had no price: the budget knows nothing of them"
    ]
    assert of_budget(Spend(window="24h", total=unpriced)) == []
    assert of_budget(None) == []
