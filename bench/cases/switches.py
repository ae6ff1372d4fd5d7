"""sixnines with everything on that a config can switch on, against all of it off: what the switches cost."""

from collections.abc import Sequence

from loads.whole import Wrk
from payloads import SMALL
from stages import Contestant, Stage
from standins.start import Engine
from systems.interface import System
from systems.registry import COMPILED, OFF_COMPILED, OURS

from cases import columns
from cases.interface import Case


def _line_up(systems: Sequence[System]) -> list[Contestant]:
    """Ours, each beside the one of its kind that has nothing on."""
    ours = [each for each in systems if each.key.startswith(OURS)]
    keys = {each.key for each in ours}
    if COMPILED in keys and OFF_COMPILED.key not in keys:
        ours.append(OFF_COMPILED)
    return [Contestant(each.label, each, baseline=_baseline(each.key)) for each in ours]


def _baseline(key: str) -> str:
    return OFF_COMPILED.label if key in (COMPILED, OFF_COMPILED.key) else f"{OURS}, all off"


CASES = (
    Case(
        name="switches",
        title="Everything on against everything off, small, 16 connections",
        stage=Stage("switches", (Engine("engine"),), _line_up),
        load=Wrk(SMALL, 16),
        columns=(*columns.rate("requests", "all off"), *columns.LATENCY, columns.CPU),
        rounds=5,
        notes="On: keys, limits, a line in the log and spans of each request; a round in which lines or spans are "
        "missing does not count. Off: none of these; metrics and measured availability are always on. "
        "The ratio is to all off of the same kind.",
    ),
)
