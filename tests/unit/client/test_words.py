"""Figures as words."""

import pytest

from sixnines.client.words import cut, dollars, milliseconds, percent, plain, span, sparkline


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"), (0.9, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min"),
        (86_400, "1 d"), (90_000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_a_span_has_its_two_largest_units(seconds, text):
    assert span(seconds) == text


def test_what_is_not_known_is_a_dash():
    assert (milliseconds(None), percent(None)) == ("-", "-")
    assert (milliseconds(85.4), milliseconds(1234.0), percent(0.333)) == ("85 ms", "1.2 s", "33 %")


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (None, "-"), (0, "$0.00"), (1, "$0.000001"), (4200, "$0.0042"), (500_000, "$0.50"), (999_999, "$0.999999"),
        (1_000_000, "$1.00"), (12_345_678, "$12.35"), (1_204_500_000, "$1,204.50"),
    ],
)  # fmt: skip
def test_small_sums_are_not_told_as_nothing(micros, text):
    assert dollars(micros) == text


def test_a_sparkline_is_as_high_as_its_largest():
    assert sparkline([1, 4, 8]) == "▂▅█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"


def test_what_moves_a_cursor_is_a_space():
    assert plain("a\x1b[2J\nb") == "a [2J b"


@pytest.mark.parametrize(
    ("text", "width", "shown"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a b", 2, "a…"), ("a", 0, "")]
)
def test_what_does_not_fit_ends_with_dots(text, width, shown):
    assert cut(text, width) == shown
