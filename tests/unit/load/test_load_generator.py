"""The open loop, in virtual time: what a stall costs, what a limit does, what a stop leaves."""

import itertools
import math
import random

import pytest

from sixnines.load.judging import Wrong
from sixnines.load.schedule import Arrivals, Plan, Profile, due_times
from sixnines.transport.interface import Phase, TransportError
from support.load_runs import Answer, measure, whole

STEADY = Plan(Profile.STEADY, 100, 20)
SERVED_S, STALL_S = 0.005, 1.0


def stalls_once(number):
    return STALL_S if number == 500 else SERVED_S


def queue_times(due, served):
    """What each caller waits, by hand: one server, first come, first served (Lindley's recursion)."""
    free_at, waits = 0.0, []
    for at, takes in zip(due, served, strict=True):
        free_at = max(free_at, at) + takes
        waits.append(free_at - at)
    return waits


def test_a_stall_is_counted_for_everybody_who_was_due_during_it():
    tally, _, _ = measure(STEADY, stalls_once, places=1)
    due = list(due_times(STEADY, random.Random(1)))
    waits = sorted(queue_times(due, [stalls_once(number) for number in range(len(due))]))
    assert tally.good == tally.due == len(due)
    for share in (0.5, 0.95, 0.99, 0.999):
        exact = waits[math.ceil(round(len(waits) * share, 6)) - 1]
        assert tally.total.percentile(share) == pytest.approx(exact, rel=0.01, abs=1e-5)
    # A closed loop would have had one slow answer in two thousand, and a 99th percentile of 5 ms.
    assert tally.total.percentile(0.5) < 0.02
    assert tally.total.percentile(0.99) > 0.7


def test_requests_are_sent_when_they_are_due_whatever_became_of_those_before():
    tally, server, _ = measure(STEADY, lambda number: 30.0)
    due = list(due_times(STEADY, random.Random(1)))
    begun = server.sent[0] - due[0]
    assert [at - begun for at in server.sent] == pytest.approx(due)
    assert tally.most_open == len(due)
    assert tally.lateness.percentile(0.99) < 1e-3


def test_a_limit_on_what_is_open_holds_requests_back_and_counts_their_wait():
    plan = Plan(Profile.STEADY, 10, 10, Arrivals.EVEN)
    tally, server, _ = measure(plan, lambda number: 2.0, most_open=5)
    assert tally.most_open == 5
    assert tally.held > 50
    assert tally.good == tally.due == 100
    assert max(later - sooner for sooner, later in itertools.pairwise(server.sent)) <= 2.0
    # 5 at once, 2 s each: the hundredth is due at 9.95 s, and sent at 38.45 s.
    assert tally.total.greatest_s == pytest.approx(30.5, abs=0.01)


def test_who_becomes_due_while_nobody_has_a_place_is_late_for_want_of_it_and_not_by_the_generators_fault():
    def stalls(number):
        return 2.0 if 100 <= number < 110 else 0.01

    plan = Plan(Profile.STEADY, 50, 10, Arrivals.EVEN)
    tally, _, _ = measure(plan, stalls, most_open=10)
    assert 85 <= tally.held <= 105  # those of the two seconds
    assert tally.lateness.count == tally.due - tally.held
    assert tally.lateness.greatest_s < 1e-3


def test_what_finds_no_place_until_the_time_is_over_was_never_sent_and_is_no_success():
    plan = Plan(Profile.STEADY, 10, 10, Arrivals.EVEN)
    tally, server, passed_s = measure(plan, lambda number: 1000.0, most_open=5, timeout_s=3.0)
    assert tally.faults[Wrong.NEVER_SENT] == 100 - len(server.sent)
    assert tally.due == tally.bad == 100
    assert passed_s < 10 + 3 + 3.1


