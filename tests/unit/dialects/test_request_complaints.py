"""What is wrong with a request is said as the OpenAI API says it, with the field at fault."""

import json

import pytest

from sixnines.dialects import anthropic, ollama, openai
from sixnines.domain.operation import Operation
from sixnines.errors import MalformedRequest
from support.hostile import TOO_DEEP

HI = [{"role": "user", "content": "Hi"}]
TOOL = {"type": "function", "function": {"name": "f"}}
ONLY = "cannot be used with this model"


def refusal(parse, body: object) -> MalformedRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(MalformedRequest) as caught:
        parse(raw)
    return caught.value


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({"messages": HI}, "model", "Missing required parameter: 'model'."),
        ({"model": "m"}, "messages", "Missing required parameter: 'messages'."),
        ({"model": "m", "messages": {}}, "messages", "Invalid type for 'messages': expected an array, but got an object instead."),
        ({"model": "m", "messages": []}, "messages", "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."),
        ({"model": "m", "messages": [{"content": "Hi"}]}, "messages[0].role", "Missing required parameter: 'messages[0].role'."),
        ({"model": "m", "messages": [{"role": 5}]}, "messages[0].role", "Invalid type for 'messages[0].role': expected a string, but got an integer instead."),
        ({"model": "m", "messages": [{"role": "function", "content": ""}]}, "messages[0].role", "Invalid value: 'function'. Supported values are: 'system', 'developer', 'user', 'assistant', and 'tool'."),
        ({"model": "m", "messages": [{"role": "user", "content": 5}]}, "messages[0].content", "Invalid type for 'messages[0].content': expected one of a string or array, but got an integer instead."),
        ({"model": "m", "messages": [{"role": "user"}]}, "messages[0].content", "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got null instead."),
        ({"model": "m", "messages": [{"role": "user", "content": []}]}, "messages[0].content", "Invalid 'messages[0].content': empty array. Expected an array with minimum length 1, but got an empty array instead."),
        ({"model": "m", "messages": [{"role": "user", "content": [{"type": "odd"}]}]}, "messages[0].content[0].type", "Invalid value: 'odd'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', and 'file'."),
        ({"model": "m", "messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text", "Missing required parameter: 'messages[0].content[0].text'."),
        ({"model": "m", "messages": [{"role": "assistant", "content": [{"type": "refusal"}]}]}, "messages[0].content[0].refusal", "Missing required parameter: 'messages[0].content[0].refusal'."),
        ({"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].image_url", "Missing required parameter: 'messages[0].content[0].image_url'."),
        ({"model": "m", "messages": [{"role": "tool", "content": "1"}]}, "messages[0].tool_call_id", "Missing required parameter: 'messages[0].tool_call_id'."),
        ({"model": "m", "messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}]}, "messages[0].tool_calls[0].function", "Missing required parameter: 'messages[0].tool_calls[0].function'."),
        ({"model": "m", "messages": HI, "temperature": "hot"}, "temperature", "Invalid type for 'temperature': expected a decimal, but got a string instead."),
        ({"model": "m", "messages": HI, "n": 1.5}, "n", "Invalid type for 'n': expected an integer, but got a decimal instead."),
        ({"model": "m", "messages": HI, "stop": [1]}, "stop[0]", "Invalid type for 'stop[0]': expected a string, but got an integer instead."),
        (b'{"model":"m","messages":[],"top_p":1e999}', "top_p", "Invalid 'top_p': number out of range."),
        ({"model": "m", "messages": HI, "response_format": {"type": "grammar"}}, "response_format.type", "Invalid value: 'grammar'. Supported values are: 'json_object', 'json_schema', and 'text'."),
        ({"model": "m", "messages": HI, "response_format": {"type": "json_schema"}}, "response_format.json_schema", "Missing required parameter: 'response_format.json_schema'."),
        ({"model": "m", "messages": HI, "tools": [{"type": "odd"}]}, "tools[0].type", "Invalid value: 'odd'. Supported values are: 'function' and 'custom'."),
        ({"model": "m", "messages": HI, "tools": [{"type": "function"}]}, "tools[0].function", "Missing required parameter: 'tools[0].function'."),
        ({"model": "m", "messages": HI, "tool_choice": "any"}, "tool_choice", "Invalid value: 'any'. Supported values are: 'none', 'auto', and 'required'."),
        ({"model": "m", "messages": HI, "tool_choice": {"type": "odd"}}, "tool_choice.type", "Invalid value: 'odd'. Supported values are: 'function', 'allowed_tools', and 'custom'."),
        ({"model": "m", "messages": HI, "tool_choice": {"type": "function"}}, "tool_choice.function", "Missing required parameter: 'tool_choice.function'."),
        ({"model": "m", "messages": HI, "tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools", "Missing required parameter: 'tool_choice.allowed_tools'."),
        ({"model": "m", "messages": HI, "tool_choice": {"type": "function", "function": {"name": "g"}}, "tools": [TOOL]}, "tool_choice.function.name", "Tool choice 'g' not found in 'tools' parameter."),
        ({"model": "m", "messages": HI, "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "odd", "tools": []}}}, "tool_choice.allowed_tools.mode", "Invalid value: 'odd'. Supported values are: 'auto' and 'required'."),
        ({"model": "m", "messages": HI, "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function"}]}}}, "tool_choice.allowed_tools.tools[0].function", "Missing required parameter: 'tool_choice.allowed_tools.tools[0].function'."),
        ([], None, "The request body must be an object, but it is an array."),
        (b"null", None, "The request body must be an object, but it is null."),
        (b'{"model"', None, "We could not parse the JSON body of your request: Input data was truncated."),
        (b'{"x":' + b"[" * TOO_DEEP, None, "The JSON body of your request is nested too deeply."),
    ],
)  # fmt: skip
def test_a_chat_that_breaks_the_format_is_told_so_in_openais_words(body, param, message) -> None:
    found = refusal(openai.FORMATS[Operation.CHAT].parse_request, body)
    assert (found.param, found.message) == (param, message)
    assert found.code


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "file"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "assistant", "audio": {"id": "a"}}]}, "messages[0].audio"),
        ({"messages": [{"role": "assistant", "function_call": {"name": "f"}}]}, "messages[0].function_call"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]}]}, "messages[0].tool_calls[0].type"),
        ({"messages": HI, "functions": []}, "functions"),
        ({"messages": HI, "function_call": "auto"}, "function_call"),
        ({"messages": HI, "tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
        ({"messages": HI, "tool_choice": {"type": "custom", "custom": {}}}, "tool_choice.type"),
    ],
)  # fmt: skip
def test_what_no_other_dialect_has_is_refused_by_name(body, param) -> None:
    found = refusal(openai.FORMATS[Operation.CHAT].parse_request, {"model": "m", **body})
    assert found.param == param
    assert ONLY in found.message


