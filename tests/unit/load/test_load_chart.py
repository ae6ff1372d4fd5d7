"""Plots: what is not measured is not drawn, and the axes are round."""

import re

from sixnines.load.chart import Line, lines, stack


def drawn(*values, slot_s=1.0):
    return lines("title", [Line("a", values, "c0")], slot_s, lambda value: f"{value:g}")


def test_a_line_has_a_gap_where_nothing_was_measured():
    path = re.search(r'<path class="line c0" d="([^"]*)"', drawn(1.0, 2.0, None, 3.0))[1]
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_a_line_of_nothing_is_no_line():
    assert 'class="line c0" d=""' in drawn(None, None)


def test_the_axis_ends_at_a_round_number_above_everything():
    assert ">400<" in drawn(1.0, 201.0)
    assert ">10<" in drawn(10.0)
    assert ">0.004<" in drawn(0.0021)


def test_points_lie_inside_the_picture():
    for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", drawn(*[float(each % 7) for each in range(120)])):
        assert 0 <= float(x) <= 720
        assert 0 <= float(y) <= 220


def test_layers_of_a_stack_lie_on_each_other():
    svg = stack("t", [Line("a", [3.0], "c0"), Line("b", [1.0], "c1")], 1.0, str)
    (first_y, first_h), (second_y, second_h) = (
        (float(y), float(h))
        for y, h in re.findall(r'<rect class="fill c\d"[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"', svg)
    )
    assert abs(second_y + second_h - first_y) < 0.2
    assert abs(first_h - 3 * second_h) < 0.5


def test_times_are_told_in_minutes_and_hours():
    assert ">1:00:00<" in drawn(*[1.0] * 120, slot_s=60.0)
    assert ">0:30<" in drawn(*[1.0] * 60)
    assert ">0.5 s<" in drawn(*[1.0] * 3, slot_s=0.5)
