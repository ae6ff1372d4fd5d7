"""What was spent, in words, the same on every screen. Pure; never a sum without what is missing in it."""

from sixnines.client.seen import Budget, Spend, Spent
from sixnines.client.words import dollars, percent

NEARLY_SPENT = 0.8
"""The part of a budget from which on an operator is told, as the alert `SixninesMoneyBudgetNearlySpent` does."""

_PERIODS = {"day": "today", "month": "this month"}


def told(spent: Spent) -> str:
    """A sum, and what it was spent on."""
    cached = f", {spent.cached_tokens:,} of them from a cache," if spent.cached_tokens else ""
    cost = "a cost that is not known" if spent.cost_micros is None else dollars(spent.cost_micros)
    return (
        f"{cost} for {_count(spent.answers, 'answer')}: "
        f"{spent.prompt_tokens:,} tokens of prompts{cached} and {spent.completion_tokens:,} of answers"
    )


def missing(spent: Spent) -> str:
    """What is not in a sum; "" where nothing is missing."""
    parts = []
    if spent.unpriced_tokens:
        parts.append(f"{_count(spent.unpriced_tokens, 'token')} without a price")
    if spent.uncounted_answers:
        parts.append(f"{_count(spent.uncounted_answers, 'answer')} whose tokens were not all counted")
    return f"not in it: the cost of {' and of '.join(parts)}" if parts else ""


def budgeted(budget: Budget) -> str:
    """How a budget stands."""
    when = _PERIODS.get(budget.period, budget.period)
    part = percent(budget.spent_ratio)
    return (
        f"budget {when}: {dollars(budget.spent_micros)} of {dollars(budget.budget_micros)} ({part}), "
        f"{dollars(budget.projected_micros)} at the pace of late"
    )


def of_budget(spend: Spend | None) -> list[str]:
    """What an operator should look at."""
    budget = None if spend is None else spend.budget
    if spend is None or budget is None:
        return []
    found = []
    when = _PERIODS.get(budget.period, budget.period)
    said = f"{dollars(budget.spent_micros)} of {dollars(budget.budget_micros)}"
    if budget.spent_ratio >= 1:
        found.append(f"the budget is spent {when}: {said}; nothing is refused because of that")
    elif budget.spent_ratio >= NEARLY_SPENT:
        found.append(f"the budget is nearly spent {when}: {said}")
    elif budget.projected_micros > budget.budget_micros:
        found.append(f"at the pace of late {dollars(budget.projected_micros)} will be spent {when}, and {said} is")
    if spend.total is not None and spend.total.unpriced_tokens:
        found.append(f"{_count(spend.total.unpriced_tokens, 'token')} had no price: the budget knows nothing of them")
    return found


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
