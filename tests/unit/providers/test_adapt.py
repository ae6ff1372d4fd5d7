"""Rewrites for llama-cpp-python: only what it cannot take, and not a byte more."""

import json

import pytest

from sixnines.providers.adapt import for_llamacpp_python
from support.recorded_answers import read_recorded_answer

IMAGE = b'{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}'


def test_text_parts_become_one_string():
    body = b'{"model":"m", "messages": [{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}'
    assert for_llamacpp_python(body) == b'{"model":"m", "messages": [{"role":"user","content":"a\\nb"}]}'


def test_everything_else_keeps_its_bytes():
    body = (
        b'{ "temperature" : 0.70, "messages":[ {"content" : [ {"type":"text","text":"\xc3\xa4 \\u00e4 \\"q\\""} ] , "role":"user"},'
        b'{"role":"assistant", "content":"kept  as\\u0020it is"} ],\n"x":1e2}'
    )
    assert for_llamacpp_python(body) == (
        b'{ "temperature" : 0.70, "messages":[{"content" : "\xc3\xa4 \xc3\xa4 \\"q\\"" , "role":"user"},'
        b'{"role":"assistant", "content":"kept  as\\u0020it is"}],\n"x":1e2}'
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"m","messages":[{"role":"user","content":"text"}]}',
        b'{"model":"m","messages":[{"role":"user","content":null},{"role":"tool"}]}',
        b'{"model":"m","messages":[{"role":"user","content":[%b]}]}' % IMAGE,
        b'{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},%b]}]}' % IMAGE,
        b'{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":7}]}]}',
        b'{"model":"m","messages":[{"role":7,"content":[{"type":"text","text":"a"}]}]}',
        b'{"model":"m","messages":"none"}',
        b'{"model":"m","messages":[7]}',
        b'{"model":"m","messages":[]}',
        b'{"model":"m"}',
        b"[]",
        b"{",
        b"[" * 5000,
        b'{"response_format":{"type":"json_object"}}',
        b'{"response_format":{"type":"text"}}',
        b'{"response_format":{"type":"json_schema"}}',
        b'{"response_format":{"type":"json_schema","json_schema":{"name":"x"}}}',
        b'{"response_format":null}',
    ],
)
def test_what_the_engine_takes_or_must_refuse_itself_is_left_alone(body):
    assert for_llamacpp_python(body) == body


def test_no_parts_are_no_text():
    assert for_llamacpp_python(b'{"messages":[{"content":[]}]}') == b'{"messages":[{"content":""}]}'


def test_a_key_of_the_same_name_deeper_down_is_not_the_one():
    body = (
        b'{"metadata":{"messages":[1],"content":2},"messages":[{"tool":{"content":[3],"role":"developer"},"role":"developer",'
        b'"content":[{"type":"text","text":"t"}]}]}'
    )
    assert for_llamacpp_python(body) == (
        b'{"metadata":{"messages":[1],"content":2},"messages":[{"tool":{"content":[3],"role":"developer"},"role":"system",'
        b'"content":"t"}]}'
    )


def test_a_developer_is_a_system_message():
    """The recorded refusal lists the roles that the engine knows; `developer` is not among them."""
    refusal = json.loads(read_recorded_answer("llamacpp-python/bad_role").body)["error"]["message"]
    assert "'system'" in refusal
    assert "'developer'" not in refusal
    body = b'{"messages":[{"role":"developer","content":"be brief"},{"role":"user","content":"hi"}]}'
    assert for_llamacpp_python(body) == body.replace(b"developer", b"system")


def test_a_json_schema_goes_where_the_engine_looks_for_it():
    """The recorded refusal lists the two types that the engine knows."""
    refusal = json.loads(read_recorded_answer("llamacpp-python/json_schema_openai_form").body)["error"]["message"]
    assert "'text' or 'json_object'" in refusal
    body = b'{"response_format": {"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type": "object"}}},"n":1}'
    assert for_llamacpp_python(body) == b'{"response_format": {"type":"json_object","schema":{"type": "object"}},"n":1}'
