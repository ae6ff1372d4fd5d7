"""What is told of usual requests, those that one attempt answered as a whole: spans and lines of prebuilt pieces.

Nearly all requests are like that, and differ in ids, times and numbers of tokens only. Pure. Never tells anything else
than the general way (`engine/spans.py`, `engine/request_line.py`): the pieces are cut out of what that makes, and laws
in `tests/laws` compare every byte.
"""

import functools
import struct
from collections.abc import Sequence
from typing import Final

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.log_settings import LogSettings
from sixnines.domain.operation import Operation
from sixnines.domain.trace_context import Traced
from sixnines.domain.trail import AttemptRole
from sixnines.engine.ended import Ended
from sixnines.engine.request_line import RequestLine, fields_of
from sixnines.engine.spans import finish_reasons, spans_of
from sixnines.telemetry import otlp_encoding as otlp
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.parcel import Parcel
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
_text: Final = msgspec.json.Encoder().encode
# Looked up once.
_lead: Final = otlp.span_lead
_PARENT_ID: Final = otlp.PARENT_ID

Key = tuple[str, str, str, Operation, bool]


class Shape:
    """What is told of requests that ask for the same and are answered by the same deployment, but for what differs."""

    __slots__ = ("_between", "_form", "_length")

    def __init__(self, ended: Ended) -> None:
        specimen = _specimen(ended)
        request, attempt = spans_of(specimen)
        names = list(request.attributes)
        at = names.index(_ID)
        before = otlp.span_attributes({name: request.attributes[name] for name in names[:at]})
        own_id = otlp.span_attributes({_ID: ended.entry.id})[:-_ID_LENGTH]
        after = otlp.span_attributes({name: request.attributes[name] for name in names[at + 1 :]})
        rest = otlp.span_attributes(attempt.attributes) + otlp.flags_of(attempt)
        self._length = len(otlp.encode_span(request))
        self._between = _line_between(specimen)
        # Lead, trace, span, parent; times; id; what is known of the answer. Trace, span, parent; times.
        self._form = b"".join((
            b"%b", _fixed(otlp.TRACE_ID), b"%b", _fixed(otlp.SPAN_ID), b"%b%b",
            _fixed(otlp.named(request)), b"%b", _fixed(before + own_id), b"%b", _fixed(after), b"%b",
            _fixed(otlp.flags_of(request) + otlp.span_lead(len(otlp.encode_span(attempt))) + otlp.TRACE_ID),
            b"%b", _fixed(otlp.SPAN_ID), b"%b", _fixed(otlp.PARENT_ID), b"%b",
            _fixed(otlp.named(attempt)), b"%b", _fixed(rest),
        ))  # fmt: skip

    def spans(self, ended: Ended, trace: Traced) -> bytes:
        """Both of them, for `telemetry.otlp_encoding.message`.

        Args:
            ended: a request of this shape.
            trace: its place in a trace.
        """
        entry, ids = ended.entry, trace.ids
        attempt, usage = entry.attempts[0], entry.usage
        trace_id, span_id = ids[:_TRACE], ids[_TRACE:]
        reasons = ended.reasons
        more = _reasons(finish_reasons(ended) if reasons is None else reasons)
        if usage is not None:
            more = more + _input_tokens(usage.prompt_tokens) + _output_tokens(usage.completion_tokens)
            if usage.cached_tokens is not None or usage.reasoning_tokens is not None:
                more = more + _cached_tokens(usage.cached_tokens) + _reasoning_tokens(usage.reasoning_tokens)
        if entry.cost_micros is not None:
            more = more + _cost_micros(entry.cost_micros)
        start = int((entry.ended_unix_s - entry.total_s) * _NANOS)
        end = start + int(entry.total_s * _NANOS)
        began = start + int(attempt.started_ms * _NANOS_OF_MS)
        parent = _PARENT_ID + trace.parent_id.to_bytes(8, "big") if trace.parent_id else b""
        return self._form % (
            _lead(self._length + len(more)), trace_id, span_id, parent, _times(start, _END, end), entry.id.encode(),
            more, trace_id, attempt.span.to_bytes(8, "big"), span_id, _times(began, _END, max(began, end)),
        )  # fmt: skip

    def line(self, ended: Ended, style: LogStyle) -> str:
        """The line, with its end."""
        entry, trace = ended.entry, ended.trace
        usage, cost = entry.usage, entry.cost_micros
        told = ""
        if usage is not None:
            prompt, completion = usage.prompt_tokens, usage.completion_tokens
            if prompt is not None and completion is not None:
                told = f',"prompt_tokens":{prompt},"completion_tokens":{completion}'
            elif prompt is not None:
                told = f',"prompt_tokens":{prompt}'
            elif completion is not None:
                told = f',"completion_tokens":{completion}'
        if cost is not None:
            told = f'{told},"cost_micros":{cost}'
        ids = ""
        if trace is not None:
            known = trace.ids.hex()
            ids = f'","trace_id":"{known[:32]}","span_id":"{known[32:]}'
        return (
            f'{{"time":"{style.time(entry.ended_unix_s)}","level":"info","message":"request ok",'
            f'"request_id":"{entry.id}{ids}{self._between}{entry.total_s * 1000:.1f}{told}{style.end}'
        )


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

    def of(self, ended: Ended) -> Shape | None:
        """The shape of a request that has ended; None where it is none of the usual ones."""
        entry, trace = ended.entry, ended.trace
        attempts = entry.attempts
        if len(attempts) != 1 or entry.word != _OK or entry.streamed or entry.status != _STATUS:
            return None
        attempt = attempts[0]
        if attempt.failure is not None or attempt.cancelled or attempt.broke or attempt.role is not _FIRST:
            return None
        if trace is not None and trace.state:
            return None
        if ended.snapshot is not self._snapshot:  # whoever ends later may make them again
            self._snapshot, self._known = ended.snapshot, {}
        key = (entry.asked, entry.model, attempt.deployment, entry.operation, trace is None or not trace.parent_id)
        found = self._known.get(key)
        return self._made(key, ended) if found is None else found

    def _made(self, key: Key, ended: Ended) -> Shape | None:
        entry = ended.entry
        strange = entry.first_content_s or entry.error is not None or len(entry.id) != _ID_LENGTH
        if strange or not ended.names_what_is_known or len(self._known) >= self._most:
            return None
        self._known[key] = made = Shape(ended)
        return made

    def told(
        self, slice_: Sequence[Ended], style: LogStyle | None, *, spans: bool
    ) -> tuple[list[Parcel | Ended], list[Parcel | RequestLine]]:
        """The spans and the lines of requests that have ended; of those that are not usual, what they are made of.

        Args:
            slice_: so many that all of it stays in the caches.
            style: of lines; None for none.
            spans: those that are sampled get spans.
        """
        made: list[bytes] = []
        lines: list[str] = []
        unusual: list[Ended] = []
        unusual_lines: list[RequestLine] = []
        tells_usual = style is not None and style.tells_usual
        for ended in slice_:
            trace, shape = ended.trace, self.of(ended)
            if spans and trace is not None and trace.sampled:
                if shape is not None:
                    made.append(shape.spans(ended, trace))
                else:
                    unusual.append(ended)
            if style is not None:
                if shape is not None and tells_usual:
                    lines.append(shape.line(ended, style))
                else:
                    unusual_lines.append(RequestLine(ended))
        packed = [Parcel(b"".join(made), len(made))] if made else []
        packed_lines = [Parcel("".join(lines).encode(errors="backslashreplace"), len(lines))] if lines else []
        return [*packed, *unusual], [*packed_lines, *unusual_lines]


def _specimen(ended: Ended) -> Ended:
    """A request of the same shape with nothing of what differs."""
    entry = msgspec.structs.replace(ended.entry, usage=None, cost_micros=None)
    parent = 1 if ended.trace is not None and ended.trace.parent_id else 0
    trace = Traced(bytes(range(1, 25)), parent, True, b"", 1, b"", _no_bits)
    return Ended(entry, ended.snapshot, trace, reasons=())


def _line_between(ended: Ended) -> str:
    """What stands in each line between the ids and the duration."""
    fields = fields_of(ended, _PLAIN)
    names = list(fields)
    between = {name: fields[name] for name in names[names.index("operation") : names.index("ms")]}
    return f'",{_text(between).decode()[1:-1]},"ms":'


def _no_bits(count: int) -> int:
    return count


def _fixed(piece: bytes) -> bytes:
    """As it stands in a form."""
    return piece.replace(b"%", b"%%")


_PLAIN: Final = LogStyle(LogSettings(), Redactor())


@functools.lru_cache(maxsize=256)
def _reasons(reasons: tuple[str, ...]) -> bytes:
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
