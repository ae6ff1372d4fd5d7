"""What the last requests add up to."""

import msgspec
import pytest

from sixnines.client.seen import Tokens
from sixnines.client.tally import Edge, answered_by, edges, ended_unix_s, first_contents, since, tokens
from support.pictures import FELL_BACK, NOW, request


def test_each_step_to_another_provider_is_an_edge():
    long = request(attempts=(("a", "rate", 1.0), ("b", "server", 2.0), ("c", "ok", 3.0)))
    assert edges([long, FELL_BACK, FELL_BACK]) == [
        Edge("a", "b", "transport", 2), Edge("a", "b", "rate", 1), Edge("b", "c", "server", 1),
    ]  # fmt: skip


def test_a_repetition_at_the_same_provider_is_none_and_so_is_a_hedge():
    again = request(attempts=(("a", "server", 1.0), ("a", "ok", 1.0)))
    hedged = request(attempts=(("a", "cancelled", 1.0), ("b", "ok", 1.0)))
    hedge = (hedged.attempts[0], msgspec.structs.replace(hedged.attempts[1], role="hedge"))
    assert edges([again, request(), msgspec.structs.replace(hedged, attempts=hedge)]) == []


def test_answers_are_shared_among_those_who_gave_them():
    failed = request(attempts=(("a", "server", 1.0),), outcome="failed")
    assert answered_by([request(), request(), FELL_BACK, failed]) == {
        "a": pytest.approx(2 / 3),
        "b": pytest.approx(1 / 3),
    }
    assert answered_by([]) == {}


def test_first_contents_are_those_of_streams_from_the_providers_own_attempt():
    times = first_contents([FELL_BACK, request(attempts=(("b", "ok", 10.0),)), request(streamed=False)], latest=1)
    assert (times["b"].median_ms, times["b"].count, times["b"].latest_ms) == (25.0, 2, (40.0,))
    assert set(times) == {"b"}


def test_the_latest_are_told_from_the_oldest_to_the_newest():
    newest_first = [request(attempts=(("a", "ok", ms),)) for ms in (3.0, 2.0, 1.0)]
    assert first_contents(newest_first)["a"].latest_ms == (1.0, 2.0, 3.0)


def test_requests_are_told_apart_by_when_they_ended():
    slow = request("slow", 100.0, total_ms=95_000)
    assert ended_unix_s(slow) == pytest.approx(NOW - 5)
    assert since([slow, request("old", 100.0)], NOW - 10) == [slow]


def test_a_time_that_is_none_is_long_ago():
    assert ended_unix_s(request(arrived_at="yesterday")) == 0.0


def test_tokens_are_added_up_as_far_as_they_are_known():
    some = request(usage=Tokens(prompt_tokens=3, completion_tokens=4))
    assert tokens([some, some, request(), request(usage=Tokens(prompt_tokens=1))]) == 15
