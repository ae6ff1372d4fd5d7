"""A streamed answer's text is put together from its events, whatever they hold."""

import json

import pytest

from sixnines.engine.streamed_text import streamed_text


def events(*chunks):
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n"


def choice(index=0, **more):
    return {"choices": [{"index": index, "finish_reason": None, **more}]}


def test_pieces_become_one_text():
    chunks = [
        choice(delta={"role": "assistant"}),
        choice(delta={"content": "sk-pro"}),
        choice(delta={"content": "j-abc"}),
    ]
    assert streamed_text(events(*chunks)) == "sk-proj-abc"


def test_choices_and_kinds_of_text_stay_apart():
    chunks = [
        choice(delta={"reasoning_content": "hm"}),
        choice(0, delta={"content": "a"}),
        choice(1, delta={"content": "x"}),
        choice(0, delta={"content": "b"}),
        choice(0, delta={"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{"}}]}),
        choice(0, delta={"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]}),
        choice(text="completion"),
        {"error": {"message": "broken"}},
    ]
    assert streamed_text(events(*chunks)).split("\n") == [
        "hm",
        "ab",
        "x",
        "f",
        "{}",
        "completion",
        '{"message":"broken"}',
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"data: ",
        b"data: {",
        b"data: []\n\n",
        b'data: {"choices": 3}\n\n',
        b"\xff" * 50,
        b"data: " + b"[" * 5000,
        b'data: {"choices":' + b"[" * 3000,
        b'data: {"choices": [3, null]}\n\n',
    ],
)
def test_what_is_no_event_is_left_out(data):
    assert streamed_text(data) == ""


def test_an_event_that_is_cut_off_is_left_out():
    assert streamed_text(events(choice(delta={"content": "a"}), choice(delta={"content": "b"}))[:-40]) == "a"
