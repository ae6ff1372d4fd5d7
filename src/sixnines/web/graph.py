"""The routing graph: routes, models and providers, and the ways between them, with how they stand and are used. Pure.

Never a number that nobody counted: what was not told is None.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sixnines.client.seen import Availability, Available, Provider, Served
from sixnines.client.topology import Model, Topology
from sixnines.client.verdict import seen
from sixnines.web.graph_use import EdgeKey, Uses, Way
from sixnines.web.single_points import Name, Point, points

MOST_NAMES = 60
"""So many models and routes are drawn; of more the picture would be a wall, and what is left out is said."""

_TROUBLE = {"nobody": 0, "fallback": 1}


@dataclass(frozen=True, slots=True)
class Node:
    """A route, a model or a provider.

    Attributes:
        kind: `route`, `model`, `provider`.
        name: in config.
        state: `ok`, `fallback`, `nobody`; of a provider what `status` shows.
        why: a provider's state in words; "" for others.
        answered, failed: outcomes of the last hour: requests, or attempts of a provider; None: not measured.
        point: what all that may answer it hangs on.
        optional: a provider's being down is no fault.
    """

    kind: str
    name: str
    state: str
    why: str = ""
    answered: int | None = None
    failed: int | None = None
    point: Point | None = None
    optional: bool = False

    @property
    def used(self) -> int:
        """How often, as far as that is known."""
        return (self.answered or 0) + (self.failed or 0)


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from a name to a provider, or from a route to a model.

    Attributes:
        key: what it is.
        through: deployments; of a fallback the models that it leads to.
        times, failed: how often it was taken, and failed, among the requests that were looked at.
    """

    key: EdgeKey
    through: tuple[str, ...]
    times: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Graph:
    """All of it, or what was asked for.

    Attributes:
        routes, models, providers: in the order of the config.
        edges: among them.
        domains: of each provider, the innermost first.
        left_out: how many models and routes are not in it.
    """

    routes: tuple[Node, ...]
    models: tuple[Node, ...]
    providers: tuple[Node, ...]
    edges: tuple[Edge, ...]
    domains: Mapping[str, tuple[str, ...]]
    left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """There is nothing to draw."""
        return not (self.routes or self.models or self.providers)


def graph_of(
    topology: Topology,
    providers: Iterable[Provider],
    *,
    served: Iterable[Served],
    hour: Availability | None,
    used: Uses,
) -> Graph:
    """The whole graph.

    Args:
        topology: what config lets go where.
        providers: how they stand.
        served: who is left for each name.
        hour: availability of the last hour; None where it is not measured.
        used: the edges that the last requests took.
    """
    hanging = points(topology)
    stands = {each.name: each for each in providers}
    states = {Name(each.kind, each.name): each.state for each in served}
    counted = _counted(hour)

    def node(kind: str, name: str) -> Node:
        key = Name(kind, name)
        answered, failed = counted.get(key, (None, None))
        return Node(kind, name, states.get(key, "unknown"), "", answered, failed, hanging.get(key))

    def place(name: str, *, optional: bool) -> Node:
        answered, failed = counted.get(Name("provider", name), (None, None))
        stand = stands.get(name)
        shown = None if stand is None else seen(stand)
        state, why = ("unknown", "") if shown is None else (shown.state, shown.why)
        return Node("provider", name, state, why, answered, failed, None, optional)

    return Graph(
        tuple(node("route", each.name) for each in topology.routes),
        tuple(node("model", each.name) for each in topology.models),
        tuple(place(each.name, optional=each.optional) for each in topology.providers),
        tuple(_used(edge, used) for edge in _edges(topology)),
        {each.name: each.domains for each in topology.providers},
    )


def about(graph: Graph, *, text: str = "", fallbacks: bool = True, most: int = MOST_NAMES) -> Graph:
    """Only what has to do with names in which `text` occurs, and of that no more than can be drawn.

    Args:
        graph: all of it.
        text: part of the name of a route, a model or a provider; "" for everything.
        fallbacks: with the ways that only fallbacks take.
        most: models and routes. What is in trouble goes first, then what was used most.
    """
    edges = [each for each in graph.edges if fallbacks or each.key.way is not Way.FALLBACK]
    everything = [*graph.routes, *graph.models, *graph.providers]
    named = {_name(each) for each in everything if text.lower() in each.name.lower()}
    wanted = named if not text else named | _beside(named, edges)
    ranked = sorted(
        (each for each in (*graph.models, *graph.routes) if _name(each) in wanted),
        key=lambda each: (_TROUBLE.get(each.state, 2), -each.used),
    )
    drawn = {_name(each) for each in ranked[:most]}
    shown = [
        each for each in edges
        if _source(each) in drawn and _target(each) in (wanted if _target(each).kind == "provider" else drawn)
    ]  # fmt: skip
    reached = {_target(each) for each in shown} | (named if len(drawn) == len(ranked) else set())
    return replace(
        graph,
        routes=tuple(each for each in graph.routes if _name(each) in drawn),
        models=tuple(each for each in graph.models if _name(each) in drawn),
        providers=tuple(each for each in graph.providers if _name(each) in reached),
        edges=tuple(shown),
        left_out=len(graph.models) + len(graph.routes) - len(drawn),
    )


def _name(node: Node) -> Name:
    return Name(node.kind, node.name)


def _beside(names: set[Name], edges: Sequence[Edge]) -> set[Name]:
    """What is next to them: of a model its routes and providers, of a provider its models, of a route all below it."""
    found: set[Name] = set()
    for edge in edges:
        source, target = _source(edge), _target(edge)
        if source in names:
            found.add(target)
        if target in names:
            found.add(source)
    below = {each for each in found if each.kind == "model"} if any(each.kind == "route" for each in names) else set()
    found |= {_target(edge) for edge in edges if _source(edge) in below}
    return found


def _source(edge: Edge) -> Name:
    return Name("route" if edge.key.way is Way.CHOOSES else "model", edge.key.source)


def _target(edge: Edge) -> Name:
    return Name("model" if edge.key.way is Way.CHOOSES else "provider", edge.key.target)


def _edges(topology: Topology) -> Iterable[Edge]:
    models = {each.name: each for each in topology.models}
    for route in topology.routes:
        for chosen in route.models:
            yield Edge(EdgeKey(Way.CHOOSES, route.name, chosen.model), (chosen.model,))
    for model in topology.models:
        yield from _grouped(Way.DEPLOYMENT, model, [(each.provider, each.id) for each in model.deployments])
        falling = [(each.provider, name) for name in model.fallbacks if name in models
                   for each in models[name].deployments]  # fmt: skip
        yield from _grouped(Way.FALLBACK, model, falling)


def _grouped(way: Way, model: Model, through: Iterable[tuple[str, str]]) -> Iterable[Edge]:
    by_provider: dict[str, dict[str, None]] = {}
    for provider, name in through:
        by_provider.setdefault(provider, {})[name] = None
    for provider, names in by_provider.items():
        yield Edge(EdgeKey(way, model.name, provider), tuple(names))


def _used(edge: Edge, used: Uses) -> Edge:
    found = used.edges.get(edge.key)
    return edge if found is None else replace(edge, times=found.times, failed=found.failed)


def _counted(hour: Availability | None) -> dict[Name, tuple[int, int]]:
    if hour is None or hour.gateway is None:
        return {}

    def rows(kind: str, section: Iterable[Available]) -> dict[Name, tuple[int, int]]:
        return {Name(kind, each.name): (each.good, each.bad) for each in section}

    return {
        **rows("model", hour.models), **rows("route", hour.routes), **rows("provider", hour.providers),
    }  # fmt: skip
