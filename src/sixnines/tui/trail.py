"""The trail of one request as text: who was tried, what came of it, who was passed over and why. Pure."""

from collections.abc import Iterator

from rich.text import Text

from sixnines.client.seen import Attempt, Request
from sixnines.client.words import milliseconds, plain

_GOOD, _BAD, _DIM = "green", "bold red", "dim"


def trail_text(request: Request) -> Text:
    """All that is known of it."""
    text = Text()
    for line in _lines(request):
        text.append_text(line).append("\n")
    return text


def _lines(request: Request) -> Iterator[Text]:
    yield Text(f"Request {request.id}", "bold")
    yield Text(
        f"arrived {request.arrived_at}" + (f", served by revision {request.revision}" if request.revision else "")
    )
    form = "streamed" if request.streamed else "whole"
    yield Text(plain(f"asked for {request.asked_model or '(nothing)'}, {request.operation or 'a call'}, {form}"))
    yield _outcome(request)
    yield Text(
        f"first content after {milliseconds(request.first_content_ms)}, all after {milliseconds(request.total_ms)}"
    )
    if request.usage is not None:
        used = request.usage
        yield Text(f"{used.prompt_tokens or 0} tokens in, {used.completion_tokens or 0} out")
    yield Text()
    yield Text("Tried" if request.attempts else "Nobody was tried", "bold")
    for number, attempt in enumerate(request.attempts, 1):
        yield from _attempt(number, attempt)
    yield Text()
    yield Text("Passed over" if request.skipped else "Nobody was passed over", "bold")
    for skipped in request.skipped:
        yield Text(plain(f"  {skipped.deployment}: {skipped.reason}"))


def _outcome(request: Request) -> Text:
    status = "" if request.status is None else f", status {request.status}"
    if request.outcome == "ok":
        by = request.provider
        return Text(f"answered by {request.model or '?'} at {by}{status}", _GOOD)
    kind = "" if request.kind is None else f" ({request.kind})"
    error = "" if request.error is None else f", its caller was told {request.error}"
    return Text(plain(f"{request.outcome.replace('_', ' ')}{kind}{status}{error}"), _BAD)


def _attempt(number: int, attempt: Attempt) -> Iterator[Text]:
    style = _GOOD if attempt.kind == "ok" else _DIM if attempt.kind == "cancelled" else _BAD
    line = Text(f"  {number}. {attempt.deployment} ({attempt.role}) ")
    line.append(attempt.kind, style)
    status = "" if attempt.status is None else f", status {attempt.status}"
    line.append(f"{status}, begun at {milliseconds(attempt.started_ms)}, took {milliseconds(attempt.ms)}")
    yield line
    if attempt.message:
        yield Text(plain(f"     {attempt.message}"))
    if attempt.retry_after_s is not None:
        yield Text(f"     asked to be left alone for {attempt.retry_after_s:g} s")
