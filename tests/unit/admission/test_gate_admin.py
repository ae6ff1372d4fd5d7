"""Who holds the admin key, where nobody is to be refused by the question."""

import hashlib

import pytest

from sixnines.admission.gate import Gate
from support import specs


def gate(key):
    return Gate(specs.server(admin_key_digest=None if key is None else hashlib.sha256(key).digest()))


@pytest.mark.parametrize(
    ("key", "authorization", "held"),
    [
        (b"k", b"Bearer k", True),
        (b"k", b"bearer  k ", True),
        (b"k", b"Bearer other", False),
        (b"k", b"Basic k", False),
        (b"k", None, False),
        (None, b"Bearer k", False),
        (None, None, False),
    ],
)
def test_the_admin_key_is_held_or_not(key, authorization, held):
    assert gate(key).is_admin(authorization) is held
