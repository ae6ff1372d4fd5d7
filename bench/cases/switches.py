"""sixnines with everything on that a config can switch on, against all of it off: what the switches cost."""

from collections.abc import Sequence

from loads.whole import Wrk
from payloads import SMALL
from stages import Contestant, Stage
from standins.start import Engine
from systems.interface import System
from systems.registry import OURS

from cases import columns
from cases.interface import Case

_OFF = f"{OURS}, all off"


def _line_up(systems: Sequence[System]) -> list[Contestant]:
    return [Contestant(each.label, each) for each in systems if each.key.startswith(OURS)]


CASES = (
    Case(
        name="switches",
        title="Everything on against everything off, small, 16 connections",
        stage=Stage("switches", (Engine("engine"),), _line_up),
        load=Wrk(SMALL, 16),
        columns=(*columns.rate("requests", "all off"), *columns.LATENCY, columns.CPU),
        baseline=_OFF,
        rounds=5,
    ),
)
