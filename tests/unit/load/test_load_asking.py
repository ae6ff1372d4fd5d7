"""What is sent, byte for byte, and prompts out of files."""

import json

import pytest

from sixnines.config.secret import Secret
from sixnines.config.urls import parse_base_url
from sixnines.load.asking import Asking, Endpoint, PromptError, read_prompts


def endpoint(url="http://127.0.0.1:4000/v1", key=None):
    return Endpoint(parse_base_url(url), None if key is None else Secret(key))


def sent(asking, to):
    (message,) = asking.messages(to)
    return message.head.decode(), json.loads(message.body)


def test_a_request_is_http_with_its_length_and_key():
    head, body = sent(Asking("m"), endpoint(key="sk-1"))
    assert head.startswith("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:4000\r\n")
    assert "\r\nauthorization: Bearer sk-1\r\n" in head
    assert head.endswith("\r\n\r\n")
    assert body == {"model": "m", "stream": False, "messages": [{"role": "user", "content": "Say hello."}]}
    (message,) = Asking("m").messages(endpoint())
    assert f"content-length: {len(message.body)}\r\n".encode() in message.head
    assert b"authorization" not in message.head


def test_a_path_before_v1_is_kept_and_a_stream_is_asked_for():
    head, body = sent(Asking("m", stream=True, max_tokens=5), endpoint("https://example.org/openai/v1"))
    assert head.startswith("POST /openai/v1/chat/completions HTTP/1.1\r\nhost: example.org\r\n")
    assert "accept: text/event-stream" in head
    assert (body["stream"], body["max_tokens"]) == (True, 5)
    assert endpoint("https://example.org").origin.tls is not None


def test_a_key_is_in_no_text_of_ours():
    told = endpoint(key="sk-secret")
    assert "sk-secret" not in f"{told!r} {told.url} {Asking('m').messages(told)!r}"


def test_prompts_are_lines_and_objects_are_bodies():
    assert read_prompts(b"\xef\xbb\xbfone\n\n two \r\n", as_json=False, most=100) == ["one", "two"]
    (prompt,) = read_prompts(
        b'{"messages": [1], "temperature": 0, "model": "x", "stream": true}\n', as_json=True, most=100
    )
    _, body = sent(Asking("m", prompts=[prompt]), endpoint())
    assert body == {"messages": [1], "temperature": 0, "model": "m", "stream": False}


@pytest.mark.parametrize(
    ("content", "as_json", "said"),
    [
        (b"\n \n", False, "holds no prompt"),
        (b"\xff\xfe", False, "is not UTF-8 text"),
        (b"x" * 101, False, "is larger than 100B"),
        (b'{"messages": []}\nnonsense', True, "line 2 is no JSON object"),
        (b"[1]", True, "line 1 is no JSON object"),
        (b'{"prompt": "x"}', True, 'line 1 has no list of "messages"'),
    ],
)
def test_a_file_that_holds_no_prompts_is_refused_with_its_line(content, as_json, said):
    with pytest.raises(PromptError, match=said):
        read_prompts(content, as_json=as_json, most=100)
