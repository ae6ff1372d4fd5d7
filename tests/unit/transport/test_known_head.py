"""The edges of knowing a head again. That it changes nothing of what is read is shown by the laws of both readers."""

import pytest

from sixnines.transport.known_head import KnownHead

HEAD = b"POST / HTTP/1.1\r\nContent-Length: %b\r\nHost: h\r\n\r\n"
ROOMY = 1000


def test_the_same_head_with_another_length_is_known() -> None:
    known = KnownHead(HEAD % b"5", ROOMY)
    assert known.digits == b"5"
    assert known.match(HEAD % b"5" + b"hello") == (b"5", len(HEAD % b"5"))
    assert known.match(HEAD % b"120" + b"hello") == (b"120", len(HEAD % b"120"))


def test_a_head_without_a_length_is_known_by_every_byte() -> None:
    head = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    known = KnownHead(head, ROOMY)
    assert known.match(head + b"more") == (b"", len(head))
    assert known.match(head[:-1]) is None
    assert known.match(head.replace(b"h", b"H")) is None


@pytest.mark.parametrize(
    "length",
    [b"", b"-5", b"+5", b"5 ", b" 5", b"0x5", b"5,5", b"5\r\nContent-Length: 5", "\u0665".encode(), b"1234567890"],
)
def test_what_is_no_plain_length_is_not_known(length: bytes) -> None:
    assert KnownHead(HEAD % b"5", ROOMY).match(HEAD % length + b"hello") is None


def test_another_length_with_as_many_digits_is_known() -> None:
    known = KnownHead(HEAD % b"120", ROOMY)
    assert known.match(HEAD % b"999" + b"hello") == (b"999", len(HEAD % b"120"))
    assert known.match(HEAD % b"9 9" + b"hello") is None


def test_a_length_that_is_too_long_is_not_known_even_where_it_is_the_same_again() -> None:
    assert KnownHead(HEAD % b"1234567890", ROOMY).match(HEAD % b"1234567890") is None


def test_no_head_is_known_that_is_longer_than_the_limit() -> None:
    known = KnownHead(HEAD % b"5", len(HEAD % b"10"))
    assert known.match(HEAD % b"10") is not None
    assert known.match(HEAD % b"100") is None


def test_a_length_within_a_folded_field_is_not_taken_for_the_length() -> None:
    head = b"HTTP/1.1 200 OK\r\nA: b\r\n Content-Length: 7\r\nContent-Length: 5\r\n\r\n"
    assert KnownHead(head, ROOMY).digits == b"5"
