"""What is told of the usual request, one that its first attempt answered as a whole: spans and line of prebuilt pieces.

Nearly all requests are like that, and differ in ids, times and numbers of tokens only. Pure. Never tells anything else
than the general way (`engine/spans.py`, `engine/request_line.py`): the pieces are cut out of what that makes, and laws
in `tests/laws` compare every byte.
"""

import functools
import struct
from typing import Final

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.log_settings import LogSettings
from sixnines.domain.operation import Operation
from sixnines.domain.trace_context import Traced
from sixnines.domain.trail import AttemptRole
from sixnines.engine.ended import TAIL, Ended
from sixnines.engine.recent import Entry
from sixnines.engine.request_line import fields_of
from sixnines.engine.spans import finish_reasons, spans_of
from sixnines.telemetry import otlp_encoding as otlp
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.redaction import Redactor

MOST_SHAPES: Final = 16_384
"""Pairs of model and deployment that are remembered, at some 2 KiB. Those beyond go the general way."""

_NANOS: Final = 1_000_000_000
_NANOS_OF_MS: Final = 1_000_000
_TRACE: Final = 16
_FIRST: Final = AttemptRole.FIRST
_OK: Final = "ok"
_STATUS: Final = 200
_ID: Final = "sixnines.request.id"
_ID_LENGTH: Final = 24
_times: Final = struct.Struct("<QBQ").pack
_END: Final = otlp.END[0]
# Looked up once.
_lead: Final = otlp.span_lead
_TRACE_ID: Final = otlp.TRACE_ID
_SPAN_ID: Final = otlp.SPAN_ID
_PARENT_ID: Final = otlp.PARENT_ID
_QUOTED: Final = b'"finish_reason"'
_PIECE: Final = 34  # bytes, with the longest reason of OpenAI's and a blank
_text: Final = msgspec.json.Encoder().encode

Key = tuple[str, str, str, Operation, bool]


class Shape:
    """The pieces of requests that ask for the same and are answered by the same deployment."""

    __slots__ = (
        "_after_id", "_attempt_lead", "_attempt_name", "_attempt_rest",
        "_before_id", "_flags", "_length", "_line", "_name", "_parent",
    )  # fmt: skip

    def __init__(self, ended: Ended) -> None:
        entry = msgspec.structs.replace(ended.entry, usage=None, cost_micros=None)
        parent = 1 if ended.trace is not None and ended.trace.parent_id else 0
        place = Traced(bytes(range(1, 25)), parent, True, b"", _no_bits)
        specimen = msgspec.structs.replace(ended, entry=entry, trace=place, tail=b"", asked=b"", answered=b"")
        request, attempt = spans_of(specimen)
        names = list(request.attributes)
        at = names.index(_ID)
        before = {name: request.attributes[name] for name in names[:at]}
        after = {name: request.attributes[name] for name in names[at + 1 :]}
        self._parent = bool(parent)
        self._name = otlp.named(request)
        self._before_id = otlp.span_attributes(before) + otlp.span_attributes({_ID: entry.id})[:-_ID_LENGTH]
        self._after_id = otlp.span_attributes(after)
        self._flags = otlp.flags_of(request)
        self._length = len(otlp.encode_span(request))
        self._attempt_lead = otlp.span_lead(len(otlp.encode_span(attempt))) + otlp.TRACE_ID
        self._attempt_name = otlp.named(attempt)
        self._attempt_rest = otlp.span_attributes(attempt.attributes) + otlp.flags_of(attempt)
        self._line = _line_between(specimen)

    def spans(self, entry: Entry, trace: Traced, body: bytes) -> bytes:
        """Both of them, for `telemetry.otlp_encoding.joined`.

        Args:
            entry: a request of this shape.
            trace: its place in a trace.
            body: of the answer.
        """
        attempt, usage, ids = entry.attempts[0], entry.usage, trace.ids
        trace_id, span_id = ids[:_TRACE], ids[_TRACE:]
        more = _finish(body)
        if usage is not None:
            more = more + _input_tokens(usage.prompt_tokens) + _output_tokens(usage.completion_tokens)
            if usage.cached_tokens is not None or usage.reasoning_tokens is not None:
                more = more + _cached_tokens(usage.cached_tokens) + _reasoning_tokens(usage.reasoning_tokens)
        if entry.cost_micros is not None:
            more = more + _cost_micros(entry.cost_micros)
        start = int((entry.ended_unix_s - entry.total_s) * _NANOS)
        end = start + int(entry.total_s * _NANOS)
        began = start + int(attempt.started_ms * _NANOS_OF_MS)
        parent = _PARENT_ID + trace.parent_id.to_bytes(8, "big") if self._parent else b""
        return b"".join((
            _lead(self._length + len(more)), _TRACE_ID, trace_id, _SPAN_ID, span_id, parent,
            self._name, _times(start, _END, end), self._before_id, entry.id.encode(), self._after_id, more, self._flags,
            self._attempt_lead, trace_id, _SPAN_ID, attempt.span.to_bytes(8, "big"), _PARENT_ID, span_id,
            self._attempt_name, _times(began, _END, max(began, end)), self._attempt_rest,
        ))  # fmt: skip

    def line(self, entry: Entry, trace: Traced | None, style: LogStyle) -> bytes:
        """The line in JSON, with its end."""
        usage = entry.usage
        if trace is None:
            ids = ""
        else:
            known = trace.ids.hex()
            ids = f'","trace_id":"{known[:32]}","span_id":"{known[32:]}'
        prompt = completion = None
        if usage is not None:
            prompt, completion = usage.prompt_tokens, usage.completion_tokens
        told = "" if prompt is None else f',"prompt_tokens":{prompt}'
        if completion is not None:
            told = f'{told},"completion_tokens":{completion}'
        if entry.cost_micros is not None:
            told = f'{told},"cost_micros":{entry.cost_micros}'
        return (
            f'{{"time":"{style.time(entry.ended_unix_s)}","level":"info","message":"request ok",'
            f'"request_id":"{entry.id}{ids}{self._line}{entry.total_s * 1000:.1f}{told}{style.end}'
        ).encode()


