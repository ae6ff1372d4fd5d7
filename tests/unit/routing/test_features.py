"""Features of requests that fit into what is read as a whole, and of those that are read at their ends."""

import json

import msgspec
import pytest

from sixnines.dialects.call import Call
from sixnines.domain.features import Features, Language, Output
from sixnines.domain.operation import Dialect, Operation
from sixnines.routing.features import features
from sixnines.routing.reading.excerpt import END, WHOLE
from support.chats import PICTURE, SCHEMA, TOOL, assistant, chat, completion, embedding, result, text, user

LONG = "It was a long text about nothing in particular. " * 2_000
assert len(LONG) > WHOLE


def bare_call(data: bytes, operation: Operation = Operation.CHAT) -> Call:
    """A call that no endpoint has checked."""
    return Call(operation, Dialect.OPENAI, "m", data, frozenset(), False, False, None, lambda _: None)


def test_a_greeting_has_next_to_no_features():
    assert features(chat(user("hi"))) == Features(
        tokens_floor=3, prompt_tokens=5, asking_tokens=0, max_tokens=None, turns=1, code_share=0.0, tools=0, tool_messages=0,
        images=0, output=Output.TEXT, questions=0, reasoning=0, composing=0, routine=1, language=Language.OTHER, stream=False,
    )  # fmt: skip


def test_what_the_caller_set_is_a_feature():
    found = features(chat(user("hi"), stream=True, max_tokens=77))
    assert (found.stream, found.max_tokens) == (True, 77)


def test_the_floor_is_that_of_the_call_or_the_one_that_is_given():
    call = chat(user("word " * 100), max_tokens=50)
    assert features(call).tokens_floor == call.tokens_floor() > 50
    assert features(call, tokens_floor=7).tokens_floor == 7


def test_turns_are_messages_of_the_user():
    found = features(chat({"role": "system", "content": "x"}, user("a"), assistant("b"), user("c"), assistant("d")))
    assert found.turns == 2


def test_tools_and_their_results_are_counted():
    called = assistant(
        None, tool_calls=[{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    )
    found = features(chat(user("a"), called, result("b"), result("c"), tools=[TOOL, TOOL, TOOL]))
    assert (found.tools, found.tool_messages) == (3, 2)


def test_pictures_are_counted_in_all_messages_and_their_data_is_not_text():
    data = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 20_000}}
    found = features(chat(user([text("what is this"), data]), assistant("a cat"), user([PICTURE, PICTURE])))
    assert found.images == 3
    assert found.prompt_tokens - 3 * 800 < 100


@pytest.mark.parametrize(
    ("response_format", "output"),
    [
        (None, Output.TEXT),
        ({"type": "text"}, Output.TEXT),
        ({"type": "json_object"}, Output.JSON),
        ({"type": "json_object", "schema": {"type": "object"}}, Output.SCHEMA),
        (SCHEMA, Output.SCHEMA),
        ("json_object", Output.TEXT),
        ({"type": 3}, Output.TEXT),
    ],
)
@pytest.mark.parametrize("said", ["hi", LONG], ids=["whole", "ends"])
def test_the_form_of_the_answer_is_read_from_response_format(response_format, output, said):
    assert features(chat(user(said), response_format=response_format)).output is output


def test_questions_are_counted_in_what_is_asked_only():
    found = features(
        chat(user("one? two?"), assistant("what?"), user("Is it red? Or blue? Explain:\n\nwhy? why? why?"))
    )
    assert found.questions == 2


def test_what_is_asked_is_the_users_last_message_whatever_came_after_it():
    found = features(chat(user("hi"), user("Prove the theorem."), assistant("no"), result("1")))
    assert (found.reasoning, found.routine) == (4, 0)


def test_without_a_user_the_first_message_asks():
    assert features(chat({"role": "system", "content": "Prove the lemma."})).reasoning == 4


@pytest.mark.parametrize("content", [None, 3, True, {"text": "x"}, [], [3, "x"], [{"type": 4, "text": 5}], [["x"]]])
def test_content_that_is_no_text_is_no_text(content):
    found = features(chat(user(content), user(content)))
    assert (found.turns, found.asking_tokens, found.images) == (2, 0, 0)


