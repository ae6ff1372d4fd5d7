"""What is asked and answered in the bench: complete answers are read however they are cut, wrong ones are seen."""

import json

import pytest

from support.bench_scripts import load_bench

answers, payloads = load_bench("answers"), load_bench("payloads")

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize("raw", [WHOLE, CHUNKED])
def test_an_answer_is_read_when_it_is_complete_and_not_before(raw: bytes) -> None:
    answer = answers.read(raw)
    assert (answer.status, answer.body, answer.raw) == (200, b"hello", raw)
    assert [answers.read(raw[:size]) for size in range(len(raw))] == [None] * len(raw)


@pytest.mark.parametrize("raw", [b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n\r\n"])
def test_what_is_no_http_is_no_answer(raw: bytes) -> None:
    assert answers.read(raw) == answers.NONE


def test_nobody_who_listens_gives_no_answer() -> None:
    assert answers.ask(1, b"GET / HTTP/1.1\r\n\r\n") == answers.NONE


@pytest.mark.parametrize("payload", [payloads.SMALL, payloads.LARGE])
def test_the_upstreams_answer_is_right_and_a_shortened_one_is_not(payload: object) -> None:
    right = payload.whole_answer()
    assert payload.is_right(right)
    assert not payload.is_right(right.replace(b"world" if b"world" in right else b"Hello", b"", 1))
    assert not payload.is_right(right[:-1])
    assert not payload.is_right(b'{"error": {"message": "x"}}')


def test_payloads_have_the_sizes_that_their_cases_promise() -> None:
    assert 450 < len(payloads.SMALL.request("bench")) < 550
    assert 100_000 < len(payloads.LARGE.request("bench")) < 105_000
    assert 20_000 < len(payloads.LARGE.whole_answer()) < 21_500


@pytest.mark.parametrize(
    "broken",
    [
        lambda events: [*events[:3], *events[4:]],
        lambda events: [*events[:3], events[4], events[3], *events[5:]],
        lambda events: events[:-1],
        lambda events: [*events[:-2], events[-1]],
        lambda events: [*events, events[-1], events[3]],
    ],
    ids=["a chunk lost", "two out of order", "no terminator", "no finish reason", "more after the end"],
)
def test_a_stream_is_right_only_if_all_of_it_came_in_order(broken: object) -> None:
    payload, events = payloads.streamed(5), payloads.stream_events(5)
    assert payload.is_right(b"".join(events))
    assert not payload.is_right(b"".join(broken(events)))


def test_a_request_for_a_stream_says_how_many_chunks_it_wants() -> None:
    body = json.loads(payloads.streamed(200).request("m"))
    assert (body["stream"], body["max_tokens"], body["model"]) == (True, 200, "m")
