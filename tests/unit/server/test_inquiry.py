"""What an operator gives is read as strictly as what callers send."""

import json

import pytest

from sixnines.domain.operation import Operation
from sixnines.errors import MalformedRequest
from sixnines.registry import ENDPOINTS
from sixnines.server.inquiry import read_assumptions, read_call, read_fields
from support.explaining import snapshot_of


def test_header_names_are_read_in_any_case():
    assert read_fields([("X-SixNines-Deny", " a, b ")]) == {b"x-sixnines-deny": b"a, b"}


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("x-sixnines-qality", "high")], "x-sixnines-qality has no say.*x-sixnines-quality"),
        ([("authorization", "Bearer x")], "authorization has no say"),
        ([("x-sixnines-deny", "a"), ("X-Sixnines-Deny", "b")], "x-sixnines-deny is given twice"),
    ],
)
def test_headers_that_mean_nothing_are_refused(pairs, said):
    with pytest.raises(MalformedRequest, match=said):
        read_fields(pairs)


def test_one_state_and_one_word_about_memory_can_be_assumed_together():
    found = read_assumptions([("ollama", "saturated"), ("ollama", "cold"), ("native", "down")], snapshot_of())
    assert found == {"ollama": {"saturated", "cold"}, "native": {"down"}}


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("olama", "down")], "no provider `olama`; there are: ollama, native, cloud"),
        ([("ollama", "dead")], "`dead` cannot be assumed.*healthy, down, busy, loading, saturated, cold, warm"),
        ([("ollama", "down"), ("ollama", "busy")], "`ollama` cannot be down and busy at once"),
        ([("ollama", "warm"), ("ollama", "cold")], "`ollama` cannot be warm and cold at once"),
        ([("ollama", "down"), ("ollama", "down")], "`ollama` cannot be down and down at once"),
        ([("native", "saturated")], "`native` is never saturated: it has no `saturation`"),
        ([("native", "cold")], "`native` is never known to be cold: the kind llamacpp does not tell"),
    ],
)
def test_an_assumption_that_would_change_nothing_is_refused(pairs, said):
    with pytest.raises(MalformedRequest, match=said):
        read_assumptions(pairs, snapshot_of())


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        ({"messages": [{"role": "user", "content": "x"}]}, Operation.CHAT),
        ({"prompt": "x"}, Operation.COMPLETION),
        ({"input": "x"}, Operation.EMBEDDING),
    ],
)
@pytest.mark.parametrize("model", [{}, {"model": "other"}, {"model": 5}, {"model": "m"}])
def test_the_operation_is_told_by_the_body_and_the_model_by_who_asks(body, operation, model):
    call = read_call("m", json.dumps(model | body).encode(), ENDPOINTS)
    assert (call.operation, call.model) == (operation, "m")
    assert json.loads(call.body) == {**body, "model": "m"}


def test_without_a_body_it_is_a_short_chat():
    call = read_call('odd "name"', None, ENDPOINTS)
    assert (call.operation, call.model, call.stream) == (Operation.CHAT, 'odd "name"', False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "could not parse the JSON body"),
        (b"", "could not parse the JSON body"),
        (b"\xff{}", "could not parse the JSON body"),
        (b"[1]", "must be an object, but it is an array"),
        (b"{}", "this has none of them"),
        (b'{"messages": [], "input": "x"}', "this has `messages` and `input`"),
        (b'{"messages": []}', "Invalid 'messages': empty array"),
        (b'{"messages": 1}', "Invalid type for 'messages'"),
        (b'{"messages": [{"role": "user"}], "messages": []}', "Duplicate parameter: 'messages'"),
        (b'{"messages": [{"role": "user"}], "max_tokens": "7"}', "Invalid type for 'max_tokens'"),
        (b'{"input": ""}', "'input' cannot be empty"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_as_to_a_caller(body, said):
    with pytest.raises(MalformedRequest, match=said):
        read_call("m", body, ENDPOINTS)
