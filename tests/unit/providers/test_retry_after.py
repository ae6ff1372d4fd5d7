"""The headers that say when to come back."""

from datetime import UTC, datetime

import pytest

from sixnines.providers.retry_after import LONGEST_S, read_retry_after

NOW = datetime(2026, 11, 23, 19, 30, 0, tzinfo=UTC).timestamp()


def wait(*headers: tuple[bytes, bytes]) -> float | None:
    return read_retry_after(headers, NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"0", 0),
        (b"20", 20),
        (b" 20 ", 20),
        (b"1.5", 1.5),  # not in RFC 9110, but sent
        (b"Mon, 23 Nov 2026 19:31:00 GMT", 60),
        (b"Monday, 23-Nov-26 19:31:00 GMT", 60),
        (b"Mon Nov 23 19:31:00 2026", 60),
        (b"Tue Dec  1 00:00:00 2026", LONGEST_S),
        (b"Mon, 23 Nov 2026 19:30:60 GMT", 59),  # a leap second
    ],
)
def test_all_forms_of_rfc_9110_are_read(value, seconds):
    assert wait((b"retry-after", value)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"soon",
        b"-5",
        b"+5",
        b"1e3",
        b"0x10",
        b"nan",
        b"inf",
        b"5 seconds",
        b"00:00:00.033",
        "٣".encode(),  # a digit, but not one of HTTP's
        b"\xff\xfe",
        b"Mon, 23 Nov 2026 19:31:00",
        b"Mon, 23 Nov 2026 19:31:00 CET",
        b"Mon, 23 Foo 2026 19:31:00 GMT",
        b"Mon, 31 Feb 2026 19:31:00 GMT",
        b"Mon, 23 Nov 2026 25:31:00 GMT",
        b"Mon, 23 Nov 0000 19:31:00 GMT",
        b"2026-11-23T19:31:00Z",
    ],
)
def test_garbage_is_as_good_as_absent(value):
    assert wait((b"retry-after", value)) is None
    assert wait((b"retry-after-ms", value)) is None


def test_no_header_says_nothing():
    assert wait() is None
    assert wait((b"content-type", b"5")) is None


def test_a_date_in_the_past_means_now():
    assert wait((b"retry-after", b"Mon, 23 Nov 2026 19:29:00 GMT")) == 0


@pytest.mark.parametrize("name", [b"retry-after-ms", b"x-ms-retry-after-ms"])
def test_milliseconds_win_over_the_rounded_seconds(name):
    assert wait((b"retry-after", b"20"), (name, b"19873")) == pytest.approx(19.873)


def test_milliseconds_that_are_garbage_leave_the_seconds():
    assert wait((b"retry-after-ms", b"00:00:00.033"), (b"retry-after", b"2")) == 2


def test_the_first_value_that_can_be_read_counts():
    assert wait((b"retry-after", b"later"), (b"retry-after", b"3"), (b"retry-after", b"4")) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"retry-after", b"86400"),
        (b"retry-after", b"9" * 400),
        (b"retry-after-ms", b"9" * 400),
        (b"retry-after", b"Fri, 31 Dec 9999 23:59:59 GMT"),
    ],
)
def test_no_provider_sends_itself_away_for_longer_than_the_cap(name, value):
    assert wait((name, value)) == LONGEST_S


@pytest.mark.parametrize(
    ("year", "now", "full"),
    [("26", 2026, 2026), ("76", 2026, 2076), ("77", 2026, 1977), ("00", 2099, 2000), ("94", 2026, 1994)],
)
def test_two_digits_of_a_year_more_than_fifty_years_ahead_mean_the_past(year, now, full):
    """RFC 9110 section 5.6.7. The result is told apart by how far away it is."""
    start = datetime(now, 6, 1, tzinfo=UTC).timestamp()
    value = f"Sunday, 06-Nov-{year} 08:49:37 GMT".encode()
    expected = datetime(full, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp() - start
    assert read_retry_after([(b"retry-after", value)], start) == pytest.approx(min(max(expected, 0), LONGEST_S))
