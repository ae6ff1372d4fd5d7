"""The waterfall: each stretch of time is what the trail says, and nothing is made up."""

import pytest

from sixnines.client.seen import Attempt, Request
from sixnines.web.waterfall import WIDTH, Part, waterfall


def attempt(kind="ok", started=0.0, ms=10.0, **more):
    return Attempt(deployment="a/up", provider="a", kind=kind, started_ms=started, ms=ms, **more)


def drawn(*attempts, total=100.0, **more):
    found = waterfall(Request(id="r", arrived_at="", outcome="ok", attempts=attempts, total_ms=total, **more))
    assert found is not None
    return found


def parts(row):
    return [(each.part, each.from_ms, each.to_ms) for each in row.stretches]


def test_a_request_that_nobody_was_asked_for_has_none():
    assert waterfall(Request(id="r", arrived_at="", outcome="refused")) is None


def test_an_answer_is_a_wait_a_first_content_and_a_stream():
    (row,) = drawn(attempt(started=5, ms=20)).rows
    assert parts(row) == [(Part.WAIT, 0, 5), (Part.FIRST, 5, 25), (Part.STREAM, 25, 100)]
    assert row.result == "answered"


def test_a_fallback_begins_where_the_failure_ended_or_after_a_pause():
    first, second = drawn(attempt("rate", 0, 30, status=429), attempt(started=50, ms=10)).rows
    assert parts(first) == [(Part.FAILED, 0, 30)]
    assert first.result == "rate (429)"
    assert parts(second) == [(Part.WAIT, 30, 50), (Part.FIRST, 50, 60), (Part.STREAM, 60, 100)]


def test_a_hedge_runs_beside_the_first():
    first, second = drawn(attempt("cancelled", 0, 40), attempt(started=25, ms=15, role="hedge")).rows
    assert parts(first) == [(Part.CANCELLED, 0, 40)]
    assert first.result == "stopped"
    assert parts(second) == [(Part.FIRST, 25, 40), (Part.STREAM, 40, 100)]


def test_an_answer_that_broke_off_is_no_failure_before_its_first_content():
    (row,) = drawn(attempt("truncated", 0, 10, broke=True)).rows
    assert parts(row) == [(Part.FIRST, 0, 10), (Part.BROKEN, 10, 100)]
    assert row.result == "broke off: truncated"


def test_one_that_another_went_on_with_ends_where_that_begins():
    first, second = drawn(attempt("truncated", 0, 10, broke=True), attempt(started=60, ms=10, role="continuation")).rows
    assert parts(first) == [(Part.FIRST, 0, 10), (Part.BROKEN, 10, 60)]
    assert parts(second)[-1] == (Part.STREAM, 70, 100)


def test_bars_are_as_long_as_their_times_and_lie_in_the_picture():
    found = drawn(attempt("server", 0, 50), attempt(started=50, ms=25))
    (first,), (second, stream) = (row.stretches for row in found.rows)
    assert first.width == pytest.approx(2 * second.width, abs=0.2)
    assert second.x == pytest.approx(first.x + first.width, abs=0.2)
    assert first.x >= found.left
    assert stream.x + stream.width < WIDTH
    assert found.parts == (Part.FIRST, Part.FAILED, Part.STREAM)


def test_what_took_no_time_is_seen_all_the_same():
    (row,) = drawn(attempt("transport", 0, 0), total=0).rows
    assert row.stretches[0].width > 0


@pytest.mark.parametrize(
    ("total", "labels"),
    [
        (100.0, ["0 ms", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]),
        (0.7, ["0 ms", "0.2 ms", "0.4 ms", "0.6 ms"]),
        (1.0, ["0 ms", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms", "1 ms"]),
        (299_000.0, ["0 ms", "50 s", "100 s", "150 s", "200 s", "250 s"]),
    ],
)
def test_the_axis_has_round_numbers(total, labels):
    assert [each.text for each in drawn(attempt(ms=total / 2), total=total).ticks] == labels


def test_the_times_are_said_in_words():
    (row,) = drawn(attempt(started=5, ms=20)).rows
    assert row.stretches[1].said == "connect, send, and wait for the first content: 20 ms"
