"""Lines and stacked bars over time, as SVG that takes its colours from the page. Pure: text from numbers.

Never draws a point that was not measured: the line has a gap there.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 88, 28, 14, 30
_STEPS: Final = (1, 2, 4, 6, 8, 10)
_TICKS_Y, _TICKS_X = 4, 6
_ROUND_S: Final = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200)


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one layer of a stack.

    Attributes:
        label: in the legend.
        values: one for each slot; None where nothing was measured.
        colour: a class of the page's style sheet (`c0` to `c9`).
        dashed: drawn with gaps, for what was planned.
    """

    label: str
    values: Sequence[float | None]
    colour: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    slots: int
    slot_s: float
    top: float

    def x(self, at: float) -> float:
        return round(_LEFT + at / self.slots * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(_HEIGHT - _BOTTOM - value / self.top * (_HEIGHT - _TOP - _BOTTOM), 1)


def lines(title: str, drawn: Sequence[Line], slot_s: float, show: Callable[[float], str]) -> str:
    """A chart of lines over slots of `slot_s` seconds; `show` writes a value of the axis."""
    top = max((value for line in drawn for value in line.values if value is not None), default=0.0)
    frame = _Frame(max(len(line.values) for line in drawn), slot_s, _ceiling(top))
    return _svg(title, drawn, frame, show=show, parts=[_path(line, frame) for line in drawn])


def stack(title: str, drawn: Sequence[Line], slot_s: float, show: Callable[[float], str]) -> str:
    """A chart of bars, one a slot, each with the layers on top of each other."""
    slots = max(len(line.values) for line in drawn)
    sums = [sum(line.values[at] or 0.0 for line in drawn) for at in range(slots)]
    frame = _Frame(slots, slot_s, _ceiling(max(sums)))
    parts: list[str] = []
    below = [0.0] * slots
    for line in drawn:
        for at, value in enumerate(line.values):
            if value:
                y, end = frame.y(below[at] + value), frame.y(below[at])
                x = frame.x(at)
                width = round(max(frame.x(at + 1) - x - 1, 1), 1)
                parts.append(
                    f'<rect class="fill {line.colour}" x="{x}" y="{y}" width="{width}" height="{round(end - y, 1)}"/>'
                )
                below[at] += value
    return _svg(title, drawn, frame, show=show, parts=parts)


def _path(line: Line, frame: _Frame) -> str:
    """The line through the middles of the slots; a point alone becomes a dot."""
    steps: list[str] = []
    drawing = False
    for at, value in enumerate(line.values):
        if value is not None:
            x, y = frame.x(at + 0.5), frame.y(value)
            steps.append(f"L{x} {y}" if drawing else f"M{x} {y}h.01")
        drawing = value is not None
    dash = " dashed" if line.dashed else ""
    return f'<path class="line {line.colour}{dash}" d="{"".join(steps)}"/>'


def _svg(
    title: str, drawn: Sequence[Line], frame: _Frame, *, show: Callable[[float], str], parts: Sequence[str]
) -> str:
    legend = "".join(f'<li><span class="key {line.colour}"></span>{escape(line.label)}</li>' for line in drawn)
    grid: list[str] = []
    for step in range(_TICKS_Y + 1):
        value = frame.top * step / _TICKS_Y
        y = frame.y(value)
        grid.append(f'<path class="grid" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>')
        grid.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{escape(show(value))}</text>')
    for seconds in _times(frame.slots * frame.slot_s):
        x = frame.x(seconds / frame.slot_s)
        grid.append(f'<text x="{x}" y="{_HEIGHT - 8}" text-anchor="middle">{_clock(seconds)}</text>')
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><ul class="legend">{legend}</ul>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(grid)}{''.join(parts)}</svg></figure>"
    )


def _ceiling(value: float) -> float:
    """The least round number that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * 0.999999)


def _times(end_s: float) -> list[float]:
    step = next((each for each in _ROUND_S if end_s / each <= _TICKS_X), end_s / _TICKS_X)
    return [step * at for at in range(int(end_s / step + 1e-9) + 1)]


def _clock(seconds: float) -> str:
    """`0:30`, or `1:00:00`; below ten seconds `2.5 s`."""
    if seconds != int(seconds):
        return f"{seconds:g} s"
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
