"""The picture of a play of `adaptive.py`: who led, and what was lost beside always asking the best. SVG by hand."""

import math
from collections.abc import Mapping, Sequence

_WIDTH, _LEFT, _RIGHT = 860, 70, 150
_PANELS = ((70, 190), (310, 150))
"""Top and height of each of the two."""
_COLOURS = ("#0f766e", "#b45309", "#7c3aed", "#be123c")
_LINE_COLOURS = ("#0f766e", "#64748b", "#b45309")
_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

_HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} 510" role="img" aria-labelledby="title desc" \
font-family="{_FONT}" font-size="13">
  <title id="title">adaptive follows the best of four</title>
  <desc id="desc">Above: the share of each choice among the last 100 requests. Below: the reward lost beside always \
asking the best, for adaptive and for two fixed sets of weights.</desc>
  <rect width="{_WIDTH}" height="510" rx="14" fill="#f8fafc"/>
"""


def picture(
    names: Sequence[str],
    shares: Sequence[Sequence[float]],
    lost: Mapping[str, Sequence[float]],
    *,
    marks: Sequence[tuple[int, str]],
    requests: int,
) -> str:
    """The whole picture.

    Args:
        names: of the choices.
        shares: for each of them, its share of the last requests, at regular steps.
        lost: for each strategy, the reward lost so far, at the same steps.
        marks: where something changes, and what.
        requests: how many there are.
    """
    lines = [
        *_HEAD.splitlines(),
        *_panel(0, "share of the last 100 requests", 1.0, "{:.0%}"),
    ]
    most = 100.0 * math.ceil(max(max(each) for each in lost.values()) / 100)
    lines += _panel(1, "reward lost so far", most, "{:.0f}")
    lines += _marks(marks, requests)
    for index, (name, each) in enumerate(zip(names, shares, strict=True)):
        lines += _line(0, each, 1.0, _COLOURS[index])
        lines.append(_label(78 + 22 * index, name, _COLOURS[index]))
    for index, (name, values) in enumerate(lost.items()):
        lines += _line(1, values, most, _LINE_COLOURS[index])
        lines.append(_label(330 + 22 * index, name, _LINE_COLOURS[index]))
    lines.append(f'  <text x="{(_LEFT + _WIDTH - _RIGHT) // 2}" y="498" text-anchor="middle">requests</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _panel(number: int, title: str, most: float, style: str) -> list[str]:
    top, height = _PANELS[number]
    right = _WIDTH - _RIGHT
    rows = [f'  <text x="{_LEFT}" y="{top - 32}" font-weight="600" fill="#0f172a">{title}</text>']
    for part in (0.0, 0.5, 1.0):
        y = top + height * (1 - part)
        rows.append(f'  <path d="M{_LEFT} {y:.0f}H{right}" stroke="#cbd5e1"/>')
        text = style.format(most * part)
        rows.append(f'  <text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end" fill="#475569">{text}</text>')
    return rows


def _marks(marks: Sequence[tuple[int, str]], requests: int) -> list[str]:
    rows: list[str] = []
    for at, what in marks:
        x = _LEFT + (_WIDTH - _RIGHT - _LEFT) * at / requests
        for top, height in _PANELS:
            rows.append(f'  <path d="M{x:.0f} {top}v{height}" stroke="#94a3b8" stroke-dasharray="4 4"/>')
        bottom = _PANELS[1][0] + _PANELS[1][1]
        rows.append(f'  <text x="{x:.0f}" y="{bottom + 18}" text-anchor="middle" fill="#475569">{at}</text>')
        rows.append(f'  <text x="{x + 4:.0f}" y="{_PANELS[0][0] - 10}" fill="#475569">{what}</text>')
    return rows


def _line(number: int, values: Sequence[float], most: float, colour: str) -> list[str]:
    top, height = _PANELS[number]
    width = _WIDTH - _RIGHT - _LEFT
    points = " ".join(
        f"{_LEFT + width * (at + 1) / len(values):.1f},{top + height * (1 - value / most):.1f}"
        for at, value in enumerate(values)
    )
    return [f'  <polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>']


def _label(y: int, text: str, colour: str) -> str:
    return f'  <text x="{_WIDTH - _RIGHT + 14}" y="{y}" fill="{colour}" font-weight="600">{text}</text>'
