"""What is told of a usual request of prebuilt pieces is byte for byte what the general way makes of it."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.load import read_text
from sixnines.dialects.neutral import Usage
from sixnines.domain.attempt import Attempt, AttemptRole
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.log_settings import LogFormat, LogLevel, LogSettings
from sixnines.domain.operation import Operation
from sixnines.domain.trace_context import Parent, Roots, continued
from sixnines.engine.ended import TAIL, Ended
from sixnines.engine.recent import Entry
from sixnines.engine.request_line import line_of
from sixnines.engine.spans import spans_of
from sixnines.engine.usual import Shapes, Told
from sixnines.registry import CATALOG
from sixnines.telemetry import otlp_encoding
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.redaction import Redactor
from support.changed import changed

CONFIG = """
version: 1
server: {listen: "%s"}
providers:
  a: {kind: vllm, base_url: "http://127.0.0.1:1"}
  b/c: {kind: openai-compatible, base_url: "http://127.0.0.1:2/v1"}
models:
  m: {deployments: [{provider: a, model: up}], fallbacks: [other]}
  other: {deployments: [{provider: b/c, model: "x:y"}]}
routes:
  chat: {strategy: ordered, models: [m, other]}
"""


def snapshot_of(listen="127.0.0.1:4000"):
    return read_text(CONFIG % listen, "law.yaml", {}, CATALOG).snapshot


SNAPSHOT = snapshot_of()
SETTINGS = LogSettings(LogFormat.JSON, LogLevel.INFO, requests=True)
STYLES = [LogStyle(SETTINGS, Redactor(["planted-secret"]), who) for who in ("", 'worker "2": ')]
SECONDS = st.floats(0, 1e5)
COUNTS = st.none() | st.integers(0, 2**40)
USAGES = st.none() | st.builds(
    Usage, prompt_tokens=COUNTS, completion_tokens=COUNTS, cached_tokens=COUNTS, reasoning_tokens=COUNTS
)
REASONS = [
    b'"finish_reason":"stop"', b'"finish_reason" :\t"length"', b'"finish_reason":null', b'\\"finish_reason\\":"x"',
    b'\\"finish_reason":"x"', b'"finish_reason":"' + b"a" * 32 + b'"', b'"finish_reason":"' + b"a" * 33 + b'"',
    b'"finish_reason":' + b" " * 50 + b'"stop"', b"finish_reason", b'"finish_reason', b"x" * 30, b"x" * TAIL,
]  # fmt: skip
BODIES = st.lists(st.sampled_from(REASONS), max_size=4).map(b",".join)
SPANS = st.binary(min_size=8, max_size=8).filter(any)
PARENTS = st.none() | st.builds(Parent, st.binary(min_size=16, max_size=16).filter(any), SPANS, st.just(True))
ANSWERED = st.sampled_from([("m", "a", "a/up"), ("other", "b/c", "b/c/x:y")])


@st.composite
def entries(draw):
    model, provider, deployment = draw(ANSWERED)
    attempt = Attempt(
        deployment, provider, None, draw(SECONDS), draw(SECONDS), span=draw(SPANS)
    )  # fmt: skip
    return Entry(
        f"{draw(st.integers(0, 2**96 - 1)):024x}", draw(st.sampled_from(Operation)),
        draw(st.sampled_from(["m", "other", "chat"])), False, model, "ok", 200, None, [attempt], (), draw(USAGES),
        draw(st.floats(1e9, 4e9)), draw(SECONDS), 0.0, cost_micros=draw(COUNTS),
    )  # fmt: skip


def place(parent, seed=1):
    rng = random.Random(seed)
    if parent is not None:
        return continued(parent, rng.getrandbits)
    return Roots(rng.getrandbits, rng.random, 1.0).take()


def general_spans(ended):
    return otlp_encoding.encoded(spans_of(ended))


@given(entries(), PARENTS, BODIES, st.none() | st.sampled_from([(), ("stop",), ("length", "stop")]), st.integers(0, 9))
def test_spans_are_the_same(entry, parent, body, reasons, seed):
    trace = place(parent, seed)
    ended = Ended(entry, SNAPSHOT, trace, reasons=reasons, tail=body[-TAIL:])
    assert SHAPES.told([ended], None, spans=True) == told(spans=SHAPES.spans(ended))
    assert SHAPES.spans(ended) == Parcel(general_spans(ended), 1)


@given(entries(), PARENTS, st.booleans(), st.sampled_from(STYLES))
def test_lines_are_the_same(entry, parent, has_trace, style):
    ended = Ended(entry, SNAPSHOT, place(parent) if has_trace else None)
    assert style.tells_usual
    line = line_of(ended, style)
    assert SHAPES.told([ended], style, spans=False) == told(lines=SHAPES.line(ended, style))
    assert SHAPES.line(ended, style) == Parcel(line, 1)
    json.loads(line)


def told(spans=None, without_spans=(), lines=None, without_lines=()):
    return Told(spans, list(without_spans), lines, list(without_lines))


SHAPES = Shapes()
"""One for all examples: what was made for one request must do for the next."""


def usual_entry(**changes):
    attempt = Attempt("a/up", "a", None, 1.0, 0.5, span=b"\0" * 7 + b"\7")
    entry = Entry(
        "0" * 24, Operation.CHAT, "m", False, "m", "ok", 200, None, [attempt], (), None, 1.7e9, 0.01, 0.0
    )  # fmt: skip
    return changed(entry, **changes)


def is_usual(shapes=None, trace=None, **changes):
    """Whether both what is told of it is made of prebuilt pieces."""
    ended = Ended(usual_entry(**changes), SNAPSHOT, trace or place(None))
    found = (shapes or Shapes()).told([ended], STYLES[0], spans=True)
    assert found in (told(found.spans, [], found.lines, []), told(None, [ended], None, [ended]))
    return found.spans is not None


def attempt_with(**changes):
    return [changed(usual_entry().attempts[0], **changes)]


FAILURE = Failure(FailureKind.SERVER, "no")


@pytest.mark.parametrize(
    "changes",
    [
        {"word": "server"}, {"word": "client_gone"}, {"streamed": True}, {"status": 502}, {"error": "x"},
        {"first_content_s": 0.1}, {"asked": "invented"}, {"id": "short"}, {"attempts": []},
        {"attempts": attempt_with() * 2}, {"attempts": attempt_with(failure=FAILURE)},
        {"attempts": attempt_with(cancelled=True)}, {"attempts": attempt_with(broke=True)},
        {"attempts": attempt_with(role=AttemptRole.CONTINUATION)},
    ],
)  # fmt: skip
def test_whatever_is_not_usual_goes_the_general_way(changes):
    assert is_usual()
    assert not is_usual(**changes)


def test_a_callers_state_goes_the_general_way():
    trace = place(Parent(b"\1" * 16, b"\2" * 8, sampled=True, state=b"a=1"))
    assert not is_usual(trace=trace)


def test_another_config_has_other_pieces():
    other, trace = snapshot_of("127.0.0.1:4001"), place(None)
    shapes = Shapes()
    for snapshot in (SNAPSHOT, other, SNAPSHOT):
        ended = Ended(usual_entry(), snapshot, trace)
        assert shapes.told([ended], None, spans=True).spans == Parcel(general_spans(ended), 1)


def test_what_is_remembered_is_bounded():
    shapes = Shapes(most=1)
    assert is_usual(shapes)
    assert not is_usual(shapes, asked="chat")
    assert is_usual(shapes)


USUAL, FAILED = Ended(usual_entry(), SNAPSHOT, place(None)), Ended(usual_entry(word="server"), SNAPSHOT, place(None, 2))


def test_the_usual_ones_go_in_parcels_and_the_others_as_they_are():
    found = Shapes().told([USUAL, FAILED, USUAL], STYLES[0], spans=True)
    lines = Parcel(line_of(USUAL, STYLES[0]) * 2, 2)
    assert found == told(Parcel(general_spans(USUAL) * 2, 2), [FAILED], lines, [FAILED])


def test_what_nobody_wants_to_know_is_not_made():
    unsampled = Roots(random.Random(1).getrandbits, lambda: 1.0, 0.5).take()
    ended = Ended(usual_entry(), SNAPSHOT, unsampled)
    assert Shapes().told([ended, USUAL, FAILED], None, spans=False) == told()
    assert Shapes().told([ended, USUAL], None, spans=True).spans.count == 1
    assert Shapes().told([ended], STYLES[0], spans=True).spans is None
    assert Shapes.line(USUAL, LogStyle(LogSettings(level=LogLevel.WARNING), Redactor())) is None


def test_a_style_that_is_not_the_usual_one_gets_no_prebuilt_lines():
    style = LogStyle(LogSettings(LogFormat.TEXT, requests=True), Redactor())
    assert Shapes().told([USUAL], style, spans=False) == told(without_lines=[USUAL])


@pytest.mark.parametrize(
    "settings",
    [
        LogSettings(LogFormat.TEXT, requests=True), LogSettings(LogFormat.JSON, LogLevel.WARNING, requests=True),
        LogSettings(LogFormat.JSON, requests=True, log_content=True),
    ],
)  # fmt: skip
def test_lines_in_another_form_or_with_more_are_made_the_general_way(settings):
    assert not LogStyle(settings, Redactor()).tells_usual
