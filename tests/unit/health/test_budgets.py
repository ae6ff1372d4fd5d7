"""Budgets for repetitions and hedges, and the percentile that hedges go by."""

from sixnines.health.budget import HedgeBudget, RetryBudget
from sixnines.health.latency import Latency


def test_a_repetition_is_free_now_and_then_and_otherwise_earned():
    budget = RetryBudget(0.5)
    assert [budget.spend(0.0), budget.spend(0.0), budget.spend(9.9), budget.spend(10.0)] == [True, False, False, True]
    budget.earn()
    budget.earn()
    assert [budget.spend(10.0), budget.spend(10.0)] == [True, False]


def test_a_ratio_of_zero_allows_none():
    budget = RetryBudget(0.0)
    for _ in range(100):
        budget.earn()
    assert not budget.spend(1000.0)


def test_no_more_hedges_than_the_ratio_allows():
    budget = HedgeBudget()
    made = 0
    for _ in range(200):
        budget.earn()
        made += budget.spend(0.05)
    assert made == 10


def test_the_percentile_is_that_of_the_recent_times_and_unknown_at_first():
    latency = Latency()
    for number in range(1, 20):
        latency.note(number)
    assert latency.p95() is None
    for number in range(20, 101):
        latency.note(number)
    assert latency.p95() == 95
    for _ in range(200):
        latency.note(1.0)
    assert latency.p95() == 1.0
