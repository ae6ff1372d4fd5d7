"""Error bodies of every shape."""

import json
import time

import pytest

from sixnines.providers.envelopes import VALIDATION, Envelope, read_envelope


def words(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        (
            b'{"error":{"code":400,"message":"m","type":"invalid_request_error"}}',
            Envelope("m", words("invalid_request_error"), status=400),
        ),
        (
            b'{"error":{"message":"m","type":"t","param":"messages","code":"context_length_exceeded"}}',
            Envelope("m", words("t", "context_length_exceeded"), code="context_length_exceeded", param="messages"),
        ),
        (b'{"error":{"message":"m","type":"api_error","param":null,"code":null}}', Envelope("m", words("api_error"))),
        (b'{"error":"Unauthorized"}', Envelope("Unauthorized")),
        (b'{"detail":"Not Found"}', Envelope("Not Found")),
        (
            b'{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{"a":"secret"}}]}',
            Envelope("messages: Field required", words(VALIDATION), param="messages"),
        ),
        (b'{"detail":{"error":{"message":"m","code":"c"}}}', Envelope("m", words("c"), code="c")),
        (
            b'{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}',
            Envelope("m", words("badrequesterror"), status=400),
        ),
        (
            b'[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]',
            Envelope("m", words("resource_exhausted"), status=429),
        ),
        (
            b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}',
            Envelope("Overloaded", words("error", "overloaded_error")),
        ),
        (
            b'{"error":{"type":"t","message":"m","details":{"error_code":"spend_limit"}}}',
            Envelope("m", words("t", "spend_limit")),
        ),
        (
            b'{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}',
            Envelope("Authentication error"),
        ),
        (b'{"error":true,"message":"m"}', Envelope("m")),
        (b'{"error":{"code":"503","message":"m"}}', Envelope("m", words("503"), code="503", status=503)),
        (b'{"error":{"code":"1500","message":"m"}}', Envelope("m", words("1500"), code="1500")),
        (b'{"error":{"code":200,"message":"m"}}', Envelope("m")),
        (b'{"error":{"code":true,"message":"m"}}', Envelope("m")),
        (b'{"error":["first","second"]}', Envelope("first")),
        (b'{"error":{"message":["first"]}}', Envelope("first")),
        (b"Internal Server Error", Envelope("Internal Server Error")),
        (b"<html><head><title>502 Bad Gateway</title></head></html>", Envelope("502 Bad Gateway")),
        (b"<!DOCTYPE html>\n<html><title>A &amp; B</title></html>", Envelope("A & B")),
        (b"<html><body><h1>503 Service Unavailable</h1></body></html>", Envelope()),
        (b"", Envelope()),
        (b"null", Envelope("null")),
        (b"{}", Envelope()),
        (b"[]", Envelope()),
        (b"[1,2]", Envelope()),
        (b'{"error":{"message":"cut he', Envelope()),
        (b"\x1f\x8b\x08\x00\xff\xfe\xfd", Envelope()),
        (b'{"error":{"message":42}}', Envelope()),
    ],
)
def test_every_shape_is_read(body, envelope):
    assert read_envelope(body) == envelope


def test_json_in_a_string_is_opened_and_the_inner_error_wins():
    inner = {"error": {"code": 500, "message": "Jinja", "type": "server_error"}}
    assert read_envelope(json.dumps({"error": json.dumps(inner)}).encode()) == Envelope(
        "Jinja", words("server_error"), status=500
    )
    wrapped = {"error": {"message": json.dumps(inner), "type": "api_error", "code": 502}}
    assert read_envelope(json.dumps(wrapped).encode()) == Envelope(
        "Jinja", words("server_error", "api_error"), status=500
    )


def test_the_answer_of_the_provider_behind_openrouter_is_found():
    raw = json.dumps({"error": {"message": "Rate limit exceeded", "code": "rate_limit_exceeded"}})
    body = {"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": raw}}}
    assert read_envelope(json.dumps(body).encode()) == Envelope(
        "Rate limit exceeded", words("rate_limit_exceeded"), code="rate_limit_exceeded", status=429
    )


def test_pydantics_errors_as_text_are_told_without_the_input_and_the_traceback():
    message = (
        "2 validation errors:\n  {'type': 'list_type', 'loc': ('body', 'messages'), 'msg': 'Input should be a valid list', "
        "'input': 'my secret'}\n  {'type': 'x', 'loc': ('body', 'n'), 'msg': \"Input should be '1'\", 'input': 2}\n\n"
        '  File "/srv/app.py", line 376, in f'
    )
    assert read_envelope(json.dumps({"error": {"message": message}}).encode()) == Envelope(
        "messages: Input should be a valid list; n: Input should be '1'", words(VALIDATION), param="messages"
    )


def test_the_variants_of_a_union_are_not_part_of_the_field():
    details = [
        {"loc": ["body", "messages", 0, variant, "role"], "msg": f"Input should be '{role}'"}
        for variant, role in [("SystemMessage", "system"), ("UserMessage", "user"), ("list[Part]", "a"), ("X", "b")]
    ]
    assert read_envelope(json.dumps({"detail": details}).encode()) == Envelope(
        "messages.0.role: Input should be 'system'; messages.0.role: Input should be 'user'; "
        "messages.0.role: Input should be 'a'; and 1 more",
        words(VALIDATION),
        param="messages.0.role",
    )


def test_a_place_in_broken_json_is_no_field():
    body = b'{"detail":[{"type":"json_invalid","loc":["body",34],"msg":"JSON decode error"}]}'
    assert read_envelope(body) == Envelope("JSON decode error", words(VALIDATION))


def test_a_text_that_only_begins_like_a_validation_error_is_shown_as_it_is():
    assert read_envelope(b"3 validation errors occurred") == Envelope("3 validation errors occurred")


@pytest.mark.parametrize(
    "body",
    [b"[" * 60_000, b'{"error":' * 7000, b'{"error":"' + b'\\"' * 30_000, b'{"error":"\\ud800"}', b"\x00" * 65_536],
)
def test_hostile_bodies_say_nothing(body):
    envelope = read_envelope(body)
    assert envelope.words == frozenset()
    assert envelope.status is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html>" + b"<title" * 10_000,
        b"1 validation error: " + b"'loc': (" * 8000,
        b"1 validation error: " + b"'loc': 'a', 'msg': '" * 3000,
        b'{"error":"' + b"{[" * 30_000 + b'"}',
        b"\n" * 65_536,
    ],
)
def test_no_body_makes_it_slow(body):
    began = time.perf_counter()
    read_envelope(body)
    assert time.perf_counter() - began < 0.5


def test_strings_in_strings_are_not_opened_for_ever():
    text = "deep"
    for _ in range(12):
        text = json.dumps({"error": text})
    assert "deep" not in read_envelope(text.encode()).message.split()
