"""The law of every dialect and operation: what is said in it means the same when it is read back.

Runs over the registries of formats; a new dialect is one line in DIALECTS and its part of `support.expressible`.
"""

import contextlib
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.dialects import anthropic, ollama, openai
from sixnines.dialects.interface import AnswerHead, AnyFormat
from sixnines.dialects.neutral import Delta
from sixnines.domain.operation import Dialect, Operation
from sixnines.errors import MalformedRequest
from support import neutral_values
from support.cuts import cut, cut_places
from support.expressible import EXPRESSIBLE, Expressible
from support.hostile import TOO_DEEP
from support.merged import Merged, merged

DIALECTS: Mapping[Dialect, Mapping[Operation, AnyFormat]] = {
    Dialect.OPENAI: openai.FORMATS,
    Dialect.OLLAMA: ollama.FORMATS,
    Dialect.ANTHROPIC: anthropic.FORMATS,
}
# Two busy cores are no reason to fail.
LAW = settings(max_examples=60, deadline=None)
FORMATS = [
    pytest.param((dialect, operation), id=f"{dialect}-{operation}")
    for dialect, formats in DIALECTS.items()
    for operation in formats
]
GENERATING = [each for each in FORMATS if each.values[0][1] is not Operation.EMBEDDING]
HEADS = st.builds(
    AnswerHead,
    id=neutral_values.NAMES,
    model=neutral_values.TEXTS,
    created=st.integers(0, 2**33),
    include_usage=st.just(True),
)


def of(which: tuple[Dialect, Operation]) -> tuple[AnyFormat, Expressible]:
    return DIALECTS[which[0]][which[1]], EXPRESSIBLE[which]


def requests(operation: Operation, extras: list[str]) -> st.SearchStrategy:
    match operation:
        case Operation.CHAT:
            return neutral_values.chat_requests(extras)
        case Operation.COMPLETION:
            return neutral_values.completion_requests(extras)
        case Operation.EMBEDDING:
            return neutral_values.embedding_requests(extras)


def responses(operation: Operation) -> st.SearchStrategy:
    if operation is Operation.EMBEDDING:
        return neutral_values.EMBEDDING_RESPONSES
    return neutral_values.responses(chat=operation is Operation.CHAT)


def test_every_dialect_has_its_formats() -> None:
    assert {(dialect, operation) for dialect, formats in DIALECTS.items() for operation in formats} == set(EXPRESSIBLE)
    assert set(DIALECTS) == set(Dialect)


