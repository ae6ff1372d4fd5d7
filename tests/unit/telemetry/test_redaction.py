"""Credentials are left out of lines and of content; what is no credential stays readable."""

import time

import pytest

from sixnines.telemetry.redaction import Redactor

SECRET = "known secret of this gateway"
BODY = "abcdefghijklmnop1234"
# Put together, so that no file holds what looks like a key.
SHAPES = [
    *(
        prefix + BODY
        for prefix in ("sk-proj-", "sk-ant-api03-", "gsk_", "hf_", "xai-", "ghp_", "gho_", "glpat-", "xoxb-")
    ),
    "AIza" + BODY + BODY,
    "AKIA" + BODY.upper(),
    "r8_" + BODY,
    f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{BODY}",
]


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize("text", ["{}", "it is {}.", '{{"key": "{}"}}', "a={}&b", "Authorization: Bearer {}"])
def test_what_looks_like_a_credential_is_left_out(secret, text):
    redactor = Redactor()
    for cleaned in (redactor.line(text.format(secret)), redactor.content(text.format(secret).encode(), 1000)):
        assert secret not in cleaned
        assert secret[8:] not in cleaned
        assert "[secret]" in cleaned


def test_the_secrets_of_this_gateway_are_left_out_wherever_they_stand():
    redactor = Redactor([SECRET, "short"])
    assert redactor.line(f"x{SECRET}y {SECRET}") == "x[secret]y [secret]"
    assert redactor.content(f"x{SECRET}y".encode(), 1000) == "x[secret]y"
    assert redactor.line("short") == "short"  # would be hidden within words


def test_a_secret_that_begins_like_another_is_left_out_as_a_whole():
    assert Redactor(["abcdef", "abcdefghij"]).line("abcdefghij abcdefgh") == "[secret] [secret]gh"


def test_the_user_and_secret_parameters_of_urls_are_left_out():
    line = Redactor().line("http://me:pw@host/x?api_key=1234&q=2&token=abc")
    assert line == "http://[secret]@host/x?api_key=[secret]&q=2&token=[secret]"


@pytest.mark.parametrize(
    "text",
    [
        "listening on http://127.0.0.1:4000 (config /etc/sixnines.yaml)",
        "lab.yaml:3:5: error: providers.a.api_key: the environment variable KEY is not set",
        "deployment a/up rests for 5 s after server: it failed",
        "request 0123456789abcdef01234567 failed",
        "llama3.1:latest gpt-oss:20b-cloud",
    ],
)
def test_a_message_without_a_credential_stays_as_it_is(text):
    assert Redactor([SECRET]).line(text) == text


def test_content_names_no_secret_that_is_named_so():
    cleaned = Redactor().content(b'{"password": "hunter2", "api_key": "abc", "x": "api key: 7"}', 1000)
    assert "hunter2" not in cleaned
    assert "abc" not in cleaned


@pytest.mark.parametrize("secret", [SECRET, SHAPES[0]])
@pytest.mark.parametrize("limit", [16, 64, 100])
def test_a_cut_shows_no_piece_of_a_secret(secret, limit):
    """Wherever the cut falls, also when secrets before it have made the text shorter."""
    redactor = Redactor([SECRET])
    for before in range(2 * limit + 1100):
        text = (secret + " ") * (limit // 8) + "w" * before
        cleaned = redactor.content(f"{text} {secret} and more {'x' * 5000}".encode(), limit)
        assert secret[:6] not in cleaned, before
        assert len(cleaned) <= limit


def test_content_is_cut_only_where_it_is_too_long():
    redactor = Redactor()
    assert redactor.content(b"x" * 100, 100) == "x" * 100
    assert redactor.content(b"word " * 40, 100) == ("word " * 20)[:99] + "…"
    assert redactor.content("é\udcff".encode(errors="surrogateescape"), 10) == "é\ufffd"


def test_hostile_text_takes_no_time():
    redactor = Redactor([SECRET])
    began = time.monotonic()
    for text in ("sk-" * 100_000, "a" * 300_000, "://" + "x" * 300_000, "?key" * 80_000, "eyJ" * 100_000):
        redactor.content(text.encode(), 64 * 1024)
    assert time.monotonic() - began < 5
