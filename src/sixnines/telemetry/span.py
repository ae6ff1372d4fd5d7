"""A span as it is made of a request that has ended, before anybody knows how it is sent. Values only."""

import enum
from collections.abc import Mapping

import msgspec

Attribute = str | bool | int | float | tuple[str, ...]


class SpanKind(enum.Enum):
    """OpenTelemetry's kinds in use."""

    SERVER = "server"
    CLIENT = "client"


class SpanEvent(msgspec.Struct, frozen=True):
    """Something that happened at one moment (nanoseconds since 1970)."""

    name: str
    at_ns: int
    attributes: Mapping[str, Attribute]


class Span(msgspec.Struct, frozen=True):
    """One span.

    Attributes:
        name: of few different ones.
        kind: whose side it is on.
        trace_id, span_id: 16 and 8 bytes.
        parent_id: 8 bytes; b"" for none.
        parent_is_remote: the parent is a caller's.
        state: W3C `tracestate`.
        start_ns, end_ns: since 1970.
        attributes, events: what is known of it.
        error: why it failed, in a word or a sentence; None where it did not.
    """

    name: str
    kind: SpanKind
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    parent_is_remote: bool
    state: str
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Attribute]
    events: tuple[SpanEvent, ...] = ()
    error: str | None = None