@pytest.mark.parametrize(
    ("url", "param"),
    [
        ("file:///etc/passwd", "messages[0].content[0].image_url.url"),
        ("data:image/png,plain", "messages[0].content[0].image_url.url"),
        ("ftp://example.org/a.png", "messages[0].content[0].image_url.url"),
        ("", "messages[0].content[0].image_url.url"),
    ],
)
def test_an_image_must_be_fetched_over_http_or_be_in_the_request(url, param) -> None:
    content = [{"type": "image_url", "image_url": {"url": url}}]
    body = {"model": "m", "messages": [{"role": "user", "content": content}]}
    assert refusal(openai.FORMATS[Operation.CHAT].parse_request, body).param == param


def test_only_users_show_images() -> None:
    content = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
    body = {"model": "m", "messages": [{"role": "system", "content": content}]}
    assert refusal(openai.FORMATS[Operation.CHAT].parse_request, body).param == "messages[0].content[0]"


@pytest.mark.parametrize(
    ("prompt", "param"),
    [([], "prompt"), ([1, 2], "prompt"), ([[1], [2]], "prompt"), (["a", "b"], "prompt"), (5, "prompt")],
)
def test_a_completion_takes_one_prompt_in_text(prompt, param) -> None:
    body = {"model": "m", "prompt": prompt}
    assert refusal(openai.FORMATS[Operation.COMPLETION].parse_request, body).param == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": []}, "input"),
        ({"input": [1, 2]}, "input"),
        ({"input": ["a", [1]]}, "input"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({}, "input"),
    ],
)
def test_embeddings_take_text(body, param) -> None:
    assert refusal(openai.FORMATS[Operation.EMBEDDING].parse_request, {"model": "m", **body}).param == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [{"role": "odd", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": ""}]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "", "tool_call_id": "b"}]}, "messages[0]"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}]}, "messages[0].tool_calls[0]"),
        ({"messages": HI, "format": "yaml"}, "format"),
        ({"messages": HI, "options": {"temperature": "hot"}}, "options.temperature"),
    ],
)  # fmt: skip
def test_a_chat_in_ollamas_words_can_be_wrong_too(body, param) -> None:
    assert refusal(ollama.FORMATS[Operation.CHAT].parse_request, {"model": "m", **body}).param == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": HI, "max_tokens": None}, "max_tokens"),
        ({"messages": [{"role": "tool", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "document"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages[0].content[0].source"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "file"}}]}]}, "messages[0].content[0].source"),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}, "messages[0].content[0].tool_use_id"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": {}}]}]}, "messages[0].content[0].id"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a", "input": {}}]}]}, "messages[0].content[0].name"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f"}]}]}, "messages[0].content[0].input"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": "x"}]}]}, "messages[0].content[0].input"),
        ({"messages": HI, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0].type"),
        ({"messages": HI, "tools": [{"name": "f"}]}, "tools[0].input_schema"),
        ({"messages": HI, "tool_choice": {"type": "odd"}}, "tool_choice.type"),
        ({"messages": HI, "tool_choice": {"type": "tool"}}, "tool_choice.name"),
    ],
)  # fmt: skip
def test_a_chat_in_anthropics_words_can_be_wrong_too(body, param) -> None:
    found = refusal(anthropic.FORMATS[Operation.CHAT].parse_request, {"model": "m", "max_tokens": 5, **body})
    assert found.param == param


@pytest.mark.parametrize(
    ("formats", "extras", "param"),
    [
        (ollama.FORMATS, {"options": [1]}, "options"),
        (anthropic.FORMATS, {"output_config": 1}, "output_config"),
        (anthropic.FORMATS, {"reasoning_effort": "odd"}, "reasoning_effort"),
        (ollama.FORMATS, {"reasoning_effort": "odd"}, "reasoning_effort"),
    ],
)
def test_extra_fields_of_the_wrong_type_are_refused_when_they_are_needed(formats, extras, param) -> None:
    body = json.dumps({"model": "m", "messages": HI, **extras}).encode()
    request = openai.FORMATS[Operation.CHAT].parse_request(body)
    with pytest.raises(MalformedRequest) as caught:
        formats[Operation.CHAT].render_request(request)
    assert caught.value.param == param
