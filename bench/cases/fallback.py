"""What one fallback costs: the first engine fails every chat with a 500, the second answers.

Beside each system stands the same one with an engine that does not fail. What leaves a failing engine out after a while
is off, since otherwise nothing would be measured but the second engine; one row has it as it is by default.
"""

from collections.abc import Sequence

from loads.whole import Wrk
from payloads import SMALL
from stages import Contestant, Stage, Wish
from standins.start import Engine
from systems.interface import Setup, System, Upstream
from systems.registry import OFF, OURS

from cases import columns
from cases.interface import Case

_ENGINES = (Engine("failing", "failing"), Engine("engine"))
_NAMES = tuple(engine.name for engine in _ENGINES)


def _line_up(systems: Sequence[System]) -> list[Contestant]:
    asked = Setup((Upstream("failing", 0), Upstream("engine", 0)), breakers=False)
    found = []
    for each in systems:
        if each.key == OFF or each.unsuited(asked):
            continue
        failing = Wish(engines=_NAMES, breakers=False)
        found += [Contestant(each.label, each), Contestant(f"{each.label}, first fails", each, failing, each.label)]
        if each.key == OURS:
            label = f"{each.label}, first fails, breaker closed by default"
            found.append(Contestant(label, each, Wish(engines=_NAMES), each.label))
    return found


_COLUMNS = (
    columns.LATENCY[0],
    columns.ADDED[0],
    columns.LATENCY[1],
    columns.ADDED[1],
    *columns.rate("requests", "the same without")[::2],
    columns.CPU,
)
_STAGE = Stage("fallback", _ENGINES, _line_up)

CASES = tuple(
    Case(
        name=f"fallback-{connections}",
        title=f"A failing first provider, small, {connections} connection{'s' * (connections > 1)}",
        stage=_STAGE,
        load=Wrk(SMALL, connections),
        columns=_COLUMNS,
        notes="Added: to the same system in front of an engine that does not fail.",
    )
    for connections in (1, 16)
)
