"""Addresses: what they come to. What is refused, with its message, is among the golden configs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.urls import (
    BaseUrl,
    ListenAddress,
    is_everywhere,
    is_loopback,
    parse_base_url,
    parse_listen,
    parse_origin,
)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1", BaseUrl("http", "127.0.0.1", 80, "")),
        ("https://api.example.org/", BaseUrl("https", "api.example.org", 443, "")),
        ("HTTPS://API.Example.org:8443/v1", BaseUrl("https", "api.example.org", 8443, "")),
        ("http://a_service:8000/v1/", BaseUrl("http", "a_service", 8000, "")),
        ("http://localhost/engine/v1", BaseUrl("http", "localhost", 80, "/engine")),
        ("http://localhost/v1/engine//", BaseUrl("http", "localhost", 80, "/v1/engine")),
        ("http://localhost/myv1", BaseUrl("http", "localhost", 80, "/myv1")),
        ("http://[::1]:11434/a%20b", BaseUrl("http", "::1", 11434, "/a%20b")),
        ("http://[0:0:0:0:0:0:0:1]", BaseUrl("http", "::1", 80, "")),
    ],
)
def test_a_base_url_is_read(text, url):
    assert parse_base_url(text) == url


@given(st.sampled_from(["http://a", "https://a:1/x", "http://[::1]/y/z"]))
def test_a_final_v1_changes_nothing(text):
    assert (
        parse_base_url(text)
        == parse_base_url(f"{text}/v1")
        == parse_base_url(f"{text}/v1/")
        == parse_base_url(f"{text}/")
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:4000", ListenAddress("127.0.0.1", 4000)),
        ("localhost:0", ListenAddress("localhost", 0)),
        ("[::]:65535", ListenAddress("::", 65535)),
        ("0.0.0.0:1", ListenAddress("0.0.0.0", 1)),
    ],
)
def test_a_listen_address_is_read(text, address):
    assert parse_listen(text) == address


@pytest.mark.parametrize(
    "text", ["", ":", "a:", "a", "a:1:2", "a b:1", "127.1:1", "a:-1", "a:+1", "a:٣", f"a:{'9' * 5000}", "-a:1"]
)
def test_what_is_no_listen_address_is_refused(text):
    with pytest.raises(ValueError):
        parse_listen(text)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://chat.example.org", "https://chat.example.org"),
        ("https://Chat.Example.org:443", "https://chat.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
        ("*", "*"),
    ],
)
def test_an_origin_is_what_a_browser_sends(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize("parse", [parse_listen, parse_base_url, parse_origin])
@given(text=st.text())
def test_no_text_is_repeated_when_it_is_refused(parse, text):
    with pytest.raises(ValueError) as refused:
        parse(f"hunter2 {text}")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("localhost.", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("gateway", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_loopback_is_what_only_this_machine_reaches(host, loopback):
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(("host", "everywhere"), [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("x", False)])
def test_everywhere_is_the_unspecified_address(host, everywhere):
    assert is_everywhere(host) is everywhere