class Shapes:
    """The shapes of one config, made as they come.

    Args:
        most: are remembered.
    """

    __slots__ = ("_known", "_most", "_snapshot")

    def __init__(self, most: int = MOST_SHAPES) -> None:
        self._most = most
        self._known: dict[Key, Shape] = {}
        self._snapshot: Snapshot | None = None

    def of(self, entry: Entry, snapshot: Snapshot, trace: Traced | None) -> Shape | None:
        """The shape of a request that has ended; None where it is none of the usual ones."""
        attempts = entry.attempts
        if len(attempts) != 1 or entry.word != _OK or entry.streamed or entry.status != _STATUS:
            return None
        attempt = attempts[0]
        if attempt.failure is not None or attempt.cancelled or attempt.broke or attempt.role is not _FIRST:
            return None
        if trace is not None and trace.state:
            return None
        if snapshot is not self._snapshot:  # shapes are of a config: whoever ends later may make them again
            self._snapshot, self._known = snapshot, {}
        key = (entry.asked, entry.model, attempt.deployment, entry.operation, trace is None or not trace.parent_id)
        found = self._known.get(key)
        return self._made(key, entry, snapshot, trace) if found is None else found

    def _made(self, key: Key, entry: Entry, snapshot: Snapshot, trace: Traced | None) -> Shape | None:
        ended = Ended(entry, snapshot, trace)
        strange = entry.first_content_s or entry.error is not None or len(entry.id) != _ID_LENGTH
        if strange or not ended.names_what_is_known or len(self._known) >= self._most:
            return None
        self._known[key] = made = Shape(ended)
        return made


def _no_bits(count: int) -> int:
    return count


def _line_between(ended: Ended) -> str:
    """What stands in each line between the ids and the duration."""
    style = _PLAIN
    fields = fields_of(ended, style)
    names = list(fields)
    between = {name: fields[name] for name in names[names.index("operation") : names.index("ms")]}
    return f'",{_text(between).decode()[1:-1]},"ms":'


_PLAIN: Final = LogStyle(LogSettings(), Redactor())


def _finish(body: bytes) -> bytes:
    """The attribute with the reasons why an answer ended, if it says any."""
    tail = body if len(body) <= TAIL else body[-TAIL:]
    at = tail.find(_QUOTED)
    if at < 0:
        return b""
    if at and tail.find(_QUOTED, at + 1) < 0 and (known := _finished(tail[at - 1 : at + _PIECE])):
        return known
    reasons = finish_reasons(tail)
    return otlp.span_attributes({"gen_ai.response.finish_reasons": reasons}) if reasons else b""


@functools.lru_cache(maxsize=256)
def _finished(piece: bytes) -> bytes:
    """The same of a piece of a body that says it once; b"" where it does not say all of it."""
    reasons = finish_reasons(piece)
    return otlp.span_attributes({"gen_ai.response.finish_reasons": reasons}) if reasons else b""


def _tokens(name: str, count: int | None) -> bytes:
    return b"" if count is None else otlp.span_attributes({name: count})


# Most answers have as many tokens as some other.
_COUNTS: Final = 4096


@functools.lru_cache(maxsize=_COUNTS)
def _input_tokens(count: int | None) -> bytes:
    return _tokens("gen_ai.usage.input_tokens", count)


@functools.lru_cache(maxsize=_COUNTS)
def _output_tokens(count: int | None) -> bytes:
    return _tokens("gen_ai.usage.output_tokens", count)


@functools.lru_cache(maxsize=_COUNTS)
def _cached_tokens(count: int | None) -> bytes:
    return _tokens("gen_ai.usage.cache_read.input_tokens", count)


@functools.lru_cache(maxsize=_COUNTS)
def _reasoning_tokens(count: int | None) -> bytes:
    return _tokens("gen_ai.usage.reasoning.output_tokens", count)


@functools.lru_cache(maxsize=_COUNTS)
def _cost_micros(micros: int) -> bytes:
    return _tokens("sixnines.cost_micros", micros)
