"""Holds what a cell was against what it must be. The result is a list of complaints; an empty one is a pass.

Looks at everything that a caller can see. Never forgives.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scorecard.answers import Answer, read_stream
from scorecard.expect import Ending, Expected, expected
from scorecard.rows import ANSWER, LEAKS, TOKENS, Cell
from scorecard.standing import Standing

_ERROR_KEYS = {"message", "type", "param", "code"}
_LATE = "took"
_TIMER_MS = 20.0
"""By so much a timer may seem to ring too early."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a cell.

    Attributes:
        answer: what the caller got.
        added_ms: milliseconds more than a request without fault took.
        model: the name that was asked for.
        faulty: how the faulty deployment stands afterwards.
        other: how the other stands, if there is one.
        asked_b: requests that the other engine got.
    """

    answer: Answer
    added_ms: float
    model: str
    faulty: Standing
    other: Standing | None
    asked_b: int


def complaints(cell: Cell, seen: Seen) -> list[str]:
    """All that is not as it must be."""
    must = expected(cell)
    match must.ending:
        case Ending.ANSWER:
            said = _whole_stream(seen) if cell.stream else _whole(seen)
        case Ending.ERROR:
            said = _error(cell, seen, must)
        case Ending.BROKEN:
            said = _broken(seen, must)
    return [*_http(seen.answer, must), *said, *_headers(seen, must), *_afterwards(cell, seen, must), *_time(seen, must)]


def only_late(found: list[str]) -> bool:
    """Whether nothing is wrong but that it took too long, which a busy machine can do to anybody."""
    return bool(found) and all(each.startswith(_LATE) for each in found)


def _at_deadline(cell: Cell, seen: Seen) -> bool:
    """The deadline came while the only engine was being asked again: how that last attempt ended is nobody's fault."""
    return not cell.alternative and seen.answer.milliseconds >= cell.row.fault.total_s * 1000 - _TIMER_MS


def _http(answer: Answer, must: Expected) -> Iterator[str]:
    if answer.cut:
        yield f"a silent cut: {answer.cut}"
    if answer.status != must.status:
        yield f"status {answer.status} instead of {must.status}"
    for leak in LEAKS:
        if leak in answer.everything():
            yield f"it tells {leak}"


def _content_type(answer: Answer, wanted: str) -> Iterator[str]:
    found = answer.headers.get("content-type", "").partition(";")[0]
    if found != wanted:
        yield f"content type {found}"


def _whole(seen: Seen) -> Iterator[str]:
    yield from _content_type(seen.answer, "application/json")
    body = seen.answer.json()
    choices = body.get("choices")
    if body.get("object") != "chat.completion" or not isinstance(choices, list) or len(choices) != 1:
        yield f"no answer: {seen.answer.body[:200]!r}"
        return
    message = choices[0]["message"]
    if (message["role"], message["content"]) != ("assistant", ANSWER):
        yield f"text {message['content']!r}"
    if choices[0]["finish_reason"] != "stop":
        yield f"finish reason {choices[0]['finish_reason']}"
    if body.get("model") != seen.model:
        yield f"model {body.get('model')}"
    usage = body.get("usage")
    if isinstance(usage, dict) and usage["completion_tokens"] != TOKENS:
        yield f"usage {usage}"


def _whole_stream(seen: Seen) -> Iterator[str]:
    yield from _content_type(seen.answer, "text/event-stream")
    stream = read_stream(seen.answer.body)
    yield from stream.trouble
    if stream.text != ANSWER:
        yield f"text {stream.text!r}"
    if stream.finishes != ["stop"]:
        yield f"finish reasons {stream.finishes}"
    if stream.errors:
        yield f"an error in it: {stream.errors}"
    if stream.done != 1:
        yield f"{stream.done} terminators"
    if len(stream.ids) != 1 or stream.models != {seen.model}:
        yield f"ids {stream.ids}, models {stream.models}"


def _broken(seen: Seen, must: Expected) -> Iterator[str]:
    yield from _content_type(seen.answer, "text/event-stream")
    stream = read_stream(seen.answer.body)
    yield from stream.trouble
    if not stream.text or not ANSWER.startswith(stream.text):
        yield f"text {stream.text!r}"
    if stream.done != 1:
        yield f"{stream.done} terminators"
    if len(stream.errors) != 1:
        yield f"a silent cut: {len(stream.errors)} error events"
        return
    error = stream.errors[0]
    yield from _error_object(error)
    if (error.get("type"), error.get("code")) != (must.type, must.code):
        yield f"error {error.get('type')}/{error.get('code')} instead of {must.type}/{must.code}"


