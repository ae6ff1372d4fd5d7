"""Each way in which an answer can be bad is told apart, and a good one in any cuts is good."""

import json

import pytest

from sixnines.load.judging import StreamJudge, Wrong, judge_whole, shortened
from support.load_runs import whole


def event(**choice):
    return b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n"


ROLE = event(delta={"role": "assistant", "content": ""}, finish_reason=None)
HELLO = event(delta={"content": "hello"}, finish_reason=None)
STOP = event(delta={}, finish_reason="stop")
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 1}}\n\n'
DONE = b"data: [DONE]\n\n"


def judged(*events):
    judge = StreamJudge()
    for each in events:
        judge.feed(each)
    fault = judge.end()
    return None if fault is None else fault.kind


@pytest.mark.parametrize(
    "body",
    [
        whole(),
        whole(finish="length"),
        b'{"choices": [{"message": {"content": null, "tool_calls": [{"id": "1"}]}, "finish_reason": "tool_calls"}]}',
        b'{"choices": [{"message": {"content": null, "refusal": "no"}, "finish_reason": "stop"}]}',
        b'{"choices": [{"message": {"content": "", "reasoning_content": "hm"}, "finish_reason": "length"}]}',
        b'{"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "error": null}',
    ],
)
def test_a_whole_answer_is_good(body):
    assert judge_whole(200, body) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b'{"error": {"message": "slow down"}}', "HTTP 429"),
        (500, b"", "HTTP 500"),
        (204, b"", "HTTP 204"),
        (200, b"<html>", Wrong.NOT_JSON),
        (200, b"", Wrong.NOT_JSON),
        (200, whole()[:40], Wrong.NOT_JSON),
        (200, b"[]", Wrong.NOT_JSON),
        (200, b'{"error": {"message": "no"}}', Wrong.ERROR),
        (200, b"{}", Wrong.NO_CONTENT),
        (200, b'{"choices": []}', Wrong.NO_CONTENT),
        (200, b'{"choices": null}', Wrong.NO_CONTENT),
        (200, b'{"choices": [{"finish_reason": "stop"}]}', Wrong.NO_CONTENT),
        (200, whole(content=""), Wrong.NO_CONTENT),
        (200, whole(finish=None), Wrong.NO_FINISH),
        (200, whole(content=3), Wrong.NOT_JSON),
    ],
)
def test_a_bad_answer_is_told_by_its_kind(status, body, kind):
    fault = judge_whole(status, body)
    assert fault is not None
    assert fault.kind == kind


def test_a_good_stream_is_good_in_any_cuts_and_its_contents_are_counted():
    wire = b": ping\r\n\r\n" + ROLE + HELLO * 3 + STOP + USAGE + DONE
    for size in (1, 2, 3, 7, 50, len(wire)):
        judge = StreamJudge()
        contents = sum(judge.feed(wire[at : at + size]) for at in range(0, len(wire), size))
        assert (contents, judge.contents, judge.end()) == (3, 3, None)


def test_content_and_finish_reason_may_come_together():
    assert judged(event(delta={"content": "x"}, finish_reason="stop"), DONE) is None


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ((), Wrong.NO_CONTENT),
        ((ROLE, STOP, DONE), Wrong.NO_CONTENT),
        ((DONE,), Wrong.NO_CONTENT),
        ((HELLO, DONE), Wrong.NO_FINISH),
        ((HELLO, STOP), Wrong.NO_END),
        ((HELLO,), Wrong.NO_END),
        ((HELLO, STOP, DONE, HELLO), Wrong.AFTER_END),
        ((HELLO, b"data: nonsense\n\n", STOP, DONE), Wrong.NOT_JSON),
        ((HELLO, b'data: {"error": {"message": "gone"}}\n\n', DONE), Wrong.ERROR),
        ((HELLO, b"event: error\ndata: {}\n\n", STOP, DONE), Wrong.ERROR),
        ((HELLO, b"data: " + b"x" * 2_000_000, STOP, DONE), Wrong.NOT_JSON),
        ((b"<html></html>",), Wrong.NO_CONTENT),
    ],
)
def test_a_bad_stream_is_told_by_its_kind(events, kind):
    assert judged(*events) == kind


def test_the_first_fault_of_a_stream_is_the_one_that_is_told():
    assert judged(HELLO, b"data: nonsense\n\n", b'data: {"error": 1}\n\n') == Wrong.NOT_JSON


def test_what_a_server_said_becomes_one_short_line():
    assert shortened(b" a\r\n\x1b[31m\tb\xff" + b"x" * 1000).startswith("a [31m b\ufffdxxx")
    assert len(shortened(b"x" * 1000)) == 200
