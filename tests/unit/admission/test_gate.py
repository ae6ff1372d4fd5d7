"""Who is let in."""

import hashlib

import pytest

from sixnines.admission.gate import Gate
from sixnines.errors import Forbidden, Unauthenticated
from support import specs

CALLER, ADMIN = b"sk-caller", b"sk-admin"
LOCKED = specs.server(
    key_digests=frozenset({hashlib.sha256(CALLER).digest()}), admin_key_digest=hashlib.sha256(ADMIN).digest()
)


def test_without_keys_everybody_may_call():
    Gate(specs.server()).admit_caller(None)


def test_a_known_key_may_call_whatever_the_case_of_bearer():
    Gate(LOCKED).admit_caller(b"Bearer sk-caller")
    Gate(LOCKED).admit_caller(b"bearer  sk-caller ")


@pytest.mark.parametrize(
    "header", [None, b"", b"Bearer", b"Bearer ", b"Basic sk-caller", b"Bearer sk-other", b"sk-caller"]
)
def test_anything_else_may_not(header):
    with pytest.raises(Unauthenticated) as caught:
        Gate(LOCKED).admit_caller(header)
    assert "sk-" not in str(caught.value)


def test_the_admin_may_call_and_look():
    Gate(LOCKED).admit_caller(b"Bearer sk-admin")
    Gate(LOCKED).admit_admin(b"Bearer sk-admin")


def test_a_caller_may_not_look():
    with pytest.raises(Forbidden):
        Gate(LOCKED).admit_admin(b"Bearer sk-caller")
    with pytest.raises(Unauthenticated):
        Gate(LOCKED).admit_admin(None)
