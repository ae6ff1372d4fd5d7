"""Single points of failure: who hangs on one provider, who on one domain, and what to do."""

from sixnines.client.topology import Topology
from sixnines.web.single_points import Name, Point, answering, hanging, point_of, points
from support.topologies import model, place, route, small


def test_a_model_with_one_deployment_hangs_on_its_provider():
    assert points(small())[Name("model", "alone")] == Point("provider", "a")


def test_several_providers_of_one_domain_are_one_point_and_the_smallest_domain_is_named():
    assert points(small())[Name("model", "local")] == Point("domain", "gpu")


def test_a_fallback_elsewhere_makes_a_model_survive():
    assert Name("model", "safe") not in points(small())


def test_a_route_hangs_where_all_of_its_models_do():
    found = points(small())
    assert found[Name("route", "chat")] == Point("domain", "gpu")
    assert Name("route", "all") not in found


def test_providers_without_a_domain_fail_each_by_itself():
    assert point_of(["a", "b"], {"a": (), "b": ()}) is None
    assert point_of(["a"], {"a": ()}) == Point("provider", "a")
    assert point_of([], {}) is None


def test_an_outer_domain_is_a_point_as_well():
    assert point_of(["a", "b"], {"a": ("gpu-0", "host"), "b": ("gpu-1", "host")}) == Point("domain", "host")


def test_fallbacks_of_fallbacks_come_as_the_gateway_flattened_them():
    topology = small()
    assert answering(topology)[Name("model", "safe")] == ("a", "cloud")


def test_the_point_that_takes_most_with_it_comes_first_and_says_what_to_do():
    found = hanging(small())
    assert [(each.point.name, len(each.names)) for each in found] == [("gpu", 2), ("a", 1), ("cloud", 1)]
    assert found[0].providers == ("a", "b")
    assert found[0].advice == "Give them a deployment or a fallback outside domain gpu: far for example."
    assert (
        found[2].advice
        == "Give it a deployment or a fallback outside provider cloud: alone, local or safe for example."
    )


def test_where_there_is_no_other_provider_one_is_to_be_added():
    only = Topology(providers=(place("a"),), models=(model("m", "a"),), routes=(route("r", "m"),))
    (found,) = hanging(only)
    assert found.advice == "Config has no provider outside provider a: add one, and a model there as a fallback."


def test_examples_that_are_always_there_go_before_optional_ones():
    topology = Topology(
        providers=(place("a"), place("now-and-then", optional=True), place("always")),
        models=(model("m", "a"), model("x", "now-and-then"), model("y", "always")),
    )
    found = next(each for each in hanging(topology) if each.point.name == "a")
    assert found.elsewhere == ("y", "x")


def test_a_provider_elsewhere_that_serves_no_model_yet_is_named():
    topology = Topology(providers=(place("a"), place("b")), models=(model("m", "a"),))
    (found,) = hanging(topology)
    assert found.advice == "Give it a deployment or a fallback outside provider a, at b for example."
