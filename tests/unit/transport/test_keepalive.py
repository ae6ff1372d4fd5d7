"""What a Keep-Alive header means for the connection."""

import math

import pytest

from sixnines.transport.keepalive import KeepAliveTerms, keep_alive_terms, requests_left


@pytest.mark.parametrize(
    ("value", "idle_s", "requests"),
    [
        (b"timeout=5, max=100", 4.0, 100),
        (b"timeout=5", 4.0, math.inf),
        (b"max=7", math.inf, 7),
        (b"TIMEOUT = 10;Max=1", 8.0, 1),
        (b'timeout="5"', 4.0, math.inf),
        (b"timeout=0", 0.0, math.inf),
        (b"", math.inf, math.inf),
        (b"timeout=soon, max=", math.inf, math.inf),
        (b"timeout=-5", math.inf, math.inf),
        (b"maxtimeout=5", math.inf, math.inf),
        (b"timeout=12345678901234567890", math.inf, math.inf),
    ],
)
def test_the_terms_are_read_with_a_margin_and_nonsense_is_no_promise(
    value: bytes, idle_s: float, requests: float
) -> None:
    assert keep_alive_terms(value) == KeepAliveTerms(idle_s, requests)


def carried(maxima: list[bytes]) -> int:
    """How many responses with these headers one connection carries."""
    left = math.inf
    for count, value in enumerate(maxima, start=1):
        left = requests_left(left, keep_alive_terms(value))
        if left < 1:
            return count
    raise AssertionError("the connection outlived all headers")


def test_a_maximum_that_never_changes_is_a_total() -> None:
    assert carried([b"max=100"] * 200) == 100


def test_a_maximum_that_counts_down_is_met_one_early_at_most() -> None:
    assert carried([b"max=%d" % left for left in range(99, -1, -1)]) in {99, 100}


@pytest.mark.parametrize("value", [b"max=0", b"max=1"])
def test_a_maximum_of_one_or_none_ends_the_connection_at_once(value: bytes) -> None:
    assert carried([value]) == 1
