"""The spans of a request that has ended: one for the request, and one below it for each attempt. Pure.

Never holds a prompt, an answer or a provider's words. Names follow OpenTelemetry's semantic conventions of schema
1.44.0 (package opentelemetry-semantic-conventions 0.66b2), in which those of GenAI are in development; what they have
no name for begins with `sixnines.`.
"""

import functools
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from sixnines.config.snapshot import ProviderSpec
from sixnines.domain.operation import Operation
from sixnines.domain.trace_context import Traced
from sixnines.domain.trail import Attempt, AttemptRole
from sixnines.engine.ended import Ended
from sixnines.engine.recent import Entry, Outcome
from sixnines.telemetry.redaction import Redactor
from sixnines.telemetry.span import Attribute, Span, SpanEvent, SpanKind

Attributes = dict[str, Attribute]

OPERATIONS: Final = {
    Operation.CHAT: "chat", Operation.COMPLETION: "text_completion", Operation.EMBEDDING: "embeddings",
}  # fmt: skip
"""`gen_ai.operation.name`."""

_NANOS: Final = 1_000_000_000
_OK: Final = 200
_SERVER_ERROR: Final = 500
# Not within a string: there the quotes have a backslash.
_FINISH: Final = re.compile(rb'(?<!\\)"finish_reason"\s*:\s*"([a-z_]{1,32})"')
_MOST_REASONS: Final = 16


def spans_of(ended: Ended) -> list[Span]:
    """The request's span first; [] for one that is not traced."""
    trace = ended.trace
    if trace is None:
        return []
    entry = ended.entry
    start_ns = int((entry.ended_unix_s - entry.total_s) * _NANOS)
    end_ns = start_ns + int(entry.total_s * _NANOS)
    operation = OPERATIONS[entry.operation]
    request = Span(
        name=_name(operation, _asked(ended) if entry.attempts or entry.skipped else ""),
        kind=SpanKind.SERVER,
        trace_id=trace.trace_id,
        span_id=trace.span_id,
        parent_id=trace.parent_id,
        parent_is_remote=True,
        state=trace.state.decode(),
        start_ns=start_ns,
        end_ns=end_ns,
        attributes=_request_attributes(ended, operation),
        events=tuple(_events(entry, start_ns)),
        error=_error_of(entry),
    )
    return [request, *_attempt_spans(ended, trace, start_ns, end_ns)]


def finish_reasons(ended: Ended) -> tuple[str, ...]:
    """Why the answer ended, of each choice that says so; the same reason once."""
    if ended.reasons is not None:
        return ended.reasons
    found = dict.fromkeys(each.decode() for each in _FINISH.findall(ended.tail))
    return tuple(found)[:_MOST_REASONS]


def _asked(ended: Ended) -> str:
    """The model's name as the caller wrote it."""
    if ended.names_what_is_known:
        return ended.entry.asked
    return _redactor(ended.snapshot.server.observing.secrets).line(ended.entry.asked)


_redactor = functools.lru_cache(maxsize=4)(Redactor)


def _name(operation: str, model: str) -> str:
    return f"{operation} {model}" if model else operation


def _error_of(entry: Entry) -> str | None:
    """What the request failed with, where it was the gateway's or a provider's failure (HTTP conventions, servers)."""
    match entry.outcome:
        case Outcome.OK | Outcome.CLIENT_GONE:
            return None
        case Outcome.BROKEN | Outcome.BUG:
            return entry.word
        case Outcome.FAILED | Outcome.REFUSED:
            return entry.word if entry.status >= _SERVER_ERROR else None


def _request_attributes(ended: Ended, operation: str) -> Attributes:
    entry, server = ended.entry, ended.snapshot.server
    attributes: Attributes = {
        "gen_ai.operation.name": operation,
        "server.address": server.host,
        "sixnines.request.id": entry.id,
        "sixnines.outcome": entry.word,
        "sixnines.attempts": len(entry.attempts),
    }
    if server.port:
        attributes["server.port"] = server.port
    if entry.asked:
        attributes["gen_ai.request.model"] = _asked(ended)
    if entry.streamed:
        attributes["gen_ai.request.stream"] = True
    if entry.status:
        attributes["http.response.status_code"] = entry.status
    if entry.outcome is not Outcome.OK:
        attributes["error.type"] = entry.error or entry.word
    attributes |= _answer_attributes(ended)
    return attributes


