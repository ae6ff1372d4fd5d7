"""The judge of the scorecard complains: each way in which a cell can be wrong, made by hand."""

import dataclasses
import json

import pytest

from scorecard.answers import Answer
from scorecard.faults import ROWS
from scorecard.judge import Seen, complaints, only_late
from scorecard.rows import ANSWER, SECRET, Cell
from scorecard.standing import Standing

WELL = Standing("closed", "healthy", 0)
DOWN = Standing("open", "down", 0)
HEADERS = {"content-type": "text/event-stream", "x-sixnines-request-id": "r", "x-sixnines-model": "m"}


def cell(fault: str, *, stream: bool = True, alternative: bool = True) -> Cell:
    row = next(row for row in ROWS if row.fault.name == fault)
    return next(each for each in row.cells(alternative=alternative) if each.stream is stream)


def chunk(content: str | None = None, finish: str | None = None) -> bytes:
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]})


def event(value: object) -> bytes:
    return b"data: %b\n\n" % json.dumps(value).encode()


DONE = b"data: [DONE]\n\n"
HALF = [chunk("0 1 2"), chunk(ANSWER.removeprefix("0 1 2"))]
COMPLETE = [*HALF, chunk(finish="stop"), DONE]


def moved_on(*events: bytes, **changes: object) -> Seen:
    """A stream that the other engine answers after the first refused the connection."""
    told = {"x-sixnines-provider": "b-m", "x-sixnines-attempts": "2", "x-sixnines-fallback": "transport"}
    answer = Answer(200, {**HEADERS, **told}, b"".join(events))
    return dataclasses.replace(Seen(answer, 5.0, "m", DOWN, WELL, 1), **changes)


def broken_off(*events: bytes, **changes: object) -> Seen:
    """A stream that broke after content."""
    told = {"x-sixnines-provider": "a-m", "x-sixnines-attempts": "1"}
    answer = Answer(200, {**HEADERS, **told}, b"".join(events))
    return dataclasses.replace(Seen(answer, 150.0, "m", DOWN, WELL, 0), **changes)


def failed(**changes: object) -> Seen:
    """What a caller is told when the only provider's limit is reached for longer than the deadline."""
    tried = {"provider": "a-m", "deployment": "a-m/m", "kind": "rate", "status": 429, "ms": 1.0}
    error = {
        "message": "The provider's rate limit is reached.",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limit_exceeded",
        "trail": [tried],
    }
    headers = {
        "content-type": "application/json",
        "x-sixnines-request-id": "r",
        "x-sixnines-provider": "a-m",
        "x-sixnines-attempts": "1",
        "retry-after": "7",
    }
    body = json.dumps({"error": {**error, **changes.pop("error", {})}}).encode()  # type: ignore[dict-item]
    headers.update(changes.pop("headers", {}))  # type: ignore[call-overload]
    answer = Answer(changes.pop("status", 429), headers, body)  # type: ignore[arg-type]
    limited = Standing("closed", "rate_limited", 0)
    return dataclasses.replace(Seen(answer, 5.0, "m", limited, None, 0), **changes)


REFUSED = cell("connection refused")
CUT = cell("cut mid-stream (close)")
LIMITED = cell("429 with Retry-After", alternative=False)
SAID = event({"error": {"message": "It broke.", "type": "upstream_error", "param": None, "code": "truncated"}})


def test_what_is_as_specified_passes():
    assert complaints(REFUSED, moved_on(*COMPLETE)) == []
    assert complaints(CUT, broken_off(HALF[0], SAID, DONE)) == []
    assert complaints(LIMITED, failed()) == []


WRONG = {
    "lost token": (REFUSED, moved_on(chunk("0 1 2"), chunk(finish="stop"), DONE)),
    "doubled chunk": (REFUSED, moved_on(HALF[0], *COMPLETE)),
    "no finish reason": (REFUSED, moved_on(*HALF, DONE)),
    "no terminator": (REFUSED, moved_on(*COMPLETE[:-1])),
    "two terminators": (REFUSED, moved_on(*COMPLETE, DONE)),
    "an error in a good answer": (REFUSED, moved_on(*COMPLETE[:-1], SAID, DONE)),
    "another model's name": (REFUSED, moved_on(*COMPLETE, model="n")),
    "nobody else asked": (REFUSED, moved_on(*COMPLETE, asked_b=0)),
    "the breaker forgot": (REFUSED, moved_on(*COMPLETE, faulty=WELL)),
    "the other is blamed": (REFUSED, moved_on(*COMPLETE, other=DOWN)),
    "still in flight": (REFUSED, moved_on(*COMPLETE, faulty=Standing("open", "down", 1))),
    "silent cut": (CUT, broken_off(HALF[0], DONE)),
    "cut on the wire": (CUT, broken_off(HALF[0])),
    "complete for all anybody can tell": (CUT, broken_off(HALF[0], chunk(finish="stop"), DONE)),
    "another engine after the commit point": (CUT, broken_off(HALF[0], SAID, DONE, asked_b=1)),
    "content after the error": (CUT, broken_off(HALF[0], SAID, HALF[1], DONE)),
    "an unclassified 500": (LIMITED, failed(status=500)),
    "another code": (LIMITED, failed(error={"code": "overloaded"})),
    "no trail": (LIMITED, failed(error={"trail": None})),
    "another kind": (LIMITED, failed(error={"trail": [{"provider": "a-m", "kind": "server", "ms": 1.0}]})),
    "a secret": (LIMITED, failed(error={"message": f"key {SECRET} refused"})),
    "an address": (LIMITED, failed(error={"message": "http://127.0.0.1:8080 refused"})),
    "no Retry-After": (LIMITED, failed(headers={"retry-after": ""})),
    "a longer Retry-After than was asked for": (LIMITED, failed(headers={"retry-after": "8"})),
    "more attempts than make sense": (LIMITED, failed(headers={"x-sixnines-attempts": "4"})),
}


@pytest.mark.parametrize(("asked", "seen"), WRONG.values(), ids=WRONG)
def test_what_is_not_is_complained_about(asked: Cell, seen: Seen):
    found = complaints(asked, seen)
    assert found
    assert not only_late(found)


def test_what_is_late_is_late_and_nothing_else():
    assert only_late(complaints(REFUSED, moved_on(*COMPLETE, added_ms=2000.0)))


def test_a_cut_is_seen_whatever_came_before_it():
    seen = moved_on(*COMPLETE)
    seen.answer.cut = "RemoteProtocolError"
    assert complaints(REFUSED, seen) == ["a silent cut: RemoteProtocolError"]
