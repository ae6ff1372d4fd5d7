"""Durations and sizes as a config writes them: `300ms`, `1.5s`, `32MiB`.

Never guesses a unit: a bare number is refused, because nobody can tell seconds from milliseconds.
"""

import re

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}  # largest first: `render_duration` takes the first that fits
_SIZE = re.compile(r"([0-9]{1,12})(B|KiB|MiB|GiB)")
_BYTES = {"GiB": 1024**3, "MiB": 1024**2, "KiB": 1024, "B": 1}

HEDGE_AT_P95 = "p95"
_SHORTEST_HEDGE_S = 0.001

# For the JSON Schema.
HEDGE_AFTER_PATTERN = f"^(?:{HEDGE_AT_P95}|{_DURATION.pattern})$"
DURATION_PATTERN = f"^{_DURATION.pattern}$"
SIZE_PATTERN = f"^{_SIZE.pattern}$"


def parse_duration(text: str) -> float:
    """Seconds.

    Raises:
        ValueError: with the reason.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("a duration is a number and one of ms s m h, as in 30s")
    # Milliseconds are divided: 0.001 has no exact binary form, and 1100 * 0.001 is not 1.1.
    number, unit = float(found.group(1)), found.group(2)
    return number / 1000 if unit == "ms" else number * _SECONDS[unit]


def render_duration(seconds: float) -> str:
    """The shortest way to write `seconds`; `parse_duration` reads it back."""
    for unit in ("h", "m", "s"):
        count = seconds / _SECONDS[unit]
        if count >= 1 and count == int(count):
            return f"{int(count)}{unit}"
    count = round(seconds * 1000, 6)
    return f"{int(count)}ms" if count == int(count) else f"{seconds:.9f}".rstrip("0") + "s"


def parse_hedge_after(text: str) -> str:
    """`text`, if it is a duration of at least a millisecond or `p95`.

    Raises:
        ValueError: with the reason.
    """
    if text == HEDGE_AT_P95:
        return text
    if _DURATION.fullmatch(text) is None or parse_duration(text) < _SHORTEST_HEDGE_S:
        raise ValueError(f"expected a duration such as 800ms, or {HEDGE_AT_P95}")
    return text


def parse_size(text: str) -> int:
    """Bytes.

    Raises:
        ValueError: with the reason.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError("a size is a whole number and one of B KiB MiB GiB, as in 32MiB")
    return int(found.group(1)) * _BYTES[found.group(2)]


def render_size(count: int) -> str:
    """The shortest way to write `count` bytes; `parse_size` reads it back."""
    for unit, size in _BYTES.items():
        if count >= size and count % size == 0:
            return f"{count // size}{unit}"
    return f"{count}B"