def test_an_answer_that_takes_too_long_is_out_of_time_and_the_run_ends():
    plan = Plan(Profile.STEADY, 10, 1, Arrivals.EVEN)
    tally, _, passed_s = measure(
        plan, lambda number: Answer([(0.0, whole()[:10]), (99.0, whole()[10:])]), timeout_s=2.0
    )
    assert dict(tally.faults) == {Wrong.TIME: 10}
    assert passed_s == pytest.approx(2.95, abs=0.1)
    assert tally.ended.percentile(0.5) == pytest.approx(2.0, rel=0.01)
    assert tally.total.count == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TransportError(Phase.CONNECT, "the connection was refused"), Wrong.CONNECTION),
        (TransportError(Phase.TLS, "handshake"), Wrong.CONNECTION),
        (TransportError(Phase.CONNECT, "no connection could be made (Too many open files)"), Wrong.OWN),
        (TransportError(Phase.CONNECT, "no connection could be made (Cannot assign requested address)"), Wrong.OWN),
        (TransportError(Phase.CONNECT, "no connection could be made (Network is unreachable)"), Wrong.CONNECTION),
        (TransportError(Phase.HEAD, "closed"), Wrong.CLOSED),
        (TransportError(Phase.BODY, "closed"), Wrong.CLOSED),
        (TransportError(Phase.HEAD, "late", timed_out=True), Wrong.TIME),
        (TransportError(Phase.CONNECT, "late", timed_out=True), Wrong.TIME),
        (TransportError(Phase.HEAD, "no HTTP", violation=True), Wrong.NOT_HTTP),
    ],
)
def test_a_failure_below_the_answer_is_counted_by_its_kind(error, kind):
    tally, _, _ = measure(Plan(Profile.STEADY, 10, 1, Arrivals.EVEN), lambda number: error)
    assert dict(tally.faults) == {kind: 10}
    assert tally.examples == {kind: error.reason}
    assert tally.good == 0


def stream(provider=b"a"):
    piece = b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n'
    end = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    return Answer([(0.2, piece), (0.03, piece), (0.03, piece * 2), (0.5, end)], provider=provider)


def test_a_stream_is_measured_to_its_first_content_between_contents_and_to_its_end():
    tally, _, _ = measure(Plan(Profile.STEADY, 10, 1, Arrivals.EVEN), lambda number: stream(), stream=True)
    assert tally.good == 10
    assert tally.first.percentile(0.5) == pytest.approx(0.2, rel=0.01)
    assert tally.total.percentile(0.5) == pytest.approx(0.76, rel=0.01)
    assert (tally.gaps.count, tally.gaps.least_s) == (30, 0.0)
    assert tally.gaps.greatest_s == pytest.approx(0.03)


def test_a_whole_answer_has_no_first_token_and_no_gaps():
    tally, _, _ = measure(Plan(Profile.STEADY, 10, 1, Arrivals.EVEN), lambda number: 0.1)
    assert (tally.first.count, tally.gaps.count, tally.total.count) == (0, 0, 10)


def test_an_error_to_a_request_for_a_stream_is_told_with_its_status():
    refused = b'{"error": {"message": "no such model"}}'
    play = lambda number: Answer([(0.0, refused)], status=404)  # noqa: E731
    tally, _, _ = measure(Plan(Profile.STEADY, 10, 1, Arrivals.EVEN), play, stream=True)
    assert tally.examples == {"HTTP 404": refused.decode()}


def test_a_stop_gives_up_what_is_under_way_and_keeps_what_was_measured():
    plan = Plan(Profile.STEADY, 10, 60, Arrivals.EVEN)
    tally, _, passed_s = measure(plan, lambda number: 0.5 if number < 20 else 50.0, stop_at=5.0)
    assert passed_s == pytest.approx(5.0, abs=0.1)
    assert (tally.good, tally.bad) == (20, 0)
    assert tally.unfinished == tally.due - 20 > 20


def test_a_stop_while_requests_are_held_back_ends_the_run():
    plan = Plan(Profile.STEADY, 10, 60, Arrivals.EVEN)
    tally, _, passed_s = measure(plan, lambda number: 50.0, most_open=2, stop_at=5.0)
    assert passed_s == pytest.approx(5.0, abs=0.1)
    assert (tally.due, tally.unfinished) == (2, 2)


def test_a_stop_before_the_beginning_sends_nothing():
    tally, server, _ = measure(Plan(Profile.STEADY, 10, 60), lambda number: 1.0, stop_at=0.0)
    assert (server.sent, tally.due) == ([], 0)


def test_a_mistake_of_our_own_is_raised_and_not_counted_as_an_answer():
    with pytest.raises(ZeroDivisionError):
        measure(Plan(Profile.STEADY, 10, 60), lambda number: ZeroDivisionError())


def test_hours_are_measured_in_bounded_memory():
    plan = Plan(Profile.SOAK, 0.5, 4 * 3600)
    tally, _, _ = measure(plan, lambda number: 0.01 + number % 100 / 1000)
    assert tally.good == tally.due > 6_500
    assert len(tally.slots) == 120
    assert tally.total.classes < 3000
