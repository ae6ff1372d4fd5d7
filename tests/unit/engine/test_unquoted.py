"""A provider's key is left out of its own words, also where the key does not look like one."""

import pytest

from sixnines.config.secret import Secret
from sixnines.domain.failure import Failure, FailureKind
from sixnines.engine.judging import unquoted

KEY = Secret("plain looking key 4711")


def said(message, credential=KEY):
    return unquoted(Failure(FailureKind.SERVER, message, status=500), credential)


def test_the_key_is_left_out_wherever_it_stands():
    assert said("no plain looking key 4711, not plain looking key 4711!").message == "no [secret], not [secret]!"
    assert said("x plain looking key 4711").status == 500


def test_what_quotes_nothing_stays_as_it_is():
    failure = Failure(FailureKind.SERVER, "it failed")
    assert unquoted(failure, KEY) is unquoted(failure, None) is failure


@pytest.mark.parametrize("length", range(4, len(KEY.reveal())))
def test_a_message_that_was_cut_within_the_key_shows_no_piece_of_it(length):
    assert said(f"the key is {KEY.reveal()[:length]}…").message == "the key is [secret]…"


def test_an_ellipsis_of_another_kind_stays():
    assert said("try again…").message == "try again…"
