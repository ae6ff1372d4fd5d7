"""Laws of measured availability: whatever was counted."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.domain.availability import Life, Marks, Scope, Series
from sixnines.reliability.episodes import preferring, spells
from sixnines.reliability.nines import more_clean, percent, share
from sixnines.reliability.uptime import uptime

COUNTS = st.one_of(st.integers(0, 30), st.integers(0, 5_000_000))
M = Series(Scope.MODEL, "m")
HOUR = 480_000
START = HOUR * 60


@given(COUNTS, COUNTS)
def test_the_interval_holds_the_value(good, bad):
    found = share(good, bad)
    if found.total:
        assert 0 <= found.lower <= found.value <= found.upper <= 1


@given(COUNTS, COUNTS)
def test_one_more_good_one_never_makes_it_worse_and_one_more_bad_one_never_better(good, bad):
    found, better, worse = share(good, bad), share(good + 1, bad), share(good, bad + 1)
    noise = 1e-12
    assert better.most_bad <= found.most_bad + noise
    assert better.least_bad <= found.least_bad + noise
    assert worse.most_bad >= found.most_bad - noise
    assert worse.least_bad >= found.least_bad - noise
    assert better.nines >= found.nines >= worse.nines


@given(COUNTS, COUNTS)
def test_nines_are_never_more_than_the_value_itself_has(good, bad):
    found = share(good, bad)
    if found.nines:
        assert bad / found.total <= 10.0**-found.nines


@given(COUNTS, st.integers(0, 200), st.integers(1, 6))
def test_more_clean_requests_are_the_fewest_that_do(good, bad, nines):
    more = more_clean(share(good, bad), nines)
    assert share(good + more, bad).nines >= nines
    assert not more or share(good + more - 1, bad).nines < nines


@given(st.floats(1e-9, 1.0))
def test_a_percentage_is_never_better_than_what_it_tells(of_bad):
    assert float(percent(of_bad)) <= 100 * (1 - of_bad) + 1e-9
    assert float(percent(of_bad, upper=True)) >= 100 * (1 - of_bad) - 1e-9
    assert percent(of_bad) != "100"


def test_at_least_95_of_100_intervals_hold_the_truth():
    luck = random.Random(6)
    for truth in (0.9, 0.99, 0.999):
        held = rounds = 0
        for _ in range(2000):
            total = luck.choice((50, 300, 2000))
            # The gaps between failures have a geometric distribution, which is quicker than a draw for each.
            bad = (
                sum(luck.random() > truth for _ in range(total))
                if total == 50
                else luck.binomialvariate(total, 1 - truth)
                if hasattr(luck, "binomialvariate")
                else sum(luck.random() > truth for _ in range(total))
            )
            found = share(total - bad, bad)
            held += found.lower <= truth <= found.upper
            rounds += 1
        assert held / rounds >= 0.95


HOURS = st.lists(st.tuples(st.integers(0, 2**60 - 1), st.integers(0, 2**60 - 1)), max_size=5)


def as_marks(hours):
    return [Marks(M, HOUR + at, up & ~down, down) for at, (up, down) in enumerate(hours)]


@given(HOURS, st.integers(0, 299), st.integers(0, 299))
@settings(max_examples=200)
def test_episodes_do_not_meet_and_hold_every_minute_that_was_down(hours, first, last):
    first, last = sorted((first, last))
    marks = as_marks(hours)
    found = spells(marks, (), first=START + first, now=START + last)
    down = {each.hour * 60 + at for each in marks for at in range(60) if each.down >> at & 1} & set(
        range(START + first, START + last + 1)
    )
    up = {each.hour * 60 + at for each in marks for at in range(60) if each.up >> at & 1}
    ends = [(each.start, START + last + 1 if each.end is None else each.end) for each in found.episodes]
    inside = [minute for start, end in ends for minute in range(start, end)]
    assert len(inside) == len(set(inside))
    assert down <= set(inside)
    assert not up & set(inside)
    assert sum(each.down for each in found.episodes) == len(down) == found.down_minutes
    assert all(each.end is not None for each in found.episodes[:-1])


@given(HOURS, HOURS)
def test_of_two_records_the_first_holds_where_it_knows(first, second):
    one, other = as_marks(first), as_marks(second)
    merged = {each.hour: each for each in preferring(one, other)}
    for hour in range(HOUR, HOUR + 5):
        a = next((each for each in one if each.hour == hour), Marks(M, hour, 0, 0))
        b = next((each for each in other if each.hour == hour), Marks(M, hour, 0, 0))
        both = merged.get(hour, Marks(M, hour, 0, 0))
        known = a.up | a.down
        assert both.up & both.down == 0
        assert both.up & known == a.up
        assert both.down & known == a.down
        assert both.up & ~known == b.up & ~known
        assert both.down & ~known == b.down & ~known


LIVES = st.lists(
    st.builds(
        lambda began, length, stopped, jump: Life(began, began + length, stopped=stopped, after_jump=jump),
        st.floats(-500, 1500), st.floats(0, 600), st.booleans(), st.booleans(),
    ),
    max_size=6,
)  # fmt: skip


@given(LIVES, st.floats(-200, 900), st.floats(0, 600))
def test_all_of_the_time_is_told_of_and_none_of_it_twice(lives, start, length):
    now = start + length
    oldest = min((each.began_s for each in lives if each.began_s <= now), default=None)
    found = uptime(lives, oldest, start_s=start, now_s=now)
    if found.since_s is None:
        return
    told = found.up_s + found.down_s + found.unknown_s
    assert abs(told - (now - found.since_s)) < 1e-6
    assert min(found.up_s, found.down_s, found.unknown_s) >= 0
    assert abs(sum(each.end_s - each.start_s for each in found.outages) - found.down_s) < 1e-6
    ends = [edge for each in found.outages for edge in (each.start_s, each.end_s)]
    assert ends == sorted(ends)
