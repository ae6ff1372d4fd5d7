"""Where everything of the routing graph is drawn: columns of boxes, and curves between them. Pure, and deterministic.

Routes stand on the left, models in the middle, providers on the right in boxes of their failure domains. In each column
the order is the one with few crossings: what is connected stands at about the same height. Never two texts on top of
each other: rows have a fixed height, and a text that does not fit its box is cut.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sixnines.web.graph import Edge, Graph, Node
from sixnines.web.graph_use import Way

_SWEEPS: Final = 8
_ROW: Final = 40
_GAP: Final = 8
_PAD: Final = 12
_LABEL: Final = 22
"""For the name of a domain, above what lies in it."""
_HEAD: Final = 34
_WIDTHS: Final = {"route": 170, "model": 235, "provider": 205}
_BETWEEN, _FAR, _MANY = 95, 140, 16
"""Between two columns; further where there are many models, for then curves are steep."""
_MARGIN: Final = 10
_OWN, _FALLING = 1.0, 0.2
"""How much an edge pulls what it connects to one height: a fallback is seldom taken."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node is."""

    node: Node
    x: float
    y: float
    width: float
    height: float = _ROW

    @property
    def middle(self) -> float:
        """Its vertical middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Domain:
    """The box of a failure domain."""

    name: str
    depth: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Curve:
    """An edge as a path of SVG (https://www.w3.org/TR/SVG11/paths.html)."""

    edge: Edge
    path: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What a column is called, and where."""

    text: str
    x: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole drawing, in pixels."""

    width: float
    height: float
    headings: tuple[Heading, ...]
    domains: tuple[Domain, ...]
    spots: tuple[Spot, ...]
    curves: tuple[Curve, ...]


@dataclass(slots=True)
class _Group:
    """A failure domain with what lies in it, in order; or the outermost, which is none."""

    name: str = ""
    inside: list["_Group | Node"] = field(default_factory=list)

    def nodes(self) -> Iterable[Node]:
        """The providers in it, in order."""
        for each in self.inside:
            if isinstance(each, _Group):
                yield from each.nodes()
            else:
                yield each

    def depth(self) -> int:
        """How many domains lie in one another."""
        return max((1 + each.depth() for each in self.inside if isinstance(each, _Group)), default=0)

    def height(self) -> float:
        """What it takes, with its own edge and name where it has one."""
        heights = [each.height() if isinstance(each, _Group) else _ROW for each in self.inside]
        own = _LABEL + _PAD if self.name else 0
        return sum(heights) + _GAP * max(0, len(heights) - 1) + own


def layout(graph: Graph) -> Layout:
    """Lay the graph out."""
    root = _tree(graph)
    pulls = _pulls(graph)
    models, routes = list(graph.models), list(graph.routes)
    for _ in range(_SWEEPS):
        _sort_group(root, _heights(models), pulls)
        models = _sorted(models, _heights(root.nodes()), pulls)
    routes = _sorted(routes, _heights(models), pulls)
    between = _BETWEEN if len(models) <= _MANY else _FAR
    columns = _Columns(bool(routes), bool(models), root.depth(), between)
    tallest = max(_stack(routes), _stack(models), root.height())
    spots = dict(_column(models, columns.model_x, (tallest - _stack(models)) / 2))
    middles = {key: spot.middle for key, spot in spots.items()}
    spots |= _near(routes, columns.route_x, middles=middles, pulls=pulls, tallest=tallest)
    boxes: list[Domain] = []
    for group, top in _settled(root.inside, middles, pulls, tallest):
        _place(group, top, columns, spots=spots, boxes=boxes)
    return Layout(
        columns.width,
        _HEAD + tallest + _MARGIN,
        columns.headings(),
        tuple(boxes),
        tuple(spots[each.kind, each.name] for each in (*routes, *models, *root.nodes())),
        tuple(_curve(each, spots) for each in graph.edges),
    )


_Key = tuple[str, str]
_Pulls = Mapping[_Key, Sequence[tuple[_Key, float]]]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where columns begin."""

    has_routes: bool
    has_models: bool
    depth: int
    between: float

    @property
    def route_x(self) -> float:
        return _MARGIN

    @property
    def model_x(self) -> float:
        return _MARGIN + (_WIDTHS["route"] + self.between if self.has_routes else 0)

    @property
    def domain_x(self) -> float:
        return self.model_x + (_WIDTHS["model"] + self.between if self.has_models else 0)

    @property
    def width(self) -> float:
        return self.domain_x + _WIDTHS["provider"] + 2 * _PAD * self.depth + _MARGIN

    def headings(self) -> tuple[Heading, ...]:
        """What they are called."""
        found = [Heading("Routes", self.route_x)] if self.has_routes else []
        found += [Heading("Models", self.model_x)] if self.has_models else []
        return (*found, Heading("Providers, by failure domain", self.domain_x))


def _tree(graph: Graph) -> _Group:
    """Providers in their domains; in the order of the config."""
    root, groups = _Group(), dict[str, _Group]()
    for node in graph.providers:
        around = root
        for name in reversed(graph.domains.get(node.name, ())):
            if name not in groups:
                groups[name] = _Group(name)
                around.inside.append(groups[name])
            around = groups[name]
        around.inside.append(node)
    return root


def _pulls(graph: Graph) -> _Pulls:
    """For each node those it is connected with, and how strongly."""
    found: dict[_Key, list[tuple[_Key, float]]] = {}
    for edge in graph.edges:
        source, target = _ends(edge)
        weight = _FALLING if edge.key.way is Way.FALLBACK else _OWN
        found.setdefault(source, []).append((target, weight))
        found.setdefault(target, []).append((source, weight))
    return found


def _ends(edge: Edge) -> tuple[_Key, _Key]:
    way, source, target = edge.key.way, edge.key.source, edge.key.target
    return (("route", source), ("model", target)) if way is Way.CHOOSES else (("model", source), ("provider", target))


def _heights(nodes: Iterable[Node]) -> dict[_Key, float]:
    """Their places in the order, from 0 to 1: so columns of different length can be compared."""
    listed = list(nodes)
    return {(each.kind, each.name): at / max(1, len(listed) - 1) for at, each in enumerate(listed)}


def _mean(key: _Key, at: Mapping[_Key, float], pulls: _Pulls) -> float | None:
    """The height of those it is connected with; None where there are none."""
    felt = [(at[other], weight) for other, weight in pulls.get(key, ()) if other in at]
    total = sum(weight for _, weight in felt)
    return sum(height * weight for height, weight in felt) / total if total else None


def _sorted(nodes: Sequence[Node], at: Mapping[_Key, float], pulls: _Pulls) -> list[Node]:
    """By the height of what they are connected with; what is not connected goes last."""
    means = {each.name: _mean((each.kind, each.name), at, pulls) for each in nodes}
    return sorted(nodes, key=lambda each: _last_if_none(means[each.name]))


def _sort_group(group: _Group, at: Mapping[_Key, float], pulls: _Pulls) -> None:
    def height(each: "_Group | Node") -> float:
        inside = list(each.nodes()) if isinstance(each, _Group) else [each]
        means = [mean for node in inside if (mean := _mean((node.kind, node.name), at, pulls)) is not None]
        return _last_if_none(sum(means) / len(means) if means else None)

    for each in group.inside:
        if isinstance(each, _Group):
            _sort_group(each, at, pulls)
    group.inside.sort(key=height)


def _last_if_none(height: float | None) -> float:
    return 2.0 if height is None else round(height, 9)


def _stack(nodes: Sequence[Node]) -> float:
    return len(nodes) * (_ROW + _GAP) - _GAP if nodes else 0


def _column(nodes: Sequence[Node], x: float, top: float) -> Iterable[tuple[_Key, Spot]]:
    for number, node in enumerate(nodes):
        yield (node.kind, node.name), Spot(node, x, _HEAD + top + number * (_ROW + _GAP), _WIDTHS[node.kind])


def _near(
    nodes: Sequence[Node], x: float, *, middles: Mapping[_Key, float], pulls: _Pulls, tallest: float
) -> dict[_Key, Spot]:
    """Each at the height of what it is connected with, as far as there is room."""
    found = _settled(nodes, middles, pulls, tallest)
    return {
        (node.kind, node.name): Spot(node, x, _HEAD + top, _WIDTHS[node.kind])
        for node, top in found if isinstance(node, Node)
    }  # fmt: skip


def _settled(
    things: Sequence["_Group | Node"], middles: Mapping[_Key, float], pulls: _Pulls, tallest: float
) -> list[tuple["_Group | Node", float]]:
    """Things in order, each as near to its height as the others leave room, and all within `tallest`."""
    tops: list[float] = []
    end = 0.0
    for each in things:
        wanted = _wanted(each, middles, pulls)
        top = end if wanted is None else max(end, wanted - _HEAD - _tall(each) / 2)
        tops.append(top)
        end = top + _tall(each) + _GAP
    limit = tallest
    for number in range(len(things) - 1, -1, -1):  # whoever stands too low is moved up, and those above him
        tops[number] = max(0.0, min(tops[number], limit - _tall(things[number])))
        limit = tops[number] - _GAP
    return list(zip(things, tops, strict=True))


def _wanted(thing: "_Group | Node", middles: Mapping[_Key, float], pulls: _Pulls) -> float | None:
    inside = list(thing.nodes()) if isinstance(thing, _Group) else [thing]
    means = [mean for node in inside if (mean := _mean((node.kind, node.name), middles, pulls)) is not None]
    return sum(means) / len(means) if means else None


def _tall(thing: "_Group | Node") -> float:
    return thing.height() if isinstance(thing, _Group) else _ROW


def _place(
    thing: "_Group | Node",
    top: float,
    columns: _Columns,
    *,
    spots: dict[_Key, Spot],
    boxes: list[Domain],
    depth: int = 0,
) -> None:
    """Give a thing of the right column, and all in it, its place."""
    if isinstance(thing, Node):
        x = columns.domain_x + _PAD * columns.depth
        spots[thing.kind, thing.name] = Spot(thing, x, _HEAD + top, _WIDTHS["provider"])
        return
    inset = _PAD * depth
    width = _WIDTHS["provider"] + 2 * _PAD * (columns.depth - depth)
    boxes.append(Domain(thing.name, depth, columns.domain_x + inset, _HEAD + top, width, thing.height()))
    below = top + _LABEL
    for each in thing.inside:
        _place(each, below, columns, spots=spots, boxes=boxes, depth=depth + 1)
        below += _tall(each) + _GAP


def _curve(edge: Edge, spots: Mapping[_Key, Spot]) -> Curve:
    source, target = (spots[each] for each in _ends(edge))
    start, end = source.x + source.width, target.x
    bend = (end - start) / 2
    path = (
        f"M{start:g} {source.middle:g}C{start + bend:g} {source.middle:g} {end - bend:g} {target.middle:g} "
        f"{end:g} {target.middle:g}"
    )
    return Curve(edge, path)


def characters(width: float, size: float) -> int:
    """So many characters of a font of fixed width fit; `width` and its `size` in pixels.

    A character is taken to be 0.62 of the size wide: as wide as in the widest of the usual fonts.
    """
    return max(3, int(width / (0.62 * size)))


def fitting(text: str, width: float, size: float) -> str:
    """A text in a font of fixed width, as much of it as fits; cut in the middle, for names differ at both ends."""
    most = characters(width, size)
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
