"""Days and hours: which are asked for, and what the counts of each say."""

from datetime import UTC, date, datetime

from sixnines.domain.availability import GOOD, Scope, Series, SlotTotal
from sixnines.reliability.slots import Slots, hours_of, last_days, slots_of

M = Series(Scope.MODEL, "m")
P = Series(Scope.PROVIDER, "p")
PROBES = Series(Scope.PROBES, "p")
NOON = datetime(2026, 11, 26, 12, 34, tzinfo=UTC).timestamp()
DAY = 20_783  # 2026-11-26


def test_the_last_days_are_thirty_with_today_and_begin_at_midnight():
    found = last_days(NOON, "m")
    assert datetime.fromtimestamp(found.first * 60, UTC) == datetime(2026, 10, 28, tzinfo=UTC)
    assert found == Slots(found.first, int(NOON) // 60, 24, "m")
    assert last_days(NOON).name is None


def test_in_the_first_minute_of_a_day_that_day_is_the_last():
    midnight = datetime(2026, 11, 26, tzinfo=UTC).timestamp()
    found = last_days(midnight)
    assert datetime.fromtimestamp(found.first * 60, UTC) == datetime(2026, 10, 28, tzinfo=UTC)
    assert datetime.fromtimestamp(last_days(midnight - 1).first * 60, UTC) == datetime(2026, 10, 27, tzinfo=UTC)


def test_a_day_has_the_minutes_from_midnight_to_midnight():
    found = hours_of(date(2026, 11, 25), "m")
    assert (found.last - found.first, found.hours) == (1439, 1)
    assert datetime.fromtimestamp(found.first * 60, UTC) == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_slot_has_its_share_and_its_causes_the_most_frequent_first():
    rows = [
        SlotTotal(M, DAY, "rate", 1), SlotTotal(M, DAY, GOOD, 9), SlotTotal(M, DAY - 2, GOOD, 3),
        SlotTotal(M, DAY, "transport", 2), SlotTotal(P, DAY, GOOD, 99),
    ]  # fmt: skip
    before, today = slots_of(M, rows, 24)
    assert (before.share.good, before.share.bad, before.causes) == (3, 0, ())
    assert (today.share.good, today.share.bad) == (9, 3)
    assert today.causes == (("transport", 2), ("rate", 1))
    assert datetime.fromtimestamp(today.start_s, UTC) == datetime(2026, 11, 26, tzinfo=UTC)
    assert today.probes is None


def test_of_a_provider_it_is_told_what_probes_found_also_where_nobody_asked_it():
    rows = [
        SlotTotal(P, DAY * 24, GOOD, 5),
        SlotTotal(PROBES, DAY * 24 + 1, GOOD, 60),
        SlotTotal(PROBES, DAY * 24 + 1, "down", 30),
    ]
    first, second = slots_of(P, rows, 1)
    assert (first.share.good, first.probes) == (5, None)
    assert second.share.total == 0
    assert second.probes is not None
    assert (second.probes.good, second.probes.bad) == (60, 30)


def test_probes_say_nothing_of_a_model_that_bears_the_name_of_a_provider():
    rows = [SlotTotal(PROBES, DAY, GOOD, 60)]
    assert slots_of(Series(Scope.MODEL, "p"), rows, 24) == []
