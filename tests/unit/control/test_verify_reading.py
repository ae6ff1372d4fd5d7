"""Answers are read as a strict client reads them: what is not by the rules of the API is said."""

import json

import pytest

from sixnines.control.verify.answer import Answer
from sixnines.control.verify.reading import streamed, whole
from sixnines.control.verify.verdict import CheckFailed

SSE = {"content-type": "text/event-stream"}


def chunk(*, name="c1", kind="chat.completion.chunk", delta=None, finish=None, usage=None):
    choices = [] if delta is None and finish is None else [{"index": 0, "delta": delta or {}, "finish_reason": finish}]
    return {
        "id": name,
        "object": kind,
        "created": 1,
        "model": "m",
        "choices": choices,
        **({"usage": usage} if usage else {}),
    }


def event(value):
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


HELLO = chunk(delta={"role": "assistant", "content": "Hello"})
THERE = chunk(delta={"content": " there"})
STOP = chunk(finish="stop")
DONE = b"[DONE]"
USAGE = chunk(usage={"prompt_tokens": 7, "completion_tokens": 3})


def answer(*values, headers=SSE, rest=b"", apart_s=0.1):
    pieces = tuple((apart_s * number, event(value)) for number, value in enumerate(values, 1))
    return Answer(200, headers, (*pieces, (9.0, rest)) if rest else pieces, 9.0)


def test_a_stream_says_what_it_says_and_when():
    found = streamed(answer(HELLO, THERE, STOP, USAGE, DONE))
    assert (found.chat.text, found.chat.finish, found.chunks) == ("Hello there", "stop", 2)
    assert (found.first_s, found.last_s) == (pytest.approx(0.1), pytest.approx(0.2))
    assert found.tokens_per_s == pytest.approx(2 / 0.1)
    assert found.chat.usage.prompt_tokens == 7


def test_without_usage_chunks_are_counted():
    assert streamed(answer(HELLO, THERE, STOP, DONE)).tokens_per_s == pytest.approx(1 / 0.1)


@pytest.mark.parametrize("apart_s", [0.0, 0.1])
def test_what_came_at_once_or_is_one_chunk_has_no_pace(apart_s):
    values = (HELLO, THERE, STOP, DONE) if not apart_s else (HELLO, STOP, DONE)
    assert streamed(answer(*values, apart_s=apart_s)).tokens_per_s is None


def test_events_may_come_in_any_pieces_and_with_any_line_ends():
    content = b"".join(map(event, (HELLO, THERE, STOP, DONE))).replace(b"\n", b"\r\n")
    pieces = tuple((float(at), content[at : at + 1]) for at in range(len(content)))
    assert streamed(Answer(200, SSE, (*pieces, (1e6, b": a comment\n\n")), 1.0)).chat.text == "Hello there"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (answer(HELLO, STOP), "without its terminator"),
        (answer(HELLO, DONE), "no finish reason"),
        (answer(STOP, DONE), "the stream holds nothing"),
        (answer(HELLO, STOP, THERE, DONE), "goes on behind its finish reason"),
        (answer(HELLO, STOP, STOP, DONE), "two finish reasons"),
        (answer(HELLO, STOP, DONE, THERE), "goes on behind its terminator"),
        (answer(HELLO, chunk(name="c2", finish="stop"), DONE), "2 different ids"),
        (answer(chunk(kind="thing", delta={"content": "x"}), STOP, DONE), "`thing`"),
        (answer(HELLO, chunk(finish="because"), DONE), "`because` is none of the API's"),
        (answer(HELLO, b"{", STOP, DONE), "not the form of a chat answer"),
        (answer(HELLO, {"error": {"message": "broke off", "code": "c"}}, DONE), "ends with an error: broke off"),
        (answer(HELLO, STOP, DONE, headers={"content-type": "application/json"}), "no text/event-stream"),
        (answer(HELLO, STOP, DONE, rest=b"data: {"), "amid an event"),
    ],
)
def test_a_stream_that_is_not_by_the_rules_says_so(found, said):
    with pytest.raises(CheckFailed, match=said):
        streamed(found)


def complete(**changes):
    message = {"role": "assistant", "content": "Hello", **changes.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": changes.pop("finish", "stop")}
    body = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **changes}
    return Answer(200, {}, ((0.1, json.dumps(body).encode()),), 0.1)


def test_a_whole_answer_says_what_it_says():
    chat = whole(complete(usage={"prompt_tokens": 1, "completion_tokens": 2}))
    chat.check_content()
    assert (chat.text, chat.finish, chat.usage.completion_tokens) == ("Hello", "stop", 2)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (complete(object="list"), "`list`"),
        (complete(choices=[]), "no choice"),
        (complete(choices=[{"index": 0, "finish_reason": "stop"}]), "no message"),
        (complete(finish=None), "no finish reason"),
        (complete(finish="x"), "none of the API's"),
        (Answer(200, {}, ((0.0, b"<html>"),), 0.0), "not the form"),
        (Answer(200, {}, (), 0.0), "not the form"),
    ],
)
def test_a_whole_answer_that_is_not_by_the_rules_says_so(found, said):
    with pytest.raises(CheckFailed, match=said):
        whole(found)


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_an_answer_may_be_empty_for_a_good_reason(finish):
    whole(complete(message={"content": None}, finish=finish)).check_content()
    whole(complete(message={"content": None, "tool_calls": [{"id": "1"}]}, finish="tool_calls")).check_content()


def test_an_answer_that_is_empty_without_one_fails():
    with pytest.raises(CheckFailed, match="an empty answer \\(finish_reason stop\\)"):
        whole(complete(message={"content": "  "})).check_content()


def test_the_summary_of_an_error_is_its_code_and_message():
    body = b'{"error": {"message": "All failed.", "type": "t", "code": "provider_error"}}'
    assert Answer(502, {}, ((0.0, body),), 0.0).summary() == "502 provider_error: All failed."


def test_the_summary_of_anything_else_is_its_beginning_without_what_could_move_a_cursor():
    assert Answer(500, {}, ((0.0, b"<html>\x1b[2J" + b"x" * 500),), 0.0).summary() == "500: <html> [2J" + "x" * 290
