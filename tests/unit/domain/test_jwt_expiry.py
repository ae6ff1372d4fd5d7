"""When a key expires: known of JSON web tokens that say so, and of nothing else."""

import base64
import json

import pytest

from sixnines.domain.jwt_expiry import jwt_expiry


def part(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def token(claims, header=None):
    return f"{part(header or {'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


def test_a_token_says_when_it_expires():
    assert jwt_expiry(token({"exp": 1_795_662_000, "sub": "me"})) == 1_795_662_000
    assert jwt_expiry(token({"exp": 1_795_662_000.5})) == 1_795_662_000.5


@pytest.mark.parametrize(
    "credential",
    [
        "", "sk-abcdef", "a.b.c", "..", token({}), token({"exp": "soon"}), token({"exp": -1}), token({"exp": 0}), token({"exp": 1e30}),
        token({"exp": 9}, {"typ": "JWT"}),  # no token without an algorithm
        token({"exp": 9}) + ".more", "é.é.é", f"{part([])}.{part({'exp': 9})}.x", "!!!." + token({"exp": 9}).split(".", 1)[1],
        token({"exp": 1_795_662_000, "padding": "x" * 20_000}),
    ],
)  # fmt: skip
def test_of_everything_else_nothing_is_guessed(credential):
    assert jwt_expiry(credential) is None