@pytest.mark.parametrize("which", FORMATS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_request_is_refused_or_means_the_same_when_read_back(which, data) -> None:
    form, expressible = of(which)
    request = data.draw(requests(which[1], expressible.extras))
    expected = expressible.request(request)
    if expected is None:
        with pytest.raises(MalformedRequest) as refusal:
            form.render_request(request)
        assert refusal.value.param
    else:
        assert form.parse_request(form.render_request(request)) == expected


@pytest.mark.parametrize("which", FORMATS)
@given(data=st.data(), base64=st.booleans())
@LAW
def test_an_answer_means_the_same_when_read_back(which, data, base64) -> None:
    form, expressible = of(which)
    response = data.draw(responses(which[1]))
    head = AnswerHead(getattr(response, "id", ""), response.model, getattr(response, "created", 0), base64=base64)
    assert form.parse_response(form.render_response(response, head)) == expressible.response(response)


@pytest.mark.parametrize("which", FORMATS)
@given(data=st.data(), head=HEADS)
@LAW
def test_the_head_of_an_answer_wins_over_what_the_provider_called_itself(which, data, head) -> None:
    form, _ = of(which)
    response = form.parse_response(form.render_response(data.draw(responses(which[1])), head))
    assert response.model == head.model
    if which[1] is not Operation.EMBEDDING:
        assert response.id in (head.id, "")
        assert response.created in (head.created, 0)


def read(form: AnyFormat, pieces: list[bytes]) -> list:
    parser = form.stream_parser()
    return [event for piece in pieces for event in parser.feed(piece)] + parser.end()


def written(form: AnyFormat, steps: list[Delta], head: AnswerHead) -> bytes:
    renderer = form.stream_renderer(head)
    return b"".join([*(renderer.delta(step) for step in steps), renderer.done()])


@pytest.mark.parametrize("which", GENERATING)
@given(data=st.data(), head=HEADS, at=cut_places())
@LAW
def test_a_stream_says_the_same_when_read_back_however_it_is_cut(which, data, head, at) -> None:
    form, expressible = of(which)
    steps = data.draw(neutral_values.streams(chat=which[1] is Operation.CHAT, choices=expressible.choices))
    stream = written(form, steps, head)
    whole = read(form, [stream])
    expected = expressible.stream(merged(steps))
    expected.done = 1
    assert merged(whole) == expected
    assert read(form, cut(stream, at)) == whole


@pytest.mark.parametrize("which", GENERATING)
@given(data=st.data(), at=cut_places())
@LAW
def test_usage_is_told_only_to_who_asked_where_the_format_lets_one_ask(which, data, at) -> None:
    form, expressible = of(which)
    steps = data.draw(neutral_values.streams(chat=which[1] is Operation.CHAT, choices=expressible.choices))
    told = merged(read(form, [written(form, steps, AnswerHead("id", "m", 1, include_usage=False))])).usage
    assert told is None or which[0] is not Dialect.OPENAI


# Streams of other makers: what a parser may be given is not only what our renderers write.
LINES = st.sampled_from([
    b"data: ", b"event: error\n", b"\n", b"\n\n", b"\r\n", b"[DONE]", b"{", b"}", b'{"error":"x"}', b'{"error":{"message":"m"}}',
    b'{"choices":[]}', b'{"choices":[{"delta":{"content":"a"}}]}', b'{"choices":[{"index":1,"text":"b"}]}', b'{"choices":null}',
    b'{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{"}}]}}]}', b'{"choices":[{"finish_reason":"abort"}]}',
    b'{"message":{"content":"c"}}', b'{"done":true}', b'{"done":1}', b'{"response":"d","done":false}', b"null", b"[]", b"1e999",
    b'{"message":{"tool_calls":[{"function":{"name":"f","arguments":[]}}]}}', b'{"type":"content_block_delta","index":9}',
    b'{"type":"content_block_start","content_block":{"type":"tool_use","input":[]}}', b'{"type":"error"}', b'{"type":"ping"}',
    b'{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{"}}', b'{"type":"content_block_stop"}',
    b'{"type":"message_delta","delta":{"stop_reason":"new"}}', b'{"type":"message_start"}', b"\xff", b'"\\ud800"', b"[" * 3000,
])  # fmt: skip
GARBAGE = st.lists(LINES | st.binary(max_size=4), max_size=25).map(b"".join)


@pytest.mark.parametrize("which", GENERATING)
@given(stream=GARBAGE, at=cut_places())
@LAW
def test_garbage_never_raises_and_is_the_same_garbage_however_it_is_cut(which, stream, at) -> None:
    form, _ = of(which)
    assert read(form, cut(stream, at)) == read(form, [stream])


@pytest.mark.parametrize("which", GENERATING)
def test_an_event_that_never_ends_is_reported_once(which) -> None:
    form, _ = of(which)
    parser = form.stream_parser()
    events = [event for _ in range(40) for event in parser.feed(b"data: " + b"x" * 65536)] + parser.end()
    assert [event.garbage for event in events] == [True]


@pytest.mark.parametrize("which", GENERATING)
@pytest.mark.parametrize("where", [b'{"x":%b}', b'{"error":%b}', b'{"usage":{"x":%b}}', b'{"done":false,"error":%b}'])
def test_an_event_that_is_nested_too_deeply_is_garbage(which, where) -> None:
    form, _ = of(which)
    line = where % (b"[" * TOO_DEEP + b"]" * TOO_DEEP)
    start = b"" if which[0] is Dialect.OLLAMA else b"data: "
    (fault,) = read(form, [start + line + b"\n\n"])
    assert fault.garbage


def mutated(data: st.DataObject, value: object) -> object:
    """The JSON value with one node somewhere replaced."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 3)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: mutated(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.integers(0, 3)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], mutated(data, value[at]), *value[at + 1 :]]
    return data.draw(neutral_values.JSON)


@pytest.mark.parametrize("which", FORMATS)
@given(data=st.data())
@LAW
def test_a_request_that_breaks_the_format_is_refused_and_never_raises_anything_else(which, data) -> None:
    form, expressible = of(which)
    request = data.draw(requests(which[1], expressible.extras))
    if expressible.request(request) is None:
        return
    broken = msgspec.json.encode(mutated(data, msgspec.json.decode(form.render_request(request))))
    with contextlib.suppress(MalformedRequest):
        neutral = form.parse_request(broken)
        for other in DIALECTS.values():
            if which[1] in other:
                with contextlib.suppress(MalformedRequest):
                    other[which[1]].render_request(neutral)


@pytest.mark.parametrize("which", FORMATS)
@given(data=st.data(), base64=st.booleans())
@LAW
def test_an_answer_that_breaks_the_format_is_a_value_error_or_can_be_told_in_every_dialect(which, data, base64) -> None:
    form, _ = of(which)
    head = AnswerHead("id", "m", 1, include_usage=True, base64=base64)
    answer = form.render_response(data.draw(responses(which[1])), head)
    try:
        neutral = form.parse_response(msgspec.json.encode(mutated(data, msgspec.json.decode(answer))))
    except ValueError:
        return
    for other in DIALECTS.values():
        if which[1] in other:
            assert other[which[1]].render_response(neutral, head)


@pytest.mark.parametrize("which", GENERATING)
@given(data=st.data(), stream=GARBAGE)
@LAW
def test_whatever_a_stream_says_can_be_told_in_every_dialect(which, data, stream) -> None:
    form, _ = of(which)
    steps = [event for event in read(form, [stream]) if isinstance(event, Delta)]
    for other in DIALECTS.values():
        if which[1] in other:
            assert written(other[which[1]], steps, AnswerHead("id", "m", 1, include_usage=True))


@pytest.mark.parametrize("which", FORMATS)
@given(
    body=st.binary(max_size=20) | st.sampled_from([b"[" * 9000, b'{"model":' * 9000, b"null", b"{}", b'{"choices":[]}'])
)
def test_bodies_that_are_no_json_are_refused(which, body) -> None:
    form, _ = of(which)
    with pytest.raises(MalformedRequest):
        form.parse_request(body)
    with pytest.raises(ValueError):
        form.parse_response(body)


def test_the_yardstick_sees_a_difference() -> None:
    assert merged([Delta(text="a")]) != merged([Delta(text="b")])
    assert merged([]) == Merged()
