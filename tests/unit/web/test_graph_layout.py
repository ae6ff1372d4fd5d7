"""The layout: nothing on top of anything else, edges end where they should, and the same graph gives the same picture."""

import itertools
import re

import pytest

from sixnines.client.topology import Topology
from sixnines.web.graph import about, graph_of
from sixnines.web.graph_layout import fitting, layout
from sixnines.web.graph_use import NOTHING, Way
from support.topologies import large, model, place, small

TOPOLOGIES = {
    "small": small(),
    "three": large(3, 3),
    "forty": large(40),
    "many providers": large(5, 20),
    "no routes": Topology(providers=small().providers, models=small().models),
    "only a provider": Topology(providers=(place("a", "x"),)),
    "no models": Topology(providers=(place("a", "x", "y"), place("b"))),
    "a provider beside a domain within its own": Topology(
        providers=(place("a", "host"), place("b", "gpu", "host"), place("c", "gpu", "host"), place("d", "host")),
        models=(model("m", "d"), model("n", "b", "a")),
    ),
}


@pytest.fixture(params=TOPOLOGIES.values(), ids=TOPOLOGIES.keys())
def drawn(request):
    graph = about(graph_of(request.param, (), served=(), hour=None, used=NOTHING))
    return graph, layout(graph)


def overlap(one, other):
    return (
        one.x < other.x + other.width and other.x < one.x + one.width
        and one.y < other.y + other.height and other.y < one.y + one.height
    )  # fmt: skip


def within(inner, outer):
    return (
        outer.x <= inner.x and inner.x + inner.width <= outer.x + outer.width
        and outer.y <= inner.y and inner.y + inner.height <= outer.y + outer.height
    )  # fmt: skip


def test_everything_is_drawn_once(drawn):
    graph, found = drawn
    wanted = sorted((each.kind, each.name) for each in (*graph.routes, *graph.models, *graph.providers))
    assert sorted((each.node.kind, each.node.name) for each in found.spots) == wanted
    assert [each.edge for each in found.curves] == list(graph.edges)


def test_no_box_lies_on_another(drawn):
    _, found = drawn
    for one, other in itertools.combinations(found.spots, 2):
        assert not overlap(one, other), (one, other)


def test_domains_lie_in_each_other_or_apart(drawn):
    _, found = drawn
    for one, other in itertools.combinations(found.domains, 2):
        assert not overlap(one, other) or within(one, other) or within(other, one)
    names = [each.name for each in found.domains]
    assert len(names) == len(set(names))


def test_a_provider_lies_in_its_domains_and_in_no_other_and_never_on_their_names(drawn):
    graph, found = drawn
    for spot in found.spots:
        own = graph.domains.get(spot.node.name, ()) if spot.node.kind == "provider" else ()
        for domain in found.domains:
            if domain.name in own:
                assert within(spot, domain)
                assert spot.y >= domain.y + 22
            else:
                assert not overlap(spot, domain)


def test_all_of_it_is_in_the_picture_and_below_the_headings(drawn):
    _, found = drawn
    for each in (*found.spots, *found.domains):
        assert each.x >= 0
        assert each.x + each.width <= found.width
        assert each.y >= 30
        assert each.y + each.height <= found.height


def test_edges_begin_and_end_at_their_boxes(drawn):
    _, found = drawn
    spots = {(each.node.kind, each.node.name): each for each in found.spots}
    for curve in found.curves:
        key = curve.edge.key
        chooses = key.way is Way.CHOOSES
        source = spots["route" if chooses else "model", key.source]
        target = spots["model" if chooses else "provider", key.target]
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", curve.path)]
        assert numbers[:2] == pytest.approx([source.x + source.width, source.middle], abs=0.01)
        assert numbers[-2:] == pytest.approx([target.x, target.middle], abs=0.01)


def test_it_is_the_same_each_time(drawn):
    graph, found = drawn
    assert layout(graph) == found


def test_models_stand_near_their_providers():
    topology = Topology(
        providers=(place("a"), place("b")),
        models=tuple(model(f"m{at}", "b" if at % 2 else "a") for at in range(10)),
    )
    found = layout(graph_of(topology, (), served=(), hour=None, used=NOTHING))
    order = [each.node.name for each in sorted(found.spots, key=lambda each: each.y) if each.node.kind == "model"]
    assert order == [f"m{at}" for at in (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("exactly-16-chars", "exactly-16-chars"),
        ("a-very-long-name:671b-cloud", "a-very-l…1b-cloud"[:8] + "…" + "b-cloud"),
    ],
)
def test_a_name_that_is_too_long_is_cut_in_the_middle(text, shown):
    found = fitting(text, 16 * 0.62 * 10 + 0.1, 10)
    assert found == shown
    assert len(found) <= 16
