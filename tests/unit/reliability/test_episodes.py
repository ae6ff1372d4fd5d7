"""Downtime from minutes: what is told, and what nobody knows."""

import pytest

from sixnines.domain.availability import Blame, Marks, Scope, Series
from sixnines.reliability.episodes import BRIDGED, Episode, preferring, spells

M = Series(Scope.MODEL, "m")
HOUR = 480_000
START = HOUR * 60


def marks(text, hour=HOUR):
    """An hour from letters: u up, d down, anything else no evidence."""
    return Marks(
        M, hour, sum(1 << at for at, each in enumerate(text) if each == "u"),
        sum(1 << at for at, each in enumerate(text) if each == "d"),
    )  # fmt: skip


def found(text, *, now=59, blames=()):
    """Episodes as offsets in the hour."""
    told = spells([marks(text)], blames, first=START, now=START + now)
    return [
        (each.start - START, None if each.end is None else each.end - START, each.known_end) for each in told.episodes
    ]


def test_an_episode_ends_where_it_is_seen_up_again():
    assert found("uudddu") == [(2, 5, True)]


def test_two_episodes_have_an_up_minute_between_them():
    assert found("duddu") == [(0, 1, True), (2, 4, True)]


def test_a_few_minutes_without_evidence_are_bridged():
    assert found("d" + "." * BRIDGED + "du") == [(0, BRIDGED + 2, True)]
    assert found("d" + "." * BRIDGED + "u") == [(0, BRIDGED + 1, True)]


def test_after_more_of_them_nobody_knows_when_it_ended():
    assert found("d" + "." * (BRIDGED + 1) + "u") == [(0, 1, False)]
    assert found("d" + "." * (BRIDGED + 1) + "du") == [(0, 1, False), (BRIDGED + 2, BRIDGED + 3, True)]


def test_it_goes_on_until_something_tells():
    assert found("ud", now=1) == [(1, None, False)]
    assert found("ud", now=1 + BRIDGED) == [(1, None, False)]
    assert found("ud", now=2 + BRIDGED) == [(1, 2, False)]


def test_minutes_outside_of_the_window_do_not_count():
    told = spells([marks("dduudd")], (), first=START + 1, now=START + 4)
    assert [(each.start - START, each.end) for each in told.episodes] == [(1, START + 2), (4, None)]
    assert (told.up_minutes, told.down_minutes) == (2, 2)


def test_an_episode_goes_over_the_end_of_an_hour():
    told = spells([marks("." * 59 + "d"), marks("ddu", HOUR + 1)], (), first=START, now=START + 100)
    assert [(each.start - START, each.end - START, each.down) for each in told.episodes] == [(59, 62, 3)]


def test_lengths_are_whole_minutes():
    assert Episode(10, 12, True, 2, ()).length_s(99) == 120
    assert Episode(10, None, False, 1, ()).length_s(10) == 60


def test_the_cause_is_what_went_wrong_most_often_in_its_minutes():
    blames = [
        Blame(M, START + 2, START + 3, "server", 2),
        Blame(M, START + 3, START + 4, "rate", 5),
        Blame(M, START + 9, START + 10, "transport", 99),
    ]
    (episode,) = spells([marks("uuddu")], blames, first=START, now=START + 59).episodes
    assert episode.cause == "rate"
    assert episode.causes == (("rate", 5), ("server", 2))
    assert Episode(1, 2, True, 1, ()).cause == "unknown"


def test_means_need_more_than_one_episode():
    one = spells([marks("uudu")], (), first=START, now=START + 59)
    assert (one.mtbf_s, one.mttr_s) == (None, None)
    two = spells([marks("uuduuuddduu")], (), first=START, now=START + 59)
    assert two.mtbf_s == pytest.approx(7 * 60 / 2)  # seven minutes up, two failures
    assert two.mttr_s == pytest.approx((60 + 180) / 2)


def test_an_end_that_nobody_saw_is_no_recovery():
    told = spells([marks("udu" + "ud" + "." * 20 + "u")], (), first=START, now=START + 59)
    assert len(told.episodes) == 2
    assert told.mttr_s is None  # of one
    assert told.mtbf_s is not None


def test_where_requests_tell_nothing_probes_do():
    requests, probes = marks("u.d...d"), marks("dddu..u")
    assert preferring([requests], [probes]) == [marks("uddu..d")]
    assert preferring([], [probes]) == [probes]
    assert preferring([requests], []) == [requests]


def test_two_records_of_the_same_hour_are_one_and_down_wins():
    assert preferring([marks("uu."), marks("d..u")], []) == [marks("du.u")]
