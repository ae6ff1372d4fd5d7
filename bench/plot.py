"""Bars with their spread, as SVG. Pure: text from numbers, without a library.

Rates of systems lie four powers of ten apart, so their scale is logarithmic, and says so.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LABEL, _VALUE = 760, 200, 110
_ROW, _BAR, _TOP, _BOTTOM = 26, 16, 44, 30
_INK, _FAINT, _OURS, _OTHER = "#24292f", "#d0d7de", "#0969da", "#8c959f"
_FONT = f'font-family="sans-serif" font-size="12" fill="{_INK}"'
_STEPS = (1, 2, 5)
"""Ticks of a linear axis are these times a power of ten."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: at its left.
        value: its length.
        low, high: the ends of the line across its end.
        ours: drawn in colour.
    """

    label: str
    value: float
    low: float
    high: float
    ours: bool = False


def bars(title: str, unit: str, rows: Sequence[Bar], show: Callable[[float], str], *, logarithmic: bool) -> str:
    """A chart of `rows`, or an empty text if there are none with a length."""
    rows = [row for row in rows if row.value > 0]
    if not rows:
        return ""
    top = max(row.high for row in rows)
    ticks = _powers(min(row.low or row.value for row in rows), top) if logarithmic else _steps(top)
    scale = _Scale(ticks[0], max(top, ticks[-1]), logarithmic)
    height = _TOP + _ROW * len(rows) + _BOTTOM
    said = f"{unit}, logarithmic scale" if logarithmic else unit
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {_FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="8" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    foot = height - _BOTTOM + 16
    for tick in ticks:
        x = scale.x(tick)
        parts.append(f'<line x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{height - _BOTTOM}" stroke="{_FAINT}"/>')
        parts.append(f'<text x="{x}" y="{foot}" text-anchor="middle" font-size="10">{escape(show(tick))}</text>')
    parts.append(f'<text x="8" y="{foot}" font-size="10">{escape(said)}</text>')
    for at, row in enumerate(rows):
        parts += _row(row, _TOP + _ROW * at, scale, show)
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class _Scale:
    start: float
    end: float
    logarithmic: bool

    def x(self, value: float) -> float:
        """Where `value` lies, in the units of the drawing."""
        if self.logarithmic:
            share = math.log(max(value, self.start) / self.start) / math.log(self.end / self.start)
        else:
            share = value / self.end
        return round(_LABEL + share * (_WIDTH - _LABEL - _VALUE), 1)


def _row(row: Bar, y: float, scale: _Scale, show: Callable[[float], str]) -> list[str]:
    middle, end, low, high = y + _ROW / 2, scale.x(row.value), scale.x(row.low), scale.x(row.high)
    top = y + (_ROW - _BAR) / 2
    colour = _OURS if row.ours else _OTHER
    return [
        f'<text x="{_LABEL - 8}" y="{middle + 4}" text-anchor="end">{escape(row.label)}</text>',
        f'<rect x="{_LABEL}" y="{top}" width="{round(end - _LABEL, 1)}" height="{_BAR}" fill="{colour}"/>',
        f'<path d="M{low} {middle}H{high}M{low} {middle - 4}v8M{high} {middle - 4}v8" stroke="{_INK}" fill="none"/>',
        f'<text x="{high + 6}" y="{middle + 4}">{escape(show(row.value))}</text>',
    ]


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten from at most `low` to at least `high`, at least two."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def _steps(high: float) -> list[float]:
    """From 0 to at least `high` in at most six round steps."""
    power = 10.0 ** math.floor(math.log10(high))
    step = next(each * unit for unit in (power / 10, power) for each in _STEPS if high / (each * unit) <= 5)
    return [step * at for at in range(math.ceil(high / step - 1e-9) + 1)]
