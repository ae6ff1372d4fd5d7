"""Figures of a gateway as words, the same on every screen. Pure; never a number for what was not measured."""

from collections.abc import Sequence

NOT_MEASURED = "not measured"

_BARS = "▁▂▃▄▅▆▇█"
_DOLLAR = 1_000_000
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def span(seconds: float) -> str:
    """A length of time in its two largest units: `42 s`, `3 min`, `2 h 5 min`, `4 d 3 h`."""
    whole = max(0, int(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    if whole < _DAY_S:
        return _two(whole // _HOUR_S, "h", whole % _HOUR_S // _MINUTE_S, "min")
    return _two(whole // _DAY_S, "d", whole % _DAY_S // _HOUR_S, "h")


def milliseconds(value: float | None) -> str:
    """`85 ms`, `1.2 s`, or `-` for what is not known."""
    if value is None:
        return "-"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"  # noqa: PLR2004 - a second


def percent(part: float | None) -> str:
    """A part of one, or `-` for what is not known."""
    return "-" if part is None else f"{100 * part:.0f} %"


def dollars(micros: int | None) -> str:
    """US dollars of so many millionths: `$1,204.50`, `$0.0042`, or `-` for what is not known."""
    if micros is None:
        return "-"
    if micros >= _DOLLAR:
        return f"${micros / _DOLLAR:,.2f}"
    whole, _, rest = f"{micros / _DOLLAR:.6f}".partition(".")
    return f"${whole}.{rest.rstrip('0').ljust(2, '0')}"


def sparkline(values: Sequence[float]) -> str:
    """A bar for each value, the largest the highest, none lower than the lowest."""
    most = max(values, default=0.0)
    if most <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[min(len(_BARS) - 1, int(len(_BARS) * value / most))] for value in values)


def plain(text: str) -> str:
    """Without what would move a terminal's cursor or change its colours: words of providers come from outside."""
    return "".join(each if each.isprintable() else " " for each in text)


def cut(text: str, width: int) -> str:
    """At most so many characters; `…` for what is not shown."""
    if len(text) <= width:
        return text
    return text[: max(0, width - 1)].rstrip() + "…" if width > 0 else ""


def _two(first: int, unit: str, second: int, smaller: str) -> str:
    return f"{first} {unit} {second} {smaller}" if second else f"{first} {unit}"
