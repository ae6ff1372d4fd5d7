"""Tool calls in a passed-on stream: each names itself once, because clients add the names up."""

import json

import pytest

from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.openai.calls_once import CallsOnce
from sixnines.dialects.openai.collect import OpenAICollector
from sixnines.dialects.openai.relay import OpenAIRelay
from sixnines.domain.operation import Operation
from support.recorded_answers import read_recorded_answer

HEAD = AnswerHead("chatcmpl-x", "public", 1700000000)


def fragment(arguments, index=0, choice=0, **more):
    call = {
        "index": index,
        "type": "function",
        "function": {"arguments": arguments, **more.pop("function", {})},
        **more,
    }
    return {"choices": [{"index": choice, "delta": {"tool_calls": [call]}}]}


def named(arguments, call_id="a", name="f", **more):
    return fragment(arguments, id=call_id, function={"name": name}, **more)


def trimmed(*chunks):
    calls = CallsOnce()
    return [json.loads(calls.trim(json.dumps(chunk).encode())) for chunk in chunks]


def test_an_id_and_a_name_that_were_said_are_not_said_again():
    first, second = trimmed(named("{"), named("}"))
    assert first == named("{")
    assert second["choices"][0]["delta"]["tool_calls"] == [{"index": 0, "function": {"arguments": "}"}}]


def test_calls_are_told_apart_by_index_and_by_choice():
    chunks = [named("{}"), named("{}", index=1), named("{}", choice=1)]
    assert trimmed(*chunks) == chunks


def test_another_id_is_another_call_even_where_an_engine_counts_wrongly():
    chunks = [named("{}"), named("{}", call_id="b")]
    assert trimmed(*chunks) == chunks


@pytest.mark.parametrize(
    "chunk",
    [
        b'{ "choices" : [{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}]}}]}',
        b'{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments": "x"}}]}}]}',
        b'{"choices":[{"index":0,"delta":{"tool_calls":[1,{"id":1},{"index":"x","id":"a"}]}}]}',
        b'{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a"}]}}],"x":"\xff"}',
        b'{"choices":[1,{"delta":1}]}',
    ],
)
def test_a_chunk_that_says_nothing_again_stays_as_it_was(chunk):
    assert CallsOnce().trim(chunk) == chunk


OLD_FORM = {"name": "f", "arguments": "{"}


def test_a_call_that_is_said_in_the_old_form_too_is_said_in_the_new_one_alone():
    chunk = named("{")
    chunk["choices"][0]["delta"]["function_call"] = OLD_FORM
    assert trimmed(chunk) == [named("{")]


def test_a_call_that_is_said_in_the_old_form_alone_stays():
    chunk = {"choices": [{"index": 0, "delta": {"function_call": OLD_FORM, "tool_calls": None}}]}
    assert trimmed(chunk) == [chunk]


def test_a_recorded_stream_of_llama_cpp_python_is_passed_on_as_clients_read_it():
    relay = OpenAIRelay(HEAD)
    out = relay.feed(read_recorded_answer("llamacpp-python/tools_named_stream").body)
    deltas = [json.loads(line[6:])["choices"][0]["delta"] for line in out.decode().split("\n\n") if "{" in line]
    calls = [call for delta in deltas for call in delta.get("tool_calls") or []]
    assert relay.complete
    assert [call["id"] for call in calls if "id" in call] == [calls[0]["id"]]
    assert [call["function"]["name"] for call in calls if "name" in call["function"]] == ["get_weather"]
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"city": "Paris"}
    assert not any(delta.get("function_call") for delta in deltas)


def test_put_together_the_old_form_names_the_first_call():
    collector = OpenAICollector(HEAD, Operation.CHAT)
    for index, text in enumerate(('{"x":1}', '{"x":2}')):
        chunk = named(text, call_id=f"id{index}", index=index)
        chunk["choices"][0]["delta"]["function_call"] = {"name": "f", "arguments": text}
        collector.feed(b"data: %b\n\n" % json.dumps(chunk).encode())
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    collector.feed(b"data: %b\n\ndata: [DONE]\n\n" % json.dumps(end).encode())
    message = json.loads(collector.whole().body)["choices"][0]["message"]
    assert message["function_call"] == {"name": "f", "arguments": '{"x":1}'}
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ['{"x":1}', '{"x":2}']
