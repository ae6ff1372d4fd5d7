"""What is told of usual requests, those that one attempt answered as a whole: spans and lines of prebuilt pieces.

Nearly all requests are like that, and differ in ids, times and numbers of tokens only. Pure. Never tells anything else
than the general way (`engine/spans.py`, `engine/request_line.py`): the pieces are cut out of what that makes, and laws
in `tests/laws` compare every byte.
"""

import functools
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.attempt import Attempt, AttemptRole
from sixnines.domain.log_settings import LogSettings
from sixnines.domain.operation import Operation
from sixnines.domain.trace_context import Traced
from sixnines.engine.ended import Ended
from sixnines.engine.recent import Entry
from sixnines.engine.request_line import fields_of, line_of
from sixnines.engine.spans import finish_reasons, spans_of
from sixnines.telemetry import otlp_encoding as otlp
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.redaction import Redactor

MOST_SHAPES: Final = 16_384
"""Pairs of model and deployment that are remembered, at some 2 KiB. Those beyond go the general way."""

_NANOS: Final = 1_000_000_000
_NANOS_OF_MS: Final = 1_000_000
_FIRST: Final = AttemptRole.FIRST
_CHAT: Final = Operation.CHAT
_OK: Final = "ok"
_STATUS: Final = 200
_ID: Final = "sixnines.request.id"
_ID_LENGTH: Final = 24
_LINE: Final = b'{"time":"%b","level":"info","message":"request ok","request_id":"'
_TRACE_TEXT: Final = b'","trace_id":"'
_SPAN_TEXT: Final = b'","span_id":"'
_text: Final = msgspec.json.Encoder().encode
_values: Final = msgspec.structs.astuple
# Looked up once.
_place: Final = otlp.place
_lead: Final = otlp.span_lead
_TRACE_ID: Final = otlp.TRACE_ID
_SPAN_ID: Final = otlp.SPAN_ID
_START: Final = otlp.START
_END: Final = otlp.END
_PARENT_ID: Final = otlp.PARENT_ID

Values = tuple[Any, ...]
"""Of the fields of an entry, in their order. Machine code reads all of them at once in the time that two take."""
_OPERATION, _ASKED, _STREAMED, _MODEL, _WORD, _ANSWER, _ATTEMPTS, _USAGE, _AT, _TOTAL_S, _COST = (
    Entry.__struct_fields__.index(name)
    for name in (
        "operation", "asked", "streamed", "model", "word", "status", "attempts", "usage", "ended_unix_s", "total_s",
        "cost_micros",
    )
)  # fmt: skip
Key = tuple[str, str, str, Operation | None, bool]
"""None for chats: the hash of a member of an enum takes a call of Python code."""


class Shape:
    """What is told of requests that ask for the same and are answered by the same deployment, but for what differs.

    Args:
        ended: one of them.

    Attributes:
        length: bytes of the request's span, if nothing is known of the answer.
        before_id, before_known, before_attempt, rest: what stands in both spans before and behind what differs.
        between: what stands in each line between the ids and the duration.
    """

    __slots__ = ("before_attempt", "before_id", "before_known", "between", "length", "rest")

    def __init__(self, ended: Ended) -> None:
        specimen = _specimen(ended)
        request, attempt = spans_of(specimen)
        names = list(request.attributes)
        at = names.index(_ID)
        before = otlp.span_attributes({name: request.attributes[name] for name in names[:at]})
        own_id = otlp.span_attributes({_ID: ended.entry.id})[:-_ID_LENGTH]
        self.length = len(otlp.encode_span(request))
        self.before_id = otlp.named(request) + before + own_id
        self.before_known = otlp.span_attributes({name: request.attributes[name] for name in names[at + 1 :]})
        self.before_attempt = otlp.flags_of(request) + otlp.span_lead(len(otlp.encode_span(attempt)))
        self.rest = otlp.named(attempt) + otlp.span_attributes(attempt.attributes) + otlp.flags_of(attempt)
        self.between = _line_between(specimen)


