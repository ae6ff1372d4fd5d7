"""Long bodies, of which only the two ends are read."""

import json

import pytest

from sixnines.domain.features import Output
from sixnines.domain.operation import Operation
from sixnines.routing.reading import ends, whole
from sixnines.routing.reading.excerpt import WHOLE
from support.chats import PICTURE, SCHEMA, TOOL, assistant, body, result, text, user

LONG = "It was a long text about nothing in particular. " * 2_000
CODE = "for (i = 0; i < n; i++) { total += prices[i]; }\n"
assert len(LONG) > WHOLE


def read(*messages, **more):
    return ends.read(body(*messages, **more), Operation.CHAT)


def test_messages_at_both_ends_are_counted_and_those_between_are_not():
    seen = read(user("a"), assistant(LONG), user("b"), assistant(LONG), user("c"), result("d"), result("e"))
    assert (seen.turns, seen.tool_messages) == (2, 2)


def test_the_users_last_message_is_found_before_what_tools_found_later():
    seen = read(assistant(LONG), user("Prove it."), assistant(None, tool_calls=[{"id": "a"}]), result("1"))
    assert (seen.asked, seen.beside) == (b"Prove it.", b"1")


def test_beside_what_is_asked_last_is_what_was_said_before_it():
    seen = read(user("a"), assistant(LONG), assistant(CODE), user("Make that faster."))
    assert (seen.asked, seen.beside) == (b"Make that faster.", CODE.encode())


def test_a_request_at_the_beginning_of_long_work_with_tools_is_found_there():
    seen = read(user("Prove it."), *[result(LONG)] * 3)
    assert (seen.asked, seen.turns) == (b"Prove it.", 1)


def test_of_a_long_request_followed_by_other_messages_the_beginning_is_seen():
    seen = read(user("Prove it. " + LONG), assistant("no"), assistant("yes"))
    assert seen.asked.startswith(b"Prove it. It was")
    assert seen.beside == b"yes"


def test_a_request_that_fills_everything_between_the_ends_is_seen_at_its_end():
    seen = read({"role": "system", "content": LONG}, user(LONG + "Prove it."))
    assert seen.asked.endswith(b"Prove it.")


@pytest.mark.parametrize("backwards", [False, True])
def test_content_may_stand_before_the_role(backwards):
    said = user(LONG + "Prove it.")
    seen = read(dict(reversed(said.items())) if backwards else said)
    assert seen.asked.endswith(b"Prove it.")
    assert seen.turns == 1


def test_parts_of_a_long_message_are_read_to_the_end():
    seen = read(user([text("Prove it:"), text(LONG), text("Why?")]))
    assert seen.asked.startswith(b"Prove it:\n")
    seen = read(assistant(LONG), user([text("Prove it:"), PICTURE, text("Why?")]))
    assert (seen.asked, seen.images) == (b"Prove it:\nWhy?", 1)


@pytest.mark.parametrize("content", ["", None, [], 3])
def test_a_last_message_without_text_asks_nothing(content):
    assert read(assistant(LONG), user(content)).asked == b""


@pytest.mark.parametrize("order", [("tools", "messages"), ("messages", "tools")])
def test_tools_are_counted_before_and_behind_the_messages(order):
    members = {"messages": [assistant(LONG), user("x")], "tools": [TOOL] * 5}
    data = json.dumps({key: members[key] for key in order}).encode()
    assert ends.read(data, Operation.CHAT).tools == 5


def test_tools_without_parameters_are_at_least_one():
    assert read(user(LONG), tools=[{"type": "function", "function": {"name": "now"}}]).tools == 1
    assert read(user(LONG), tools=[]).tools == 0


def test_what_a_text_says_about_keys_is_text():
    said = json.dumps({"messages": [user("x")] * 9, "tools": [TOOL], "response_format": SCHEMA, "image_url": ":"})
    seen = read(user(said + LONG + said))
    assert (seen.turns, seen.tools, seen.images, seen.output) == (1, 0, 0, Output.TEXT)


def test_the_form_of_the_answer_is_found_at_either_end():
    for order in (("response_format", "messages"), ("messages", "response_format")):
        members = {"messages": [user(LONG)], "response_format": SCHEMA}
        data = json.dumps({key: members[key] for key in order}).encode()
        assert ends.read(data, Operation.CHAT).output is Output.SCHEMA


@pytest.mark.parametrize("said", [LONG, "证明" * 20_000, "12345, 67890; " * 5_000, CODE * 2_000])
@pytest.mark.parametrize("escaped", [False, True])
def test_tokens_are_estimated_from_samples_as_from_everything(said, escaped):
    data = body(user("a"), assistant(said), user("b"), escaped=escaped)
    there = whole.read(data, Operation.CHAT).text_tokens
    assert ends.read(data, Operation.CHAT).text_tokens == pytest.approx(there, rel=0.1)


def test_the_data_of_a_picture_is_no_text():
    data = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 20_000}}
    seen = read(user([text("What is it?"), data]))
    assert (seen.images, seen.asked) == (1, b"What is it?")
    assert seen.text_tokens < 0.1 * 220_000 / 4


def test_a_long_word_is_text_where_there_is_no_picture():
    assert read(user("A" * 100_000)).text_tokens == pytest.approx(25_000, rel=0.01)


def test_a_body_that_is_hardly_longer_than_its_head_is_counted_once():
    data = body(user("x"), assistant("word " * 4_000), user("Prove it."))
    assert len(data) < 32 * 1024
    seen = ends.read(data, Operation.CHAT)
    assert (seen.turns, seen.asked) == (2, b"Prove it.")


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("data", [b"", b"{}", b'"', b"\\" * 100_000, b'"role":"user"', b'"content":"'])
def test_scraps_are_read_without_complaint(data, operation):
    assert ends.read(data, operation).images == 0


def test_a_prompt_that_stands_behind_a_long_head_is_seen_at_its_end():
    data = json.dumps({"x": LONG, "prompt": LONG + "Prove it."}).encode()
    assert ends.read(data, Operation.COMPLETION).asked.endswith(b"Prove it.")
