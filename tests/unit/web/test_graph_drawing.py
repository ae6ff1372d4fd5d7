"""What is written in the drawing: states in words, texts that fit, and the same in the table."""

import re

import pytest

from sixnines.client.seen import Attempt, Availability, Available, Request, Served
from sixnines.web.graph import graph_of
from sixnines.web.graph_drawing import drawing, identifier, rows
from sixnines.web.graph_use import uses
from sixnines.web.single_points import Name
from support.pictures import provider
from support.topologies import large, small

HREFS = {Name("model", "alone"): "/ui/graph?about=alone"}


def graph(*requests, topology=None, **more):
    given = {"served": (), "hour": None, **more}
    topology = topology or small()
    return graph_of(topology, given.pop("providers", ()), used=uses(topology, requests), **given)


def asked(kind="ok", times=1):
    attempt = Attempt(deployment="a/alone", provider="a", kind=kind)
    return [
        Request(id="r", arrived_at="", outcome="ok", asked_model="alone", model="alone", attempts=(attempt,))
    ] * times


def box(found, name):
    return next(each for each in found.boxes if each.spot.node.name == name)


def line(found, source, target):
    return next(
        each for each in found.lines if (each.curve.edge.key.source, each.curve.edge.key.target) == (source, target)
    )


def row(found, name):
    return next(each for each in found if each.node.name == name)


def test_a_box_says_its_state_its_hour_and_what_it_hangs_on():
    hour = Availability(
        window="1h", gateway=Available(text=""), models=(Available(name="alone", text="", good=1200, bad=3),)
    )
    served = [Served(name="alone", kind="model", state="fallback")]
    found = box(drawing(graph(hour=hour, served=served), HREFS), "alone")
    assert found.label.startswith(f"alone {found.note}")
    assert found.note == "by fallbacks · 1,200 ok, 3 bad"
    assert "by fallbacks only, last hour: 1,200 answered, 3 failed" in found.label
    assert "hangs on only provider a" in found.label
    assert found.is_marked
    assert found.href == "/ui/graph?about=alone"
    assert found.classes == "model fallback"


def test_a_provider_says_why_it_is_down():
    found = box(drawing(graph(providers=[provider("a", "down", "the connection was refused")]), {}), "a")
    assert "the connection was refused" in found.label
    assert (found.href, found.is_marked) == ("", False)


def test_what_is_seen_is_the_beginning_of_what_is_heard():
    for each in drawing(graph(topology=large(12)), {}).boxes:
        assert each.label.startswith(f"{each.name} {each.note}")
        assert each.spot.node.name in each.label


def test_no_text_is_wider_than_its_box():
    for each in drawing(graph(topology=large(40)), {}).boxes:
        room = each.spot.width - 24
        assert len(each.name) * 13 * 0.62 <= room - (20 if each.is_marked else 0)
        assert len(each.note) * 11 * 0.62 <= room


def test_ids_are_different_and_can_be_written_in_a_page():
    names = ["a/b", "a:b", "a b", "a_3Ab", "ä", "a.b"]
    found = {identifier("model", each) for each in names}
    assert len(found) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][\w.~-]*", each) for each in found)
    assert identifier("model", "x") != identifier("route", "x")


@pytest.mark.parametrize(
    ("kind", "times", "words", "classes"),
    [
        ("ok", 0, "alone: a (a/alone): not used", "deployment use0"),
        ("ok", 1, "alone: a (a/alone): once", "deployment use4"),
        ("ok", 1500, "alone: a (a/alone): 1,500 times", "deployment use4"),
        ("rate", 2, "alone: a (a/alone): 2 times, 2 failed", "deployment use4 failing"),
    ],
)
def test_a_way_says_how_often_it_was_taken(kind, times, words, classes):
    found = line(drawing(graph(*asked(kind, times)), {}), "alone", "a")
    assert (found.label, found.classes) == (words, classes)


def test_a_way_that_was_used_more_is_stronger_and_lies_above():
    one = Request(
        id="r", arrived_at="", outcome="ok", asked_model="far", model="far",
        attempts=(Attempt(deployment="cloud/far", provider="cloud", kind="ok"),),
    )  # fmt: skip
    found = drawing(graph(*asked(times=100), *[one] * 4), {})
    assert line(found, "alone", "a").classes == "deployment use4"
    assert line(found, "far", "cloud").classes == "deployment use2"
    assert [each.curve.edge.times for each in found.lines] == sorted(each.curve.edge.times for each in found.lines)


def test_the_table_says_what_the_drawing_shows():
    found = rows(graph(*asked(times=3)), HREFS)
    assert [each.node.name for each in found] == ["chat", "all", "alone", "local", "safe", "far", "a", "b", "cloud"]
    alone = row(found, "alone")
    assert [said for _, said in alone.ways] == ["a 3 times"]
    assert (alone.point, alone.hour, alone.href) == ("only provider a", "not measured", "/ui/graph?about=alone")
    assert [said for _, said in row(found, "safe").ways] == ["not used: a", "not used: cloud"]
    assert row(found, "a").domains == "gpu in host"
    assert row(found, "local").point == "only domain gpu"


def test_an_hour_in_which_nobody_asked_is_not_one_that_was_not_measured():
    hour = Availability(window="1h", gateway=Available(text=""), models=(Available(name="alone", text=""),))
    found = rows(graph(hour=hour), {})
    assert (row(found, "alone").hour, row(found, "far").hour) == ("not asked", "not measured")


@pytest.mark.parametrize(
    ("good", "bad", "note"),
    [
        (0, 0, "not asked"),
        (0, 7, "0 ok, 7 bad"),
        (99_999, 0, "99,999 ok"),
        (123_456, 0, "123.4k ok"),
        (999_999, 0, "999.9k ok"),
        (1_990_000, 12, "1.9M ok, 12 bad"),
    ],
)
def test_counts_are_told_in_few_characters_and_never_rounded_up(good, bad, note):
    found = Available(name="far", text="", good=good, bad=bad)
    hour = Availability(window="1h", gateway=Available(text=""), models=(found,))
    served = [Served(name="far", kind="model", state="ok")]
    assert box(drawing(graph(hour=hour, served=served), {}), "far").note == note
