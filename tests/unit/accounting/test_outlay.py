"""Budgets: their days by the calendar, how much is spent, and what it will come to."""

from datetime import UTC, datetime

import pytest

from sixnines.accounting.outlay import outlay
from sixnines.domain.allowance import Allowance, Period, days_of
from sixnines.domain.spend import Grain

DOLLAR = 10**12


def unix_s(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def day(text):
    return Grain.DAY.of(unix_s(text))


@pytest.mark.parametrize(
    ("now", "period", "first", "end"),
    [
        ("2026-11-26T23:59:59", Period.DAY, "2026-11-26", "2026-11-27"),
        ("2026-11-26T00:00:00", Period.DAY, "2026-11-26", "2026-11-27"),
        ("2026-11-26T05:00:00", Period.MONTH, "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59:59", Period.MONTH, "2026-12-01", "2027-01-01"),
        ("2027-01-01T00:00:00", Period.MONTH, "2027-01-01", "2027-02-01"),
        ("2028-02-29T12:00:00", Period.MONTH, "2028-02-01", "2028-03-01"),
        ("2027-01-31T12:00:00", Period.MONTH, "2027-01-01", "2027-02-01"),
    ],
)
def test_periods_are_those_of_the_calendar_of_utc(now, period, first, end):
    assert days_of(period, unix_s(now)) == (day(first), day(end))


def test_a_budget_goes_on_at_the_pace_of_late_until_its_period_ends():
    found = outlay(
        Allowance(10_000_000, Period.DAY),
        unix_s("2026-11-26T18:00:00"),
        picos=4 * DOLLAR,
        late_picos=3 * DOLLAR,
        late_s=10_800,
    )
    assert (found.ratio, found.projected_picos) == (0.4, 10 * DOLLAR)
    assert found.end_s - found.first_s == 86_400


def test_the_pace_of_a_first_minute_is_that_of_an_hour():
    found = outlay(
        Allowance(10_000_000, Period.DAY), unix_s("2026-11-26T22:00:00"), picos=DOLLAR, late_picos=DOLLAR, late_s=60
    )
    assert found.projected_picos == 3 * DOLLAR


def test_more_than_a_budget_may_be_spent():
    found = outlay(
        Allowance(1_000_000, Period.MONTH), unix_s("2026-11-26T00:00:00"), picos=3 * DOLLAR, late_picos=0, late_s=9
    )
    assert (found.ratio, found.projected_picos) == (3.0, 3 * DOLLAR)