class Spans:
    """Both spans of some requests, in pieces."""

    __slots__ = ("_count", "_pieces")

    def __init__(self) -> None:
        self._count = 0
        self._pieces: list[bytes] = []

    def add(self, shape: Shape, ended: Ended, trace: Traced, values: Values) -> None:
        """Those of one more.

        Args:
            shape: that of the request.
            ended: the request.
            trace: its place in a trace.
            values: of its entry.
        """
        request_id: str = values[0]
        total_s: float = values[_TOTAL_S]
        at: float = values[_AT]
        attempt: Attempt = values[_ATTEMPTS][0]
        usage, cost = values[_USAGE], values[_COST]
        trace_id, span_id, parent_id = trace.trace_id, trace.span_id, trace.parent_id
        reasons = ended.reasons
        known = _reasons(finish_reasons(ended) if reasons is None else reasons)
        if usage is not None:
            prompt, completion, cached, reasoning = _values(usage)
            known = known + _input_tokens(prompt) + _output_tokens(completion)
            if cached is not None or reasoning is not None:
                known = known + _cached_tokens(cached) + _reasoning_tokens(reasoning)
        if cost is not None:
            known = known + _cost_micros(cost)
        start = int((at - total_s) * _NANOS)
        end = start + int(total_s * _NANOS)
        began = start + int(attempt.started_ms * _NANOS_OF_MS)
        until = end if end > began else began  # noqa: FURB136 - a call that takes as long as the rest of the line
        self._count += 1
        self._pieces += (
            _lead(shape.length + len(known)),
            _place(_TRACE_ID, trace_id, _SPAN_ID, span_id, _START, start, _END, end),
            _PARENT_ID + parent_id if parent_id else parent_id,
            shape.before_id, request_id.encode(), shape.before_known, known, shape.before_attempt,
            _place(_TRACE_ID, trace_id, _SPAN_ID, attempt.span, _START, began, _END, until), _PARENT_ID, span_id,
            shape.rest,
        )  # fmt: skip

    def packed(self) -> Parcel | None:
        """All of them, for `telemetry.otlp_encoding.message`; None where there are none."""
        return Parcel(b"".join(self._pieces), self._count) if self._count else None


class Lines:
    """Lines of some requests, in pieces.

    Args:
        style: tells of usual requests.
    """

    __slots__ = ("_begin", "_count", "_end", "_moment", "_pieces", "_style")

    def __init__(self, style: LogStyle) -> None:
        self._count = 0
        self._pieces: list[bytes] = []
        self._style = style
        self._moment = -1
        self._begin = b""
        self._end = style.end.encode()

    def add(self, shape: Shape, trace: Traced | None, values: Values) -> None:
        """That of one more.

        Args:
            shape: that of the request.
            trace: its place in a trace, if it has one.
            values: of its entry.
        """
        request_id: str = values[0]
        total_s: float = values[_TOTAL_S]
        at: float = values[_AT]
        usage = values[_USAGE]
        now = int(at * 1000)
        if now != self._moment:  # of many lines, most come in the same millisecond as the one before
            self._moment, self._begin = now, _LINE % self._style.time(at).encode()
        prompt = completion = None
        if usage is not None:
            prompt, completion, _, _ = _values(usage)
        self._count += 1
        pieces = self._pieces
        pieces += (self._begin, request_id.encode())
        if trace is not None:
            pieces += (_TRACE_TEXT, trace.trace_text, _SPAN_TEXT, trace.span_text)
        pieces += (
            shape.between, b"%.1f" % (total_s * 1000),
            _prompt_told(prompt), _completion_told(completion), _cost_told(values[_COST]), self._end,
        )  # fmt: skip

    def packed(self) -> Parcel | None:
        """All of them; None where there are none."""
        return Parcel(b"".join(self._pieces), self._count) if self._count else None


