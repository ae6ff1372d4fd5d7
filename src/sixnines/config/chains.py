"""Fallbacks and enclosing domains as a graph: what comes after what, and where it would never end.

Never recursive: a chain may be as long as the file. And never more than is asked for, for the same reason.
"""

from collections.abc import Mapping, Sequence

Graph = Mapping[str, Sequence[str]]

MOST_FOLLOWERS = 200
"""So many models may stand behind one, its fallbacks and theirs: a request tries 100 candidates at most."""
_MOST_CYCLES = 50  # whoever mends so many sees the next


def flatten(start: str, graph: Graph, *, most: int | None = None) -> tuple[str, ...]:
    """Everything that follows `start`, depth first in the order written, each once, `start` left out.

    Names that the graph does not know are passed over; cycles do no harm. `most`: no more than the first so many.
    """
    found: dict[str, None] = {}
    pending = list(reversed(graph.get(start, ())))
    while pending and len(found) != most:
        name = pending.pop()
        if name != start and name not in found and name in graph:
            found[name] = None
            pending.extend(reversed(graph[name]))
    return tuple(found)


def cycles(graph: Graph) -> list[tuple[str, ...]]:
    """The cycles of names that lead to each other, as the names in order, the first written one in front.

    Not each of those that share names is told, and not more than fifty: once these are mended, the others come out.
    """
    found: list[tuple[str, ...]] = []
    settled: set[str] = set()
    for start in graph:
        trail: list[str] = []
        open_names: dict[str, int] = {}
        pending: list[tuple[str, bool]] = [(start, False)]
        while pending:
            name, left = pending.pop()
            if left:
                trail.pop()
                del open_names[name]
                settled.add(name)
            elif name in open_names:
                if len(found) == _MOST_CYCLES:
                    return found
                found.append(tuple(trail[open_names[name] :]))
            elif name not in settled:
                open_names[name] = len(trail)
                trail.append(name)
                pending.append((name, True))
                pending.extend((next_name, False) for next_name in reversed(graph[name]) if next_name in graph)
    return found
