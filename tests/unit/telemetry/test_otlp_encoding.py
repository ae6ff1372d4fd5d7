"""Spans in the wire format of OTLP: read by OpenTelemetry's protocol they are what its own encoder makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from sixnines.telemetry import otlp_encoding
from sixnines.telemetry.span import Span, SpanEvent, SpanKind

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
ABOUT = {"service.name": "s", "service.version": "1"}
SAMPLED = 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
VALUES = st.one_of(
    TEXTS, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.tuples(TEXTS, TEXTS)
)
ATTRIBUTES = st.dictionaries(TEXTS.filter(bool), VALUES, max_size=8)
TIMES = st.integers(1, 2**63)
SPAN_IDS = st.binary(min_size=8, max_size=8).filter(any)
EVENTS = st.builds(SpanEvent, TEXTS, TIMES, ATTRIBUTES)
SPANS = st.builds(
    Span,
    name=TEXTS,
    kind=st.sampled_from(SpanKind),
    trace_id=st.binary(min_size=16, max_size=16).filter(any),
    span_id=SPAN_IDS,
    parent_id=st.just(b"") | SPAN_IDS,
    parent_is_remote=st.booleans(),
    state=st.sampled_from(["", "a=1", "a=1,b=2"]),
    start_ns=TIMES,
    end_ns=TIMES,
    attributes=ATTRIBUTES,
    events=st.lists(EVENTS, max_size=2).map(tuple),
    error=st.one_of(st.none(), TEXTS.filter(bool)),
)


def theirs(span):
    flags, state = trace.TraceFlags(SAMPLED), trace.TraceState.from_header([span.state])
    trace_id, span_id, parent_id = (
        int.from_bytes(each, "big") for each in (span.trace_id, span.span_id, span.parent_id)
    )
    parent = trace.SpanContext(trace_id, parent_id, span.parent_is_remote, flags, state)
    return sdk.ReadableSpan(
        name=span.name,
        context=trace.SpanContext(trace_id, span_id, False, flags, state),
        parent=parent if span.parent_id else None,
        resource=Resource(ABOUT, SCHEMA),
        attributes=span.attributes,
        events=[sdk.Event(each.name, each.attributes, each.at_ns) for each in span.events],
        kind=trace.SpanKind.SERVER if span.kind is SpanKind.SERVER else trace.SpanKind.CLIENT,
        status=trace.Status() if span.error is None else trace.Status(trace.StatusCode.ERROR, span.error),
        start_time=span.start_ns,
        end_time=span.end_ns,
        instrumentation_scope=InstrumentationScope("sixnines", "1", SCHEMA),
    )


def ours(spans):
    content = otlp_encoding.encode(
        spans, otlp_encoding.resource_of(ABOUT), otlp_encoding.scope_of("sixnines", "1"), SCHEMA
    )
    return ExportTraceServiceRequest.FromString(content)


@given(st.lists(SPANS, min_size=1, max_size=3))
def test_it_is_what_the_encoder_of_opentelemetry_makes(spans):
    expected = encode_spans([theirs(each) for each in spans])
    for span in expected.resource_spans[0].scope_spans[0].spans:
        span.flags |= SAMPLED  # which that encoder leaves out
        if not span.status.code:
            span.ClearField("status")  # that says nothing
    assert ours(spans) == expected


@pytest.mark.parametrize("value", [True, 1, 1.0])
def test_values_that_are_equal_keep_their_types(value):
    """Whatever was encoded before."""
    span = Span("n", SpanKind.CLIENT, b"\1" * 16, b"\1" * 8, b"", False, "", 1, 2, {"a": True, "b": 1, "c": 1.0})
    again = Span("n", SpanKind.CLIENT, b"\1" * 16, b"\1" * 8, b"", False, "", 1, 2, dict.fromkeys("abc", value))
    ours([span])
    found = ours([again]).resource_spans[0].scope_spans[0].spans[0]
    kind = {bool: "bool_value", int: "int_value", float: "double_value"}[type(value)]
    assert [each.value.WhichOneof("value") for each in found.attributes] == [kind] * 3


def test_half_a_character_does_not_break_a_batch():
    span = Span("n\ud800", SpanKind.CLIENT, b"\1" * 16, b"\1" * 8, b"", False, "", 1, 2, {"a": "\udfff"})
    assert ours([span]).resource_spans[0].scope_spans[0].spans[0].name == "n?"