def test_parts_of_text_are_read_as_one():
    assert features(chat(user([text("Prove"), PICTURE, text("the lemma")]))).reasoning == 4


def test_a_conversation_without_messages_has_no_features():
    found = features(bare_call(b'{"messages":[]}'))
    assert (found.turns, found.prompt_tokens, found.asking_tokens) == (0, 0, 0)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ([user("What is a cat?")], 0.0),
        ([user("```\n" + "x = 1\n" * 100 + "```")], 1.0),
        ([user("why?"), assistant("```py\n" + "x = 1\n" * 100 + "```")], 0.9),
        ([assistant("```py\n" + "x = 1\n" * 100 + "```"), user("make that faster")], 0.9),
        ([user("for (int i = 0; i < n; i++) { a[i] = b[i] + c; } return a[0] == b[0] && c > 0;")], 1.0),
    ],
)
def test_code_is_looked_for_in_the_last_message_and_the_one_beside_it(last, code):
    share = features(chat(user("hello there"), assistant("good morning to you"), *last)).code_share
    assert share == pytest.approx(code, abs=0.1)


def test_a_system_prompt_is_no_message_beside():
    assert features(chat({"role": "system", "content": "```x = 1```"}, user("hello"))).code_share == 0.0


def test_a_completion_has_one_turn_and_asks_with_its_prompt():
    found = features(completion("Prove the lemma.", stream=True, response_format=SCHEMA))
    assert (found.turns, found.reasoning, found.stream, found.output) == (1, 4, True, Output.SCHEMA)


def test_several_prompts_ask_together():
    assert features(completion(["Prove it.", "Derive it."])).reasoning == 4


def test_tokens_by_number_are_counted():
    assert features(completion(list(range(500)))).prompt_tokens == 500
    assert features(embedding([[1, 2, 3], [4, 5]])).prompt_tokens == 5


def test_what_is_to_be_embedded_has_a_length_and_a_language():
    found = features(embedding(["The river is wide.", "What is that to you?"]))
    assert (found.turns, found.language) == (0, Language.ENGLISH)
    assert found.prompt_tokens > 8


@pytest.mark.parametrize("make", [completion, embedding])
def test_a_long_prompt_is_read_at_both_ends(make):
    found = features(make("Prove this lemma: " + LONG + "What is the idea?"))
    assert (found.reasoning, found.questions) == (4, 0)
    assert found.prompt_tokens == pytest.approx(len(LONG) / 4, rel=0.05)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"messages":3}', b'{"messages":[3]}', b"\xff" * 9, b'{"messages":[{"role":1}]}']
)
@pytest.mark.parametrize("operation", Operation)
def test_a_body_that_no_endpoint_has_read_has_features_all_the_same(data, operation):
    assert features(bare_call(data, operation)).images == 0


@pytest.mark.parametrize("surrogate", ["\\ud83d", "\\ude00\\ud83d", "\\ud83dx"])
def test_half_a_surrogate_pair_in_a_body_is_read_around(surrogate):
    found = features(bare_call(b'{"messages":[{"role":"user","content":"Prove it: %b"}]}' % surrogate.encode()))
    assert (found.turns, found.reasoning) == (1, 2)


def test_a_body_that_the_stack_has_no_room_for_is_read_at_its_ends():
    deep = b"[" * 15_000 + b"]" * 15_000
    found = features(bare_call(b'{"messages":[{"role":"user","content":"Prove it."}],"x":%b}' % deep))
    assert (found.turns, found.reasoning) == (1, 2)


def test_features_are_plain_values_that_can_be_recorded_and_read_back():
    found = features(chat(user("Explain it."), tools=[TOOL], response_format=SCHEMA))
    recorded = json.dumps(msgspec.to_builtins(found))
    assert msgspec.json.decode(recorded, type=Features) == found
    assert "Explain" not in recorded


@pytest.mark.parametrize("times", [1, END, 20 * END])
def test_what_asks_is_found_at_both_ends_of_a_text_however_long(times):
    found = features(chat(user("Prove it.\n\n" + "word " * times + "\n\nWhat is it?")))
    assert (found.reasoning, found.routine, found.asking_tokens) == (2, 1, 5)
