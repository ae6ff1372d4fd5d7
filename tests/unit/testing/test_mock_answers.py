"""What is answered: the script applied to what was asked."""

import json

import pytest

from sixnines.testing.answers import Answer, answer, tokenize
from sixnines.testing.asks import Ask, ToolUse, count_tokens
from sixnines.testing.schemas import example
from sixnines.testing.script import Asked, FinishReason, make_script


def given(behaviour: dict[str, object], seed: int = 1, **asked: object) -> Answer:
    script = make_script({"default": behaviour})
    return answer(Ask(**{"operation": Asked.CHAT, "last": "the last words", **asked}), script.default, seed)


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        ({}, "Hello from the stand-in: all is well."),
        ({"text": "word for word\n"}, "word for word\n"),
        ({"text": ""}, ""),
        ({"echo": True}, "the last words"),
        ({"count": 4}, "0 1 2 3"),
        ({"json": {"a": [1]}}, '{"a":[1]}'),
        ({"json": None}, "null"),
    ],
)
def test_the_text_is_what_the_script_says(behaviour: dict[str, object], text: str) -> None:
    made = given(behaviour)
    assert made.content.text == text == "".join(made.content.pieces)
    assert made.finish is FinishReason.STOP


def test_filler_text_has_its_length_and_depends_on_the_seed() -> None:
    one, again, other = given({"lorem": 50}), given({"lorem": 50}), given({"lorem": 50}, seed=2)
    assert len(one.content) == 50
    assert one.content.text == again.content.text != other.content.text


def test_tokens_are_encoded_as_json() -> None:
    made = given({"text": 'say "hi" to\n\N{LLAMA} and \\'})
    assert "".join(json.loads(piece) for piece in made.content.encoded) == made.content.text


def test_the_callers_limit_cuts_text_and_drops_calls() -> None:
    made = given({"count": 9, "tool_calls": [{"name": "f"}]}, max_tokens=3)
    assert (made.content.text, made.finish, made.calls) == ("0 1 2", FinishReason.LENGTH, ())
    assert made.tally is not None
    assert made.tally.completion == made.generated == 3


def test_thinking_counts_against_the_limit() -> None:
    made = given({"count": 9, "reasoning": "one two"}, max_tokens=3)
    assert (made.reasoning.text, made.content.text) == ("one two", "0")
    assert given({"count": 9, "reasoning": "one two"}, max_tokens=1).content.text == ""


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    assert given({"count": 3}, max_tokens=3).finish is FinishReason.STOP


def test_thinking_can_be_refused() -> None:
    assert given({"reasoning": "hm"}, reasoning=False).reasoning.text == ""


def test_calls_come_without_text_unless_there_is_some() -> None:
    call = {"name": "f", "arguments": {"x": 1}, "id": "c1"}
    alone, beside = given({"tool_calls": [call]}), given({"text": "so", "tool_calls": [call]})
    assert (alone.content.text, beside.content.text) == ("", "so")
    assert alone.calls == beside.calls
    assert (alone.calls[0].id, alone.calls[0].arguments) == ("c1", '{"x":1}')
    assert alone.finish is FinishReason.TOOL_CALLS


def test_arguments_as_text_stay_as_the_model_wrote_them() -> None:
    assert given({"tool_calls": [{"name": "f", "arguments": "{bro"}]}).calls[0].arguments == "{bro"


def test_a_call_is_made_up_only_when_the_caller_insists_and_the_script_is_silent() -> None:
    insists = {"tools": ("f", "g"), "tool_use": ToolUse.REQUIRED}
    assert [call.name for call in given({}, **insists).calls] == ["f"]
    assert [call.name for call in given({}, **insists, tool_name="g").calls] == ["g"]
    assert given({"text": "no"}, **insists).calls == ()
    assert given({}, tools=("f",), tool_use=ToolUse.AUTO).calls == ()


def test_json_is_answered_when_json_is_asked_for() -> None:
    assert json.loads(given({}, json_output=True).content.text) == {"answer": "all is well"}
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert json.loads(given({}, json_output=True, schema=schema).content.text) == {"n": 0}
    assert given({"text": "plain"}, json_output=True).content.text == "plain"


def test_usage_is_counted_or_told() -> None:
    counted = given({"count": 5, "reasoning": "a b"}, prompt_tokens=9, choices=2).tally
    assert counted is not None
    assert (counted.prompt, counted.completion, counted.total, counted.reasoning) == (9, 14, 23, 2)
    told = given({"usage": {"prompt_tokens": 1, "completion_tokens": 2, "cached_tokens": 1, "reasoning_tokens": 1}})
    assert told.tally is not None
    assert (told.tally.prompt, told.tally.completion, told.tally.cached, told.tally.reasoning) == (1, 2, 1, 1)
    assert given({"report_usage": False}).tally is None


def test_the_finish_reason_can_be_told_or_left_out() -> None:
    assert given({"finish": "content_filter"}).finish is FinishReason.CONTENT_FILTER
    assert given({"fault": "done_without_finish"}).finish is None


def test_vectors_are_unit_vectors_of_exact_floats_that_depend_on_text_and_seed() -> None:
    asked = {"operation": Asked.EMBEDDING, "inputs": ("a", "b", "a")}
    made = given({"dimensions": 5}, **asked)
    a, b, again = made.vectors
    assert a == again != b
    assert sum(x * x for x in a) == pytest.approx(1)
    assert len(a) == 5
    assert given({}, **asked, dimensions=3).vectors[0] != given({}, seed=2, **asked, dimensions=3).vectors[0]
    assert len(given({}, **asked, dimensions=3).vectors[0]) == 3
    assert len(given({}, **asked, dimensions=-3).vectors[0]) == 1


def test_a_prompt_costs_a_token_for_four_characters() -> None:
    assert [count_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_white_space_stays_with_the_token_behind_it() -> None:
    assert tokenize(" a  b\n").pieces == (" a", "  b", "\n")
    assert tokenize("").pieces == ()


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "text"),
        ({"type": ["integer", "null"]}, 0),
        ({"enum": ["x", "y"]}, "x"),
        ({"const": 7}, 7),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"type": "array"}, []),
        ({"type": "object"}, {}),
        ({"properties": {"a": {"type": "number"}, "b": {"anyOf": [{"type": "null"}, {}]}}}, {"a": 0.5, "b": None}),
        ({"$ref": "#/$defs/X", "$defs": {"X": {"type": "string"}}}, "text"),
        ({"$ref": "#/$defs/Y", "$defs": {}}, None),
        ({}, None),
    ],
)
def test_an_example_fits_its_schema(schema: dict[str, object], value: object) -> None:
    assert example(schema) == value


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/$defs/T"}}}
    assert "child" in str(example({"$ref": "#/$defs/T", "$defs": {"T": tree}}))
