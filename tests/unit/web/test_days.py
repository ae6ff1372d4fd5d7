"""Days: how each was, in words and signs, and no day that was not measured looks good."""

from datetime import UTC, datetime

import pytest

from sixnines.client.slots import Calendar, Kept, Probed, Slot
from sixnines.web.days import SIGNS, Level, day_of, hours, level, moment, month, pick, strip

MONTH = Calendar(step="day", first="2026-10-28T00:00:00+00:00", end="2026-11-26T05:27:00+00:00")
DAY = Calendar(step="hour", first="2026-11-25T00:00:00+00:00", end="2026-11-26T00:00:00+00:00")


def slot(good=0, bad=0, start="2026-11-25T00:00:00+00:00", **more):
    return Slot(start=start, good=good, bad=bad, ratio=good / (good + bad) if good + bad else None, **more)


@pytest.mark.parametrize(
    ("good", "bad", "target", "is_so"),
    [
        (0, 0, 0.99, Level.NONE),
        (5, 0, 0.99, Level.CLEAN),
        (999, 1, 0.999, Level.MET),
        (998, 2, 0.999, Level.MISSED),
        (999, 1, None, Level.MET),
        (998, 2, None, Level.MISSED),
        (5, 5, 0.5, Level.DOWN),
        (0, 1, 0.5, Level.DOWN),
    ],
)
def test_a_day_is_as_its_outcomes_were_against_the_target(good, bad, target, is_so):
    assert level(slot(good, bad), target) is is_so


def test_a_day_that_only_probes_saw_is_not_measured():
    assert level(slot(), None) is Level.NONE
    assert level(None, None) is Level.NONE


def test_every_level_has_a_sign_of_its_own():
    assert len(set(SIGNS.values())) == len(Level)


def test_a_strip_has_thirty_days_also_those_without_evidence():
    found = strip(
        Kept(scope="model", name="m", target=0.9, slots=(slot(9, 1), slot(5, 0, "2026-11-26T00:00:00+00:00"))), MONTH
    )
    assert len(found.cells) == 30
    assert [each.level for each in found.cells[-3:]] == [Level.NONE, Level.MET, Level.CLEAN]
    assert found.said == "1 day without a failure, 1 day within the target, 28 days not measured"


def test_a_day_is_never_said_to_be_perfect_where_something_was_bad():
    (cell,) = [each for each in strip(Kept(scope="model", slots=(slot(999_999, 1),)), MONTH).cells if each.slot]
    assert cell.short == "99.99"
    assert cell.day == "2026-11-25"


@pytest.mark.parametrize(
    ("good", "bad", "shown"), [(1, 0, "100"), (99, 1, "99"), (0, 3, "0"), (199, 1, "99.5"), (0, 0, "-")]
)
def test_a_share_is_told_in_few_characters(good, bad, shown):
    cells = hours(Kept(scope="model", slots=(slot(good, bad),)), DAY)
    assert cells[0].short == shown


def test_what_the_gateway_says_in_words_is_said_as_it_is():
    words = "99.97 % (99.93-99.99), 3 nines supported"
    cells = hours(Kept(scope="gateway", slots=(slot(9, 1, text=words, causes={"rate": 1}),)), DAY)
    assert cells[0].said == f"{words} (9 good, 1 bad)"
    assert cells[0].causes == "rate 1"
    assert cells[1].said == "not measured: nothing was counted"
    assert cells[1].causes == ""


def test_without_words_the_counts_are_said():
    cells = hours(Kept(scope="gateway", slots=(slot(1234, 1),)), DAY)
    assert cells[0].said == "99.91 % (1,234 good, 1 bad)"


def test_a_day_has_twenty_four_hours():
    found = hours(Kept(scope="gateway", slots=(slot(1, 0, "2026-11-25T23:00:00+00:00"),)), DAY)
    assert len(found) == 24
    assert found[23].hour == "23:00"
    assert found[23].level is Level.CLEAN


def test_weeks_begin_on_mondays():
    found = month(strip(Kept(scope="gateway"), MONTH).cells)
    assert all(len(week) == 7 for week in found.weeks)
    # 2026-10-28 was a Wednesday, 2026-11-26 a Thursday.
    assert [each and each.start.day for each in found.weeks[0]] == [None, None, 28, 29, 30, 31, 1]
    assert [each and each.start.day for each in found.weeks[-1]] == [23, 24, 25, 26, None, None, None]
    assert month(()).weeks == ()


def test_times_are_read_and_what_is_none_is_long_ago():
    assert moment("2026-11-25T00:00:00") == datetime(2026, 11, 25, tzinfo=UTC)
    assert moment("rubbish").year == 1970
    assert day_of("2026-11-25").day == 25
    assert day_of("rubbish") is None


def kept(name, *, bad=0, scope="model"):
    """A thing that was down on so many days."""
    slots = tuple(slot(0, 1, f"2026-11-{at + 1:02}T00:00:00+00:00") for at in range(bad))
    return Kept(scope=scope, name=name, slots=slots)


def picked(series, **more):
    return [each.name for each in pick(series, MONTH, **{"most": 9, **more})]


def test_names_are_found_by_a_part_and_the_gateway_is_always_there():
    series = [kept("", scope="gateway"), kept("Llama-8b"), kept("qwen")]
    assert picked(series) == ["", "Llama-8b", "qwen"]
    assert picked(series, text="llama") == ["", "Llama-8b"]


def test_of_more_than_can_be_shown_the_worst_are_in_their_order():
    series = [kept("", scope="gateway"), kept("a"), kept("b", bad=1), kept("c", bad=3), kept("d", bad=2)]
    assert picked(series, most=3) == ["", "c", "d"]
    assert pick(series, MONTH, most=3)[1].bad_days == 3


def test_of_a_provider_that_nobody_asked_it_is_said_what_probes_found():
    probed = Slot(start=DAY.first, probes=Probed(up_s=3000, down_s=600))
    (cell, *_) = hours(Kept(scope="provider", slots=(probed,)), DAY)
    assert cell.level is Level.NONE
    assert cell.said == "not measured: nothing was counted; probes found it up for 50 min, down for 10 min"
