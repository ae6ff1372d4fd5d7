"""How long a provider asks to be left alone: the headers that say so, as seconds.

Never raises and never reads a clock: what is not one of the formats is as good as absent.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

LONGEST_S = 3600.0
"""The cap, in seconds. An hour: asking again once an hour costs nothing, and a nonsense value retires no provider."""

# OpenAI and Azure send the milliseconds beside the rounded seconds, so the finer value is asked first.
_IN_MILLISECONDS = (b"retry-after-ms", b"x-ms-retry-after-ms")
_IN_SECONDS = b"retry-after"

# RFC 9110 knows whole seconds only; several APIs send decimals, and their SDKs accept them.
_NUMBER = re.compile(rb"\d+(?:\.\d+)?")

# The three forms of an HTTP-date, RFC 9110 section 5.6.7. The day's name is redundant and therefore not checked.
_IMF_FIXDATE = re.compile(
    r"[A-Z][a-z]{2}, (?P<day>\d\d) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT"
)
_RFC_850 = re.compile(
    r"[A-Z][a-z]{5,8}, (?P<day>\d\d)-(?P<month>[A-Z][a-z]{2})-(?P<year>\d\d) (?P<time>\d\d:\d\d:\d\d) GMT"
)
_ASCTIME = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]\d) (?P<time>\d\d:\d\d:\d\d) (?P<year>\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_retry_after(headers: Iterable[tuple[bytes, bytes]], now_unix_s: float) -> float | None:
    """Seconds until the provider wants to be asked again, between 0 and `LONGEST_S`; None if it does not say.

    Args:
        headers: lower-case names, wire order.
        now_unix_s: the wall clock in Unix seconds, for the date form.

    The formats are those of RFC 9110 section 10.2.3 and the millisecond headers of the OpenAI and Azure APIs.
    """
    found = list(headers)
    for name in _IN_MILLISECONDS:
        for value in _values(found, name):
            if _NUMBER.fullmatch(value):
                return min(float(value) / 1000, LONGEST_S)
    for value in _values(found, _IN_SECONDS):
        wait_s = float(value) if _NUMBER.fullmatch(value) else _seconds_until(value, now_unix_s)
        if wait_s is not None:
            return min(max(wait_s, 0.0), LONGEST_S)
    return None


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value.strip() for key, value in headers if key == name]


def _seconds_until(value: bytes, now_unix_s: float) -> float | None:
    """Seconds from now to an HTTP-date; negative when it has passed, None when it is no date."""
    text = value.decode("latin-1")
    match = _IMF_FIXDATE.fullmatch(text) or _RFC_850.fullmatch(text) or _ASCTIME.fullmatch(text)
    if match is None or match["month"] not in _MONTHS:
        return None
    now_year = 1970 + int(now_unix_s // 31_556_952)  # the mean Gregorian year; a day's error does not matter here
    hour, minute, second = (int(part) for part in match["time"].split(":"))
    try:
        date = datetime(
            _full_year(match["year"], now_year),
            _MONTHS.index(match["month"]) + 1,
            int(match["day"]),
            hour,
            minute,
            min(second, 59),  # a leap second has no place in Unix time
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return date.timestamp() - now_unix_s


def _full_year(digits: str, now_year: int) -> int:
    """RFC 9110 section 5.6.7: two digits that seem more than 50 years ahead mean the past."""
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - two digits are what the form is about
        return year
    year += now_year // 100 * 100
    return year - 100 if year > now_year + 50 else year
