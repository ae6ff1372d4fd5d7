"""What is written and shown in the drawing of the routing graph: texts that fit, classes, and addresses. Pure.

Never a colour by itself: what a class colours, a word or a form says too.
"""

import math
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sixnines.client.words import cut
from sixnines.web.graph import Edge, Graph, Node
from sixnines.web.graph_layout import Curve, Domain, Heading, Spot, characters, fitting, layout
from sixnines.web.graph_use import Way
from sixnines.web.single_points import Name, Point

NAME_SIZE: Final = 13
NOTE_SIZE: Final = 11
_PAD: Final = 12
_SIGN: Final = 20
"""For the sign of a single point of failure, at the right edge."""
_STRONGEST: Final = 4
_LONG, _MILLION = 100_000, 1_000_000

STATES: Final = {
    "ok": "ok", "healthy": "healthy", "fallback": "by fallbacks only", "nobody": "nobody can answer",
    "rate_limited": "rate limited", "unknown": "not known yet",
}  # fmt: skip
_WELL: Final = frozenset({"ok", "healthy"})


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its texts.

    Attributes:
        spot: where it is.
        id: in the page; the same as long as it has its name.
        href: its page; "" where there is none.
        name, note: as they fit; the second line.
        label: all of it, for a tool tip and for who hears it.
        classes: for its state.
        is_marked: it has the sign of a single point of failure.
    """

    spot: Spot
    id: str
    href: str
    name: str
    note: str
    label: str
    classes: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An edge with its words."""

    curve: Curve
    source: str
    target: str
    label: str
    classes: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that is drawn."""

    width: float
    height: float
    headings: tuple[Heading, ...]
    domains: tuple[Domain, ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A node as a row of the table that says what the drawing shows.

    Attributes:
        node: it.
        href: its page.
        state: in words.
        hour: what was counted in the last hour, in words.
        ways: where it leads, by what, in words.
        point: what it hangs on, in words; "" for nothing.
        domains: of a provider, the innermost first.
    """

    node: Node
    href: str
    state: str
    hour: str
    ways: tuple[tuple[Way, str], ...]
    point: str
    domains: str


def drawing(graph: Graph, hrefs: Mapping[Name, str]) -> Drawing:
    """The drawing of a graph; `hrefs` are the pages of what it shows."""
    found = layout(graph)
    most = max((each.times for each in graph.edges), default=0)
    ids = {(each.node.kind, each.node.name): identifier(each.node.kind, each.node.name) for each in found.spots}
    return Drawing(
        found.width,
        found.height,
        found.headings,
        found.domains,
        tuple(_box(each, hrefs) for each in found.spots),
        tuple(_line(each, ids, most) for each in sorted(found.curves, key=lambda each: each.edge.times)),
    )


def rows(graph: Graph, hrefs: Mapping[Name, str]) -> tuple[Row, ...]:
    """The same as rows: routes, models, providers."""
    ways: dict[Name, dict[Way, list[Edge]]] = {}
    for edge in graph.edges:
        source = Name("route" if edge.key.way is Way.CHOOSES else "model", edge.key.source)
        ways.setdefault(source, {}).setdefault(edge.key.way, []).append(edge)
    return tuple(
        Row(
            node,
            hrefs.get(Name(node.kind, node.name), ""),
            state(node),
            hour(node),
            tuple((way, _in_short(edges)) for way, edges in ways.get(Name(node.kind, node.name), {}).items()),
            "" if node.point is None else point(node.point),
            " in ".join(graph.domains.get(node.name, ())) if node.kind == "provider" else "",
        )
        for node in (*graph.routes, *graph.models, *graph.providers)
    )


def identifier(kind: str, name: str) -> str:
    """The id of a node in the page: names have characters that an id must not have."""
    return f"{kind}-{urllib.parse.quote(name, safe='').replace('_', '_5F').replace('%', '_')}"


def state(node: Node) -> str:
    """How it stands, in words."""
    return STATES.get(node.state, node.state)


