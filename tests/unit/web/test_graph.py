"""The graph: what is in it, how it stands, and what of it is shown."""

from sixnines.client.seen import Attempt, Availability, Available, Request, Served
from sixnines.web.graph import about, graph_of
from sixnines.web.graph_use import NOTHING, Way, uses
from sixnines.web.single_points import Point
from support.pictures import provider
from support.topologies import large, small


def graph(topology=None, **more):
    topology = topology or small()
    given = {"served": (), "hour": None, "used": NOTHING, **more}
    return graph_of(topology, given.pop("providers", ()), **given)


def names(nodes):
    return [each.name for each in nodes]


def edges(found, way=None):
    return {(each.key.source, each.key.target) for each in found.edges if way in (None, each.key.way)}


def test_everything_of_the_config_is_in_it_in_its_order():
    found = graph()
    assert names(found.routes) == ["chat", "all"]
    assert names(found.models) == ["alone", "local", "safe", "far"]
    assert names(found.providers) == ["a", "b", "cloud"]
    assert edges(found, Way.CHOOSES) == {("chat", "local"), ("chat", "alone"), ("all", "local"), ("all", "far")}
    assert edges(found, Way.DEPLOYMENT) == {
        ("alone", "a"), ("local", "a"), ("local", "b"), ("safe", "a"), ("far", "cloud"),
    }  # fmt: skip
    assert edges(found, Way.FALLBACK) == {("safe", "cloud")}
    assert found.left_out == 0


def test_states_are_those_that_the_gateway_tells():
    served = [Served(name="alone", kind="model", state="nobody"), Served(name="chat", kind="route", state="fallback")]
    found = graph(providers=[provider("a", "down", "the connection was refused")], served=served)
    assert [each.state for each in found.routes] == ["fallback", "unknown"]
    assert found.models[0].state == "nobody"
    assert (found.providers[0].state, found.providers[0].why) == ("down", "the connection was refused")
    assert found.providers[1].state == "unknown"


def test_a_model_and_a_route_of_one_name_are_told_apart():
    served = [Served(name="x", kind="model", state="nobody")]
    assert {each.state for each in graph(served=served).models} == {"unknown"}


def test_counts_are_those_of_the_hour_and_unknown_where_nothing_is_measured():
    hour = Availability(
        window="1h", gateway=Available(text=""),
        models=(Available(name="alone", text="", good=7, bad=2),), providers=(Available(name="a", text="", good=9),),
    )  # fmt: skip
    found = graph(hour=hour)
    assert (found.models[0].answered, found.models[0].failed) == (7, 2)
    assert (found.providers[0].answered, found.providers[0].failed) == (9, 0)
    assert found.models[1].answered is None
    assert graph(hour=Availability(window="1h")).models[0].answered is None


def test_single_points_are_marked():
    found = graph()
    assert [each.point for each in found.models] == [
        Point("provider", "a"), Point("domain", "gpu"), None, Point("provider", "cloud"),
    ]  # fmt: skip


def test_an_edge_knows_how_often_it_was_used():
    request = Request(
        id="r", arrived_at="", outcome="ok", asked_model="alone", model="alone",
        attempts=(Attempt(deployment="a/alone", provider="a", kind="server"),),
    )  # fmt: skip
    found = graph(used=uses(small(), [request]))
    used = {(each.key.source, each.key.target): (each.times, each.failed) for each in found.edges if each.times}
    assert used == {("alone", "a"): (1, 1)}


def test_a_models_name_shows_its_routes_and_its_providers():
    found = about(graph(), text="loc")
    assert names(found.models) == ["local"]
    assert names(found.routes) == ["chat", "all"]
    assert names(found.providers) == ["a", "b"]
    assert edges(found) == {("chat", "local"), ("all", "local"), ("local", "a"), ("local", "b")}


def test_a_providers_name_shows_its_models():
    found = about(graph(), text="CLOUD")
    assert names(found.models) == ["safe", "far"]
    assert names(found.providers) == ["cloud"]


def test_a_routes_name_shows_all_below_it():
    found = about(graph(), text="chat")
    assert names(found.routes) == ["chat"]
    assert names(found.models) == ["alone", "local"]
    assert names(found.providers) == ["a", "b"]


def test_without_fallbacks_only_their_edges_go():
    found = about(graph(), fallbacks=False)
    assert edges(found, Way.FALLBACK) == set()
    assert names(found.models) == ["alone", "local", "safe", "far"]


def test_a_name_that_nothing_has_shows_nothing():
    assert about(graph(), text="nothing").is_empty


def test_of_a_large_config_what_is_in_trouble_is_shown_and_what_was_used():
    topology = large(90)
    served = [Served(name=topology.models[80].name, kind="model", state="nobody")]
    hour = Availability(
        window="1h", gateway=Available(text=""), models=(Available(name=topology.models[70].name, text="", good=5),)
    )
    found = about(graph(topology, served=served, hour=hour), most=10)
    assert len(found.models) + len(found.routes) == 10
    assert {topology.models[80].name, topology.models[70].name} <= set(names(found.models))
    assert found.left_out == 90 + 18 - 10
    drawn = {*names(found.models), *names(found.routes), *names(found.providers)}
    assert all({each.key.source, each.key.target} <= drawn for each in found.edges)
