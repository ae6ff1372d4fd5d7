"""Values as files that tell by themselves whether they are what was written."""

import msgspec
import pytest

from sixnines.control.revision import Fate, Head, Journal, Outcome
from sixnines.control.sealed import seal, unseal

JOURNAL = Journal(number=3, step="verify", before=2)


def test_what_was_sealed_comes_out():
    assert unseal(seal(JOURNAL), Journal) == JOURNAL


def test_json_inside_of_a_value_comes_out_as_the_same_json():
    outcome = Outcome(number=1, fate=Fate.APPLIED, reason="", at_unix_s=0.0, evidence=msgspec.Raw(b'{"a":[1,{"b":2}]}'))
    found = unseal(seal(outcome), Outcome)
    assert msgspec.json.decode(found.evidence) == {"a": [1, {"b": 2}]}


def test_a_person_can_read_it():
    assert b'\n  "step": "verify",\n' in seal(JOURNAL)


@pytest.mark.parametrize("place", range(len(seal(JOURNAL)) - 1))
def test_no_single_changed_byte_goes_unseen(place):
    data = bytearray(seal(JOURNAL))
    data[place] ^= 0x01
    try:
        found = unseal(bytes(data), Journal)
    except ValueError:
        return
    assert found == JOURNAL  # white space around the value


@pytest.mark.parametrize("length", range(len(seal(JOURNAL)) - 2))
def test_no_beginning_of_a_file_is_taken_for_the_whole(length):
    with pytest.raises(ValueError):
        unseal(seal(JOURNAL)[:length], Journal)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "empty"), (b"\0" * 300, "empty"), (b"\xff\xfe", "no JSON"), (b"3\n", "no JSON"), (b"[" * 10**5, "no JSON")],
)
def test_what_is_something_else_is_told_as_that(data, said):
    with pytest.raises(ValueError, match=said):
        unseal(data, Journal)


def test_a_value_of_another_form_is_told_as_one_of_another_version():
    with pytest.raises(ValueError, match="version of sixnines"):
        unseal(seal(Head(3)), Journal)
