"""The last hour of a gateway as figures and for charts: what is known, and no zero for what is not."""

from datetime import UTC, datetime

import pytest

from sixnines.client.picture import Picture
from sixnines.client.remembered import MOST_REQUESTS
from sixnines.client.seen import Ledger, Minute, Minutes, Provider, Providers, Request, Tokens
from sixnines.control.asked import GatewayState
from sixnines.control.percentile import Spread
from sixnines.web.lately import MINUTES, figures, remembered_since, series

NOW = 1_764_100_830.0
THIS_MINUTE = 1_764_100_800


def state(started=NOW - 7200):
    return GatewayState(
        revision=1, digest="", since_unix_s=started, head=1, changing=None, restart=[], problem="", store="", config="",
        version="1", instance="i", pid=1, workers=1, missing_workers=[], started_unix_s=started, in_flight=0, good=0,
        bad=0,
    )  # fmt: skip


def request(ago_s, *, total_ms=100.0, first_ms=None, tokens=None, outcome="ok", number=0):
    arrived = datetime.fromtimestamp(NOW - ago_s - total_ms / 1000, UTC)
    usage = None if tokens is None else Tokens(completion_tokens=tokens)
    return Request(
        id=f"{ago_s}-{number}", arrived_at=arrived.isoformat(), outcome=outcome, total_ms=total_ms,
        first_content_ms=first_ms, streamed=first_ms is not None, usage=usage,
    )  # fmt: skip


def picture(*requests, started=NOW - 7200, in_flight=()):
    providers = tuple(Provider(name=f"p{n}", state="healthy", in_flight=n) for n in in_flight)
    return Picture("x", NOW, state(started), Providers(providers=providers), None, requests, len(requests), None)


def minutes(*found, ledger="ok"):
    return Minutes(
        ledger=Ledger(state=ledger), minutes=tuple(Minute(unix_s=at, good=good, bad=bad) for at, good, bad in found)
    )


def test_the_hour_is_sixty_minutes_that_end_with_this_one():
    found = series(picture(), minutes())
    assert len(found["at"]) == MINUTES == 60
    assert (found["at"][0], found["at"][-1]) == (THIS_MINUTE - 59 * 60, THIS_MINUTE)
    assert {len(value) for value in found.values() if isinstance(value, list)} == {60}


def test_counts_come_from_the_ledger_and_a_quiet_minute_is_one_of_zero():
    found = series(picture(), minutes((THIS_MINUTE, 3, 1), (THIS_MINUTE - 120, 5, 0)))
    assert found["good"][-3:] == [5, 0, 3]
    assert found["total"][-3:] == [5, 0, 4]


def test_before_the_gateway_was_started_only_what_was_counted_is_known():
    found = series(picture(started=THIS_MINUTE - 60), minutes((THIS_MINUTE - 300, 2, 0)))
    assert found["good"][-6:] == [2, None, None, None, 0, 0]


@pytest.mark.parametrize("told", [None, minutes(ledger="failing"), minutes(ledger="none")])
def test_without_a_ledger_nobody_counts(told):
    found = series(picture(request(5)), told)
    assert set(found["good"]) == set(found["total"]) == {None}
    assert figures(picture(), told).good is None


def test_times_are_those_of_the_minute_in_which_a_request_ended():
    found = series(
        picture(request(70, total_ms=50), request(5, total_ms=100, first_ms=20), request(6, total_ms=300, first_ms=40)),
        None,
    )
    assert found["total_p50"][-2:] == [50.0, 100.0]
    assert found["total_p95"][-1] == 300.0
    assert found["first_p50"][-2:] == [None, 20.0]


def test_who_got_no_answer_has_no_time_of_one():
    assert figures(picture(request(5, outcome="failed")), None).total is None


def test_tokens_are_those_that_providers_counted():
    found = figures(picture(request(5, tokens=90), request(50, tokens=30), request(7), request(70, tokens=999)), None)
    assert found.tokens_per_s == 2.0
    assert figures(picture(request(5)), None).tokens_per_s is None


def test_the_figures_rest_on_the_last_hour_and_say_on_how_many():
    found = figures(
        picture(request(4000, first_ms=9000), request(10, first_ms=10), request(20, first_ms=30), in_flight=(1, 2)),
        minutes((THIS_MINUTE, 2, 0), (THIS_MINUTE - 600, 5, 1)),
    )
    assert (found.good, found.bad, found.last_minute, found.in_flight) == (7, 1, 2, 3)
    assert (found.first.count, found.first.spread) == (2, Spread(10, 30))


def test_where_a_minute_has_more_than_are_remembered_the_last_that_is_over_is_told():
    many = [request(5, number=number) for number in range(MOST_REQUESTS)]
    assert figures(picture(*many), minutes((THIS_MINUTE - 60, 4000, 2))).last_minute == 4002
    assert figures(picture(*many), None).last_minute == MOST_REQUESTS


def test_it_says_from_when_on_requests_are_remembered_where_that_is_less_than_the_hour():
    many = [request(5 + number / 1000, number=number) for number in range(MOST_REQUESTS)]
    assert remembered_since(picture(*many)) == pytest.approx(NOW - 6, abs=0.1)
    assert remembered_since(picture(*many[:10])) is None
    assert remembered_since(picture(*many[:-1], request(4000))) is None
    assert remembered_since(picture()) is None