def _answer_attributes(ended: Ended) -> Attributes:
    entry, attributes = ended.entry, Attributes()
    answered = next((each for each in entry.attempts if each.answered or each.broke), None)
    if answered is not None:
        attributes["gen_ai.provider.name"] = _provider_name(ended, answered)
        attributes["sixnines.provider"] = answered.provider
    if entry.model:
        attributes["gen_ai.response.model"] = entry.model
    if entry.first_content_s:
        attributes["gen_ai.response.time_to_first_chunk"] = entry.first_content_s
    if reasons := finish_reasons(ended):
        attributes["gen_ai.response.finish_reasons"] = reasons
    if entry.usage is not None:
        told = {
            "gen_ai.usage.input_tokens": entry.usage.prompt_tokens,
            "gen_ai.usage.output_tokens": entry.usage.completion_tokens,
            "gen_ai.usage.cache_read.input_tokens": entry.usage.cached_tokens,
            "gen_ai.usage.reasoning.output_tokens": entry.usage.reasoning_tokens,
        }
        attributes |= {name: value for name, value in told.items() if value is not None}
    if entry.cost_micros is not None:
        attributes["sixnines.cost_micros"] = entry.cost_micros
    return attributes


def _events(entry: Entry, start_ns: int) -> list[SpanEvent]:
    """The commit point and each change to another candidate, in the order of time."""
    events: list[SpanEvent] = []
    if entry.first_content_s:
        at_ns = start_ns + int(entry.first_content_s * _NANOS)
        answered = next((each for each in entry.attempts if each.answered or each.broke), None)
        about: Attributes = {} if answered is None else {"sixnines.deployment": answered.deployment}
        events.append(SpanEvent("sixnines.commit", at_ns, about))
    begun = sorted(entry.attempts, key=lambda each: each.started_ms)
    for before, after in pairwise(begun):
        if after.role in (AttemptRole.FALLBACK, AttemptRole.CONTINUATION):
            about = {
                "sixnines.from": before.deployment,
                "sixnines.to": after.deployment,
                "sixnines.reason": before.word,
            }
            events.append(SpanEvent("sixnines.fallback", start_ns + _ms(after.started_ms), about))
    return sorted(events, key=lambda each: each.at_ns)


def _attempt_spans(ended: Ended, trace: Traced, start_ns: int, end_ns: int) -> list[Span]:
    operation, attempts = OPERATIONS[ended.entry.operation], ended.entry.attempts
    spans = []
    for number, attempt in enumerate(sorted(attempts, key=lambda each: each.started_ms), 1):
        began_ns = start_ns + _ms(attempt.started_ms)
        until_ns = _end_of(attempt, attempts, start_ns, end_ns)
        model = attempt.deployment.removeprefix(f"{attempt.provider}/")
        spans.append(
            Span(
                name=_name(operation, model),
                kind=SpanKind.CLIENT,
                trace_id=trace.trace_id,
                span_id=attempt.span,
                parent_id=trace.span_id,
                parent_is_remote=False,
                state=trace.state.decode(),
                start_ns=began_ns,
                end_ns=max(began_ns, until_ns),
                attributes=_attempt_attributes(ended, attempt, number) | {
                    "gen_ai.operation.name": operation, "gen_ai.request.model": model,
                },
                error=None if attempt.failure is None else attempt.failure.kind.value,
            )
        )  # fmt: skip
    return spans


def _end_of(attempt: Attempt, attempts: Sequence[Attempt], start_ns: int, end_ns: int) -> int:
    """When an attempt was over. One whose answer was delivered goes on after its first content, for which it is timed:
    to the end of the answer, or to where another went on with it.
    """
    if not attempt.answered and not attempt.broke:
        return start_ns + _ms(attempt.started_ms + attempt.milliseconds)
    later = [
        each.started_ms for each in attempts
        if each.role is AttemptRole.CONTINUATION and each.started_ms > attempt.started_ms
    ]  # fmt: skip
    return start_ns + _ms(min(later)) if later else end_ns


def _attempt_attributes(ended: Ended, attempt: Attempt, number: int) -> Attributes:
    attributes: Attributes = {
        "gen_ai.provider.name": _provider_name(ended, attempt),
        "sixnines.provider": attempt.provider,
        "sixnines.deployment": attempt.deployment,
        "sixnines.attempt.number": number,
        "sixnines.attempt.role": attempt.role.value,
        "sixnines.attempt.outcome": attempt.word,
    }
    provider = ended.snapshot.providers.get(attempt.provider)
    if provider is not None:
        attributes |= {"server.address": provider.origin.host, "server.port": provider.origin.port}
    failure = attempt.failure
    if failure is not None:
        attributes["error.type"] = failure.kind.value
        if failure.status is not None:
            attributes["http.response.status_code"] = failure.status
        if failure.retry_after_s is not None:
            attributes["sixnines.retry_after_s"] = failure.retry_after_s
    elif attempt.answered:
        attributes["http.response.status_code"] = _OK
    return attributes


def _provider_name(ended: Ended, attempt: Attempt) -> str:
    """`gen_ai.provider.name`: `openai` and `anthropic` are among its well-known values, all other kinds are our own."""
    provider: ProviderSpec | None = ended.snapshot.providers.get(attempt.provider)
    return attempt.provider if provider is None else provider.kind.name


def _ms(milliseconds: float) -> int:
    return int(milliseconds * 1_000_000)
