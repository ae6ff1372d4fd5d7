"""Provider texts made fit for other people's eyes."""

import time

import pytest

from sixnines.providers.wording import READ_LIMIT, SHOWN_LIMIT, presentable, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # urls
        ("see https://platform.openai.com/account?x=1#y now", "see [url] now"),
        ('Post "http://127.0.0.1:39871/load": EOF', 'Post "[url]": EOF'),
        (r"at https:\/\/internal.example\/v1 now", "at [url] now"),
        ("grpc+tls://gpu-box.lan:50051 down", "[url] down"),
        # addresses
        ("dial tcp 10.1.2.3:11434: connect: connection refused", "dial tcp [address]: connect: connection refused"),
        ("dial tcp [::1]:8080: refused", "dial tcp [address]: refused"),
        ("connect to gpu-box.lan:8000 failed", "connect to [address] failed"),
        ("connect to localhost:8000 failed", "connect to [address] failed"),
        # paths
        ("The model `/srv/models/hf-smollm2` does not exist", "The model `[path]` does not exist"),
        ("open ~/.ollama/models/x: denied", "open [path]: denied"),
        ("open ../../etc/passwd: denied", "open [path]: denied"),
        ("cannot read /model.gguf", "cannot read [path]"),
        (r"cannot read C:\Users\me\model.gguf now", "cannot read [path] now"),
        (r"cannot read \\host\share\model.gguf now", "cannot read [path] now"),
        # secrets
        ("Incorrect API key provided: sk-proj-abcDEF123.", "Incorrect API key provided: [secret]"),
        ("Incorrect API key provided: ab****yz now", "Incorrect API key provided: [secret] now"),
        ("got Bearer abc.def-ghi now", "got Bearer [secret] now"),
        ("token hf_AbCdEfGhIj is wrong", "token [secret] is wrong"),
        ("key AIzaSyA1234567890abcdefghijk is wrong", "key [secret] is wrong"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln is wrong", "jwt [secret] is wrong"),
        ("x-api-key: hunter2", "x-api-key: [secret]"),
        ('{"password": "hunter2", "n": 1}', '{"password": "[secret]", "n": 1}'),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: [secret] [secret]"),
        (
            "key 0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOpQrStUvWx is wrong",
            "key [secret] is wrong",
        ),
        # stacks
        ('boom\n\n  File "/x/app.py", line 3, in f\n    return x', "boom"),
        ("boom Traceback (most recent call last): more", "boom"),
        ("panic: oops\ngoroutine 1 [running]:\nmain.main()", "panic: oops"),
        # one line
        ("a\r\n\tb\x00c\u202ed\u2028e", "a b c d e"),
        ("  \n ", ""),
    ],
)
def test_what_must_not_be_shown_is_replaced(text, shown):
    assert presentable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "The model `meta-llama/Llama-3.1-8B-Instruct` does not exist",
        "model 'hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M' not found",
        "model: claude-sonnet-4-20250514",
        "model 'llama3.1:70b' not found",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "JSON schema error at #/$defs/step: unrecognized type nonsense",
        "request (4031 tokens) exceeds the available context size (512 tokens), try increasing it",
        "temperature must be non-negative, got -3.0. (parameter=temperature, value=-3.0)",
        "Unexpected end of </s> at line 12:17",
        "(ref: 4cc8cd3e-4d0f-4e5b-9e4e-5a0c4b9f2c11)",
        "maximum tokens: 4096; tokens/min: 3",
        "Basic authentication required, or a bearer token",
    ],
)
def test_what_people_need_stays(text):
    assert presentable(text) == text


def test_a_secret_that_the_reading_limit_cuts_is_dropped_whole():
    text = "x" * (READ_LIMIT - 20) + " key sk-" + "a1" * 40
    assert presentable(text) == "x" * (READ_LIMIT - 20) + " key"


def test_one_word_longer_than_the_reading_limit_is_not_shown():
    assert presentable("x" * (READ_LIMIT + 1)) == ""


def test_long_texts_end_in_an_ellipsis():
    assert shortened("x" * SHOWN_LIMIT) == "x" * SHOWN_LIMIT
    assert shortened("x" * (SHOWN_LIMIT + 1)) == "x" * (SHOWN_LIMIT - 1) + "…"


@pytest.mark.parametrize(
    "piece",
    ["a.", "a-", "a*", "/a", "a/", "//", "[:", "sk-", "eyJ.", "1.", "a1", "\\\\a", "x://", 'File "', "api_key", "**"],
)
def test_no_text_makes_it_slow(piece):
    text = piece * (READ_LIMIT // len(piece))
    began = time.perf_counter()
    presentable(text)
    assert time.perf_counter() - began < 0.5
