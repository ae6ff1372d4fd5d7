"""Plots: well-formed, to scale, and with every bar that has a length."""

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.bench_scripts import load_bench

plot = load_bench("plot")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*values: float, logarithmic: bool = False) -> list[float]:
    rows = [plot.Bar(f"<{value}>", value, value, value) for value in values]
    text = plot.bars("a & b", "requests/s", rows, lambda value: f"{value:g}", logarithmic=logarithmic)
    tree = fromstring(text)
    return [float(rect.attrib["width"]) for rect in tree.iter(f"{SVG}rect")][1:]


def test_bars_of_a_linear_scale_are_in_proportion() -> None:
    half, whole = drawn(50.0, 100.0)
    assert half == pytest.approx(whole / 2, abs=0.1)


def test_bars_of_a_logarithmic_scale_grow_by_equal_steps() -> None:
    ten, hundred, thousand = drawn(20.0, 200.0, 2000.0, logarithmic=True)
    assert hundred - ten == pytest.approx(thousand - hundred, abs=0.2)


@given(st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=12), st.booleans())
def test_every_bar_stays_within_the_drawing(values: list[float], logarithmic: bool) -> None:
    widths = drawn(*values, logarithmic=logarithmic)
    assert len(widths) == len(values)
    assert all(0 <= width <= 450 + 0.1 for width in widths)


def test_nothing_to_draw_is_no_drawing() -> None:
    assert plot.bars("a", "b", [plot.Bar("x", 0.0, 0.0, 0.0)], str, logarithmic=True) == ""
