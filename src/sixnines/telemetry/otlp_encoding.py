"""Spans as an `ExportTraceServiceRequest` of OTLP, in protobuf's wire format. Pure.

OpenTelemetry's own encoder takes four times as long, and a dozen packages. Numbers of fields: opentelemetry-proto,
`trace/v1/trace.proto`, `common/v1/common.proto` and `resource/v1/resource.proto`. Wire format: https://protobuf.dev/programming-guides/encoding/.
"""

import functools
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sixnines.telemetry.span import Attribute, Span, SpanEvent, SpanKind

_KINDS: Final = {SpanKind.SERVER: 2, SpanKind.CLIENT: 3}
_ERROR: Final = 2  # Status.StatusCode
_SAMPLED: Final = 1
# SpanFlags: whether the parent is remote is known, and it is. https://opentelemetry.io/docs/specs/otel/trace/api/
_KNOWN: Final = 0x100
_REMOTE: Final = 0x200
_fixed64 = struct.Struct("<Q").pack
_fixed32 = struct.Struct("<I").pack
_double = struct.Struct("<d").pack


def encode(spans: Iterable[Span], resource: bytes, scope: bytes, schema: str) -> bytes:
    """One message with all `spans`.

    Args:
        spans: of one gateway.
        resource: see `resource_of`.
        scope: see `scope_of`.
        schema: the address of the semantic conventions that names follow.
    """
    return b"".join(message([encoded(spans)], resource, scope, schema))


def encoded(spans: Iterable[Span]) -> bytes:
    """Some of the spans for `message`."""
    return b"".join([_bytes(2, encode_span(each)) for each in spans])


def message(spans: Sequence[bytes], resource: bytes, scope: bytes, schema: str) -> list[bytes]:
    """The same as `encode` of spans that are encoded already, in pieces: these, and what goes around them.

    To join them would cost more than it looks: each copy of half a megabyte takes the place of all else in the caches.
    """
    shown, about, origin = _text(3, schema), _bytes(1, scope), _bytes(1, resource)
    inner = len(about) + sum(map(len, spans)) + len(shown)
    opening = b"\x12%b" % _varint(inner)
    outer = len(origin) + len(opening) + inner + len(shown)
    return [b"".join([b"\x0a", _varint(outer), origin, opening, about]), *spans, shown + shown]


def resource_of(attributes: Mapping[str, Attribute]) -> bytes:
    """A `Resource`."""
    return b"".join(_attributes(1, attributes))


def scope_of(name: str, version: str) -> bytes:
    """An `InstrumentationScope`."""
    return _text(1, name) + _text(2, version)


def encode_span(span: Span) -> bytes:
    """One span, without what stands before it."""
    parts = [place(TRACE_ID, span.trace_id, SPAN_ID, span.span_id, START, span.start_ns, END, span.end_ns)]
    if span.parent_id:
        parts += [PARENT_ID, span.parent_id]
    if span.state:
        parts.append(_text(3, span.state))
    parts += [named(span), *_attributes(9, span.attributes), *(_bytes(11, _event(each)) for each in span.events)]
    if span.error is not None:
        parts.append(_bytes(15, _text(2, span.error) + b"\x18" + _varint(_ERROR)))
    parts.append(flags_of(span))
    return b"".join(parts)


# What a span that is put together of prebuilt pieces is made of (`engine/usual.py`), in this order: `place` of eight
# values, perhaps `PARENT_ID` and 8 bytes, `named`, attributes, `flags_of`.
place: Final = struct.Struct("<2s16s2s8sBQBQ").pack
TRACE_ID: Final = b"\x0a\x10"
SPAN_ID: Final = b"\x12\x08"
START: Final = 0x39
END: Final = 0x41
PARENT_ID: Final = b"\x22\x08"


def named(span: Span) -> bytes:
    """Its name and kind."""
    return b"".join([_text(5, span.name), b"\x30", _varint(_KINDS[span.kind])])


def flags_of(span: Span) -> bytes:
    """The end of a span that is no error."""
    flags = _SAMPLED | _KNOWN
    if span.parent_id and span.parent_is_remote:
        flags |= _REMOTE
    return b"\x85\x01" + _fixed32(flags)


def span_attributes(attributes: Mapping[str, Attribute]) -> bytes:
    """Attributes of a span."""
    return b"".join(_attributes(9, attributes))


@functools.lru_cache(maxsize=4096)  # lengths of spans, which are alike
def span_lead(length: int) -> bytes:
    """What stands before a span of so many bytes."""
    return b"\x12" + _varint(length)


def _event(event: SpanEvent) -> bytes:
    return b"".join([b"\x09", _fixed64(event.at_ns), _text(2, event.name), *_attributes(3, event.attributes)])


def _attributes(field: int, attributes: Mapping[str, Attribute]) -> list[bytes]:
    return [
        _made(field, key, value) if key in _SELDOM_TWICE else _known(field, key, value)
        for key, value in attributes.items()
    ]


def _made(field: int, key: str, value: Attribute) -> bytes:
    return _bytes(field, _text(1, key) + _bytes(2, _value(value)))


# Nearly all are names of the config and small numbers. A name that a caller invents is forgotten again.
_known = functools.lru_cache(maxsize=4096, typed=True)(_made)
_SELDOM_TWICE = frozenset({"sixnines.request.id", "gen_ai.response.time_to_first_chunk"})


def _value(value: Attribute) -> bytes:
    match value:
        case bool():
            return b"\x10" + _varint(value)
        case str():
            return _text(1, value)
        case int():
            return b"\x18" + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)  # int64: two's complement
        case float():
            return b"\x21" + _double(value)
        case _:
            return _bytes(5, b"".join([_bytes(1, _text(1, each)) for each in value]))


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode(errors="replace"))


def _bytes(field: int, content: bytes) -> bytes:
    """A field with a length; those up to 15 have one byte in front."""
    length = len(content)
    if length < 0x80:  # noqa: PLR2004 - what fits into one byte
        return b"%c%c%b" % (field << 3 | 2, length, content)
    return b"%c%b%b" % (field << 3 | 2, _varint(length), content)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
