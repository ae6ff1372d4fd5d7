"""What a gateway's refusal becomes in a command."""

import json

import pytest

from sixnines.client.refusal import BY_CODE, refusal_in
from sixnines.errors import ConfigError, ControlError, Forbidden, GatewayUnreachable, MalformedRequest, Unauthenticated
from sixnines.server.errors import TABLE


def body(code, message="why"):
    return json.dumps({"error": {"message": message, "type": "x", "param": None, "code": code}}).encode()


def test_the_codes_are_those_that_the_gateway_sends():
    sent = {row.code: kind for kind, row in TABLE.items() if issubclass(kind, ControlError | ConfigError)}
    assert {code: kind for code, kind in sent.items() if kind is not GatewayUnreachable} == BY_CODE


@pytest.mark.parametrize(("code", "kind"), BY_CODE.items())
def test_each_becomes_what_it_was(code, kind):
    found = refusal_in(409, body(code), "here")
    assert (type(found), str(found)) == (kind, "why")


@pytest.mark.parametrize(
    ("code", "kind", "part"),
    [
        ("invalid_api_key", Unauthenticated, "--admin-key"),
        ("unknown_url", GatewayUnreachable, "version"),
        ("method_not_allowed", GatewayUnreachable, "version"),
        ("draining", GatewayUnreachable, "why"),
        ("foreign_host", Forbidden, "why"),
        ("forbidden", Forbidden, "why"),
        ("invalid_value", MalformedRequest, "refuses: why"),
        (None, MalformedRequest, "refuses: why"),
    ],
)
def test_the_rest_says_what_to_do(code, kind, part):
    found = refusal_in(400, body(code), "here")
    assert type(found) is kind
    assert part in str(found)


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b'{"error": "text"}', b"\xff"])
def test_what_is_no_refusal_of_ours_is_told_as_somebody_elses(content):
    found = refusal_in(502, content, "here")
    assert isinstance(found, GatewayUnreachable)
    assert "no sixnines gateway" in str(found)


def test_a_message_that_never_ends_is_cut_but_for_the_report_of_a_config():
    assert len(str(refusal_in(409, body("stale_plan", "x" * 9000), "here"))) == 500
    assert len(str(refusal_in(422, body("config_error", "x" * 9000), "here"))) == 9000
