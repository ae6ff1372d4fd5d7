"""Which answers can be taken up, and what is asked for the rest of one."""

import json

import pytest

from sixnines.dialects.continuation import continuable, continued
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues
from sixnines.endpoints import chat_completions, completions, embeddings

USER = {"role": "user", "content": "Hi"}


def chat(**more):
    return chat_completions.read(json.dumps({"model": "m", "stream": True, "messages": [USER], **more}).encode())


def completion(**more):
    return completions.read(json.dumps({"model": "m", "stream": True, "prompt": "Once", **more}).encode())


def body_of(call, text="so far", tokens=2, continues=Continues.EXACTLY):
    return json.loads(continued(call, Said([text] if text else [], tokens), continues).body)


FREE = [
    {},
    {"n": 1},
    {"n": None},
    {"response_format": {"type": "text"}},
    {"response_format": None},
    {"temperature": 2, "stop": ["x"], "seed": 1, "stream_options": {"include_usage": True}},
]


@pytest.mark.parametrize(
    "more", [*FREE, {"logprobs": False}, {"modalities": ["text"]}, {"tools": [{"type": "function"}]}]
)
def test_a_chat_with_one_plain_text_as_its_answer_can_be_taken_up(more):
    assert continuable(chat(**more))


@pytest.mark.parametrize("more", [*FREE, {"suffix": "the end"}, {"echo": False}, {"best_of": 1}, {"raw": True}])
def test_a_completion_of_one_prompt_can_be_taken_up(more):
    assert continuable(completion(**more))


BOUND = [
    {"stream": False},
    {"n": 2},
    {"grammar": "root ::= x"},
    {"guided_json": {}},
    {"guided_choice": ["a", "b"]},
    {"structured_outputs": {"regex": "a+"}},
    {"json_schema": {}},
    {"format": "json"},
    {"echo": True},
    {"use_beam_search": True},
]


@pytest.mark.parametrize(
    "more",
    [
        *BOUND,
        {"logprobs": True},
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        {"response_format": "text"},
        {"modalities": ["text", "audio"]},
        {"messages": [USER, {"role": "assistant", "tool_calls": [{"id": "c"}]}]},
        {"messages": [USER, {"role": "assistant", "content": 1}]},
    ],
)
def test_a_chat_that_asks_for_more_than_one_plain_text_cannot(more):
    assert not continuable(chat(**more))


@pytest.mark.parametrize(
    "more",
    [
        *BOUND,
        {"logprobs": 0},
        {"best_of": 3},
        {"prompt": ["a", "b"]},
        {"prompt": [1, 2]},
        {"system": "Be brief."},
        {"template": "{{ .Prompt }}"},
        {"raw": False},
        {"max_completion_tokens": "many"},
    ],
)
def test_a_completion_that_asks_for_more_than_one_plain_text_cannot(more):
    assert not continuable(completion(**more))


def test_nothing_goes_on_with_an_embedding():
    assert not continuable(embeddings.read(b'{"model":"m","input":"x"}'))


def test_the_text_so_far_is_the_assistants_last_message():
    asked = {"model": "m", "stream": True, "messages": [USER]}
    assert body_of(chat()) == asked | {"messages": [USER, {"role": "assistant", "content": "so far"}]}
    assert body_of(completion())["prompt"] == "Onceso far"


def test_everything_else_stays_as_its_bytes_came():
    body = b'{ "model":"m", "stream" :true,"x":1.50, "messages": [ {"role":"user",  "content":"\\u0048i"} ] }'
    wanted = b'{ "model":"m", "stream" :true,"x":1.50, "messages": [{"role":"user",  "content":"\\u0048i"},%b] }'
    more = continued(chat_completions.read(body), Said(["é"], 1), Continues.EXACTLY)
    assert more.body == wanted % '{"role":"assistant","content":"é"}'.encode()


def test_the_callers_own_call_is_not_changed():
    call = chat(max_tokens=9)
    before, neutral = call.body, call.neutral()
    more = continued(call, Said(["x"], 4), Continues.EXACTLY)
    assert (call.body, call.max_tokens, call.neutral()) == (before, 9, neutral)
    assert more.neutral().messages[-1].parts[0].text == "x"
    assert (more.max_tokens, more.neutral().sampling.max_tokens) == (5, 5)


@pytest.mark.parametrize(("tokens", "left"), [(0, 9), (3, 6), (8, 1), (9, 1), (50, 1)])
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_limit_is_what_is_left_and_one_at_the_least(name, tokens, left):
    more = continued(chat(**{name: 9}), Said(["x"], tokens), Continues.EXACTLY)
    assert (json.loads(more.body)[name], more.max_tokens) == (left, left)


@pytest.mark.parametrize("limit", [None, -1])
def test_no_limit_stays_none(limit):
    assert body_of(completion(max_tokens=limit))["max_tokens"] == limit


@pytest.mark.parametrize(
    ("begun", "content"),
    [
        ({"content": "Zero "}, "Zero so far"),
        ({"content": ""}, "so far"),
        ({"content": None}, "so far"),
        ({"content": [{"type": "text", "text": "Zero "}]}, [{"type": "text", "text": "Zero so far"}]),
        ({"content": []}, [{"type": "text", "text": "so far"}]),
        ({"content": [{"type": "refusal", "refusal": "no"}]},
         [{"type": "refusal", "refusal": "no"}, {"type": "text", "text": "so far"}]),
    ],
)  # fmt: skip
def test_an_answer_that_the_caller_had_begun_is_extended(begun, content):
    call = chat(messages=[USER, {"role": "assistant", **begun}])
    assert continuable(call)
    assert body_of(call)["messages"] == [USER, {"role": "assistant", "content": content}]


def test_white_space_at_the_end_is_left_out_for_who_does_not_take_it():
    assert body_of(chat(), "one\n two \n", continues=Continues.TRIMMED)["messages"][-1]["content"] == "one\n two"
    assert body_of(chat(), "one\n two \n")["messages"][-1]["content"] == "one\n two \n"


def test_an_answer_of_nothing_but_white_space_is_asked_for_again():
    assert body_of(chat(), " \n", continues=Continues.TRIMMED)["messages"] == [USER]
