"""Requests read leniently: what has the wrong type counts as absent, and nothing raises."""

import pytest

from sixnines.testing.asks import ToolUse
from sixnines.testing.openai_asks import read_chat, read_completion, read_embedding, texts_of


def test_a_chat_is_read() -> None:
    ask = read_chat(
        {
            "model": "m",
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": 5,
            "n": 2,
            "logprobs": True,
            "top_logprobs": 3,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is"},
                        {"type": "image_url", "image_url": {"url": "data:"}},
                        {"type": "text", "text": "this?"},
                    ],
                },
            ],
        }
    )
    assert (ask.model, ask.stream, ask.include_usage, ask.max_tokens, ask.choices) == ("m", True, True, 5, 2)
    assert (ask.prompt, ask.last) == ("Be brief.\nWhat is\nthis?", "What is\nthis?")
    assert (ask.images, ask.logprobs, ask.prompt_tokens) == (1, 3, 6)


@pytest.mark.parametrize(
    ("choice", "use", "name"),
    [
        (None, ToolUse.AUTO, None),
        ("none", ToolUse.NONE, None),
        ("required", ToolUse.REQUIRED, None),
        ({"type": "function", "function": {"name": "g"}}, ToolUse.REQUIRED, "g"),
    ],
)
def test_tools_and_their_choice_are_read(choice: object, use: ToolUse, name: str | None) -> None:
    tools = [{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "g"}}]
    document = {"tools": tools} if choice is None else {"tools": tools, "tool_choice": choice}
    ask = read_chat(document)
    assert (ask.tools, ask.tool_use, ask.tool_name) == (("f", "g"), use, name)


def test_the_wanted_format_is_read() -> None:
    plain = read_chat({"response_format": {"type": "json_object"}})
    assert (plain.json_output, plain.schema) == (True, None)
    schema = {"type": "object"}
    wrapped = read_chat({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}})
    assert (wrapped.json_output, wrapped.schema) == (True, schema)


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("one", ("one",)),
        (["one", "two"], ("one", "two")),
        ([1, 2, 3], ("1 2 3",)),
        ([[1, 2], [3]], ("1 2", "3")),
        ([], ()),
        (None, ()),
        ({"a": 1}, ()),
    ],
)
def test_prompts_and_inputs_come_in_four_forms(value: object, texts: tuple[str, ...]) -> None:
    assert texts_of(value) == texts


def test_an_embedding_is_read() -> None:
    ask = read_embedding({"model": "m", "input": ["a", "bcdef"], "encoding_format": "base64", "dimensions": 4})
    assert (ask.inputs, ask.base64, ask.dimensions, ask.prompt_tokens) == (("a", "bcdef"), True, 4, 3)


@pytest.mark.parametrize("wrong", [None, 3, "x", [], {}, [None, 3], True])
def test_nothing_of_the_wrong_type_raises(wrong: object) -> None:
    names = ["model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "tools"]
    names += ["tool_choice", "response_format", "logprobs", "top_logprobs", "prompt", "input", "dimensions"]
    for read in (read_chat, read_completion, read_embedding):
        read(dict.fromkeys(names, wrong))
    read_chat({"messages": [{"content": wrong}, {"content": [wrong, {"type": wrong}]}], "tools": [{"function": wrong}]})