def hour(node: Node) -> str:
    """What was counted of it in the last hour."""
    if node.answered is None or node.failed is None:
        return "not measured"
    if not node.used:
        return "not asked"
    failed = f", {node.failed:,} failed" if node.failed else ""
    return f"{node.answered:,} answered{failed}"


def point(found: Point) -> str:
    """What something hangs on."""
    return f"only provider {found.name}" if found.kind == "provider" else f"only domain {found.name}"


def _box(spot: Spot, hrefs: Mapping[Name, str]) -> Box:
    node = spot.node
    room = spot.width - 2 * _PAD - (_SIGN if node.point is not None else 0)
    name_shown = fitting(node.name, room, NAME_SIZE)
    note_shown = _note(node, spot.width - 2 * _PAD)
    # What is to be seen comes first, as it is: who says to a computer what he sees must find it (WCAG 2.5.3).
    said = [
        f"{name_shown} {note_shown}",
        *([node.name] if name_shown != node.name else []),
        node.kind,
        node.why or state(node),
        f"last hour: {hour(node)}",
        *([] if node.point is None else [f"hangs on {point(node.point)}"]),
        *(["optional"] if node.optional else []),
    ]
    return Box(
        spot,
        identifier(node.kind, node.name),
        hrefs.get(Name(node.kind, node.name), ""),
        name_shown,
        note_shown,
        ", ".join(said),
        f"{node.kind} {node.state}",
        node.point is not None,
    )


def _note(node: Node, room: float) -> str:
    """The second line of a box: what is wrong with it, and its hour, in as few characters as say it."""
    short = {"fallback": "by fallbacks", "nobody": "nobody left"}.get(node.state, state(node))
    counted = hour(node) if node.answered is None or not node.used else f"{_round(node.answered)} ok"
    if node.failed:
        counted += f", {_round(node.failed)} bad"
    return cut(" · ".join([*([] if node.state in _WELL else [short]), counted]), characters(room, NOTE_SIZE))


def _round(number: int) -> str:
    """A number as it is, or, if that is long, in thousands or millions, never rounded up."""
    if number >= _MILLION:
        return f"{number // (_MILLION // 10) / 10:g}M"
    return f"{number // 100 / 10:g}k" if number >= _LONG else f"{number:,}"


def _line(curve: Curve, ids: Mapping[tuple[str, str], str], most: int) -> Line:
    edge = curve.edge
    chooses = edge.key.way is Way.CHOOSES
    source = ids["route" if chooses else "model", edge.key.source]
    target = ids["model" if chooses else "provider", edge.key.target]
    classes = [edge.key.way.value, f"use{_strength(edge.times, most)}"]
    if edge.failed * 2 >= edge.times > 0:
        classes.append("failing")
    return Line(curve, source, target, f"{edge.key.source}: {_said(edge)}", " ".join(classes))


def _in_short(edges: Sequence[Edge]) -> str:
    """Ways of one kind in words: those that were used with how often, then the others."""
    used = [f"{each.key.target} {''.join(_counted(each))}" for each in edges if each.times]
    others = [each.key.target for each in edges if not each.times]
    return "; ".join([*used, *([f"not used: {', '.join(others)}"] if others else [])])


def _strength(times: int, most: int) -> int:
    """From 0, not used, to 4, as much as the most used; each step is some times as much as the one before."""
    if not times:
        return 0
    return 1 + round((_STRONGEST - 1) * math.log(times) / math.log(most)) if most > 1 else _STRONGEST


def _said(edge: Edge) -> str:
    """An edge in words."""
    through = "" if edge.key.way is Way.CHOOSES else f" ({', '.join(edge.through)})"
    return f"{edge.key.target}{through}: {''.join(_counted(edge))}"


def _counted(edge: Edge) -> Iterator[str]:
    if not edge.times:
        yield "not used"
        return
    yield "once" if edge.times == 1 else f"{edge.times:,} times"
    if edge.failed:
        yield f", {edge.failed:,} failed"
