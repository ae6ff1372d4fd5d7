"""Fallbacks and enclosing domains as a graph: what comes after what, and where it would never end.

Never recursive: a chain of 2,000 models is a valid config.
"""

from collections.abc import Mapping, Sequence

Graph = Mapping[str, Sequence[str]]


def flatten(start: str, graph: Graph) -> tuple[str, ...]:
    """Everything that follows `start`, depth first in the order written, each once, `start` left out.

    Names that the graph does not know are passed over; cycles do no harm.
    """
    found: dict[str, None] = {}
    pending = list(reversed(graph.get(start, ())))
    while pending:
        name = pending.pop()
        if name != start and name not in found and name in graph:
            found[name] = None
            pending.extend(reversed(graph[name]))
    return tuple(found)


def cycles(graph: Graph) -> list[tuple[str, ...]]:
    """One cycle for each set of names that reach each other, as the names in order, the first written one in front."""
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
                found.append(tuple(trail[open_names[name] :]))
            elif name not in settled:
                open_names[name] = len(trail)
                trail.append(name)
                pending.append((name, True))
                pending.extend((next_name, False) for next_name in reversed(graph[name]) if next_name in graph)
    return found