def _error(cell: Cell, seen: Seen, must: Expected) -> Iterator[str]:
    answer = seen.answer
    yield from _content_type(answer, "application/json")
    body = answer.json()
    error = body.get("error")
    if list(body) != ["error"] or not isinstance(error, dict):
        yield f"no error object: {answer.body[:200]!r}"
        return
    yield from _error_object(error)
    if (error.get("type"), error.get("code")) != (must.type, must.code):
        yield f"error {error.get('type')}/{error.get('code')} instead of {must.type}/{must.code}"
    if cell.row.fault.said not in str(error.get("message")):
        yield f"it does not say {cell.row.fault.said!r}: {error.get('message')!r}"
    yield from _trail(error.get("trail"), answer, must, at_deadline=_at_deadline(cell, seen))
    told = answer.headers.get("retry-after", "")
    if must.retry_after is None:
        if told:
            yield f"Retry-After {told}"
    elif not told.isdigit() or not must.retry_after[0] <= int(told) <= must.retry_after[1]:
        yield f"Retry-After {told or 'missing'}, must be {must.retry_after[0]} to {must.retry_after[1]}"


def _error_object(error: dict[str, object]) -> Iterator[str]:
    if not set(error) >= _ERROR_KEYS or not set(error) <= _ERROR_KEYS | {"trail"}:
        yield f"keys {sorted(error)}"
    if not isinstance(error.get("message"), str) or not error["message"]:
        yield "no message"


def _trail(trail: object, answer: Answer, must: Expected, *, at_deadline: bool) -> Iterator[str]:
    if not isinstance(trail, list):
        yield "no trail"
        return
    tried = [each for each in trail if each.get("kind") != "skipped"]
    judged = tried[:-1] if len(tried) > 1 and at_deadline else tried
    if any(each.get("kind") != must.kind for each in judged):
        yield f"kinds {[each.get('kind') for each in tried]} instead of {must.kind}"
    if any(not isinstance(each.get("ms"), int | float) or not each.get("provider") for each in tried):
        yield f"trail {trail}"
    if str(len(tried)) != answer.headers.get("x-sixnines-attempts"):
        yield f"{len(tried)} attempts in the trail"


def _headers(seen: Seen, must: Expected) -> Iterator[str]:
    headers = seen.answer.headers
    found = headers.get("x-sixnines-attempts", "")
    if not found.isdigit() or not must.attempts[0] <= int(found) <= must.attempts[1]:
        least, most = must.attempts
        yield f"{found or 'no'} attempts instead of {least if least == most else f'{least} to {most}'}"
    if not headers.get("x-sixnines-provider", "").startswith(f"{must.provider}-"):
        yield f"provider {headers.get('x-sixnines-provider')} instead of {must.provider}"
    if must.fallback is not None and headers.get("x-sixnines-fallback", "") != must.fallback:
        yield f"fallback {headers.get('x-sixnines-fallback')} instead of {must.fallback or None}"
    if not headers.get("x-sixnines-request-id"):
        yield "no request id"
    if must.ending is not Ending.ERROR and headers.get("x-sixnines-model") != seen.model:
        yield f"x-sixnines-model {headers.get('x-sixnines-model')}"


def _afterwards(cell: Cell, seen: Seen, must: Expected) -> Iterator[str]:
    if seen.asked_b != must.asked_b:
        yield f"the other engine was asked {seen.asked_b} times instead of {must.asked_b}"
    if seen.faulty.breaker != must.breaker:
        yield f"breaker {seen.faulty.breaker} instead of {must.breaker}"
    if must.states and not _at_deadline(cell, seen) and seen.faulty.state not in must.states:
        yield f"state {seen.faulty.state} instead of {' or '.join(sorted(must.states))}"
    if seen.faulty.in_flight or (seen.other is not None and seen.other.in_flight):
        yield "a request is still counted as in flight"
    if seen.other is not None and (seen.other.breaker != "closed" or seen.other.state not in ("healthy", "unknown")):
        yield f"the other deployment is {seen.other}"


def _time(seen: Seen, must: Expected) -> Iterator[str]:
    if seen.added_ms > must.most_ms:
        yield f"{_LATE} {seen.added_ms:.0f} ms more, at most {must.most_ms:.0f} allowed"
    if seen.added_ms < must.least_ms:
        yield f"only {seen.added_ms:.0f} ms more: it did not wait for {must.least_ms:.0f}"