class Told(msgspec.Struct, frozen=True):
    """What is told of some requests.

    Attributes:
        spans, lines: of usual ones; None where there are none.
        without_spans, without_lines: the others, of which `Shapes.spans` and `Shapes.line` are yet to tell.
    """

    spans: Parcel | None
    without_spans: list[Ended]
    lines: Parcel | None
    without_lines: list[Ended]


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

    def told(self, slice_: Sequence[Ended], style: LogStyle | None, *, spans: bool) -> Told:
        """The spans and the lines of requests that have ended, of those that are usual.

        Args:
            slice_: so many that all of it stays in the caches.
            style: of lines; None for none.
            spans: those that are sampled get spans.
        """
        made = Spans()
        unusual: list[Ended] = []
        lines = Lines(style) if style is not None and style.tells_usual else None
        unusual_lines: list[Ended] = []
        for ended in slice_:
            trace, values = ended.trace, _values(ended.entry)
            shape = self._of(ended, trace, values)
            if spans and trace is not None and trace.sampled:
                if shape is not None:
                    made.add(shape, ended, trace, values)
                else:
                    unusual.append(ended)
            if shape is not None and lines is not None:
                lines.add(shape, trace, values)
            elif style is not None:
                unusual_lines.append(ended)
        return Told(made.packed(), unusual, None if lines is None else lines.packed(), unusual_lines)

    @staticmethod
    def line(ended: Ended, style: LogStyle) -> Parcel | None:
        """The line about any request; None where the level says that there is none."""
        line = line_of(ended, style)
        return Parcel(line, 1) if line else None

    @staticmethod
    def spans(ended: Ended) -> Parcel:
        """The spans of any request that is sampled."""
        return Parcel(otlp.encoded(spans_of(ended)), 1)

    def _of(self, ended: Ended, trace: Traced | None, values: Values) -> Shape | None:
        """The shape of a request; None where it is none of the usual ones."""
        attempts: list[Attempt] = values[_ATTEMPTS]
        if values[_WORD] != _OK or len(attempts) != 1 or values[_STREAMED] or values[_ANSWER] != _STATUS:
            return None
        deployment, _, failure, _, _, role, cancelled, _, broke = _values(attempts[0])
        if failure is not None or cancelled or broke or role is not _FIRST:
            return None
        if trace is not None and trace.state:
            return None
        if ended.snapshot is not self._snapshot:  # whoever ends later may make them again
            self._snapshot, self._known = ended.snapshot, {}
        operation = values[_OPERATION]
        seldom = None if operation is _CHAT else operation
        key = (values[_ASKED], values[_MODEL], deployment, seldom, trace is None or not trace.parent_id)
        found = self._known.get(key)
        return self._made(key, ended) if found is None else found

    def _made(self, key: Key, ended: Ended) -> Shape | None:
        entry = ended.entry
        strange = entry.first_content_s or entry.error is not None or len(entry.id) != _ID_LENGTH
        if strange or not ended.names_what_is_known or len(self._known) >= self._most:
            return None
        self._known[key] = made = Shape(ended)
        return made


def _specimen(ended: Ended) -> Ended:
    """A request of the same shape with nothing of what differs."""
    entry = msgspec.structs.replace(ended.entry, usage=None, cost_micros=None)
    parent = _SPAN if ended.trace is not None and ended.trace.parent_id else b""
    trace = Traced(2 * _SPAN, _SPAN, parent, True, b"", _SPAN, b"", b"", b"", _no_bits)
    return Ended(entry, ended.snapshot, trace, reasons=())


def _line_between(ended: Ended) -> bytes:
    """What stands in each line between the ids and the duration."""
    fields = fields_of(ended, _PLAIN)
    names = list(fields)
    between = {name: fields[name] for name in names[names.index("operation") : names.index("ms")]}
    return b'",%b,"ms":' % _text(between)[1:-1]


def _no_bits(count: int) -> int:
    return count


_SPAN: Final = b"\1" * 8


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


@functools.lru_cache(maxsize=_COUNTS)
def _prompt_told(count: int | None) -> bytes:
    return b"" if count is None else b',"prompt_tokens":%d' % count


@functools.lru_cache(maxsize=_COUNTS)
def _completion_told(count: int | None) -> bytes:
    return b"" if count is None else b',"completion_tokens":%d' % count


@functools.lru_cache(maxsize=_COUNTS)
def _cost_told(micros: int | None) -> bytes:
    return b"" if micros is None else b',"cost_micros":%d' % micros
