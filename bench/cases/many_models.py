"""10,000 models and 500 providers configured, against 10 of each. Every configured model is asked for in turn."""

from collections.abc import Sequence

from loads.whole import Wrk
from payloads import SMALL
from stages import Contestant, Stage, Wish
from standins.start import Engine
from systems.interface import System
from systems.registry import OFF, OURS

from cases import columns
from cases.interface import Case

_SIZES = ((10, 10), (10_000, 500))
MANY = "10,000 models"
_ROUNDS = 9
"""A difference of 3 % must be seen."""


def _line_up(systems: Sequence[System]) -> list[Contestant]:
    """Ours, and other trees of ours."""
    found = []
    for each in systems:
        if not each.key.startswith(OURS) or each.key == OFF:
            continue
        few = f"{each.label}, {_SIZES[0][0]} models"
        for models, providers in _SIZES:
            label = f"{each.label}, {models:,} models"
            found.append(Contestant(label, each, Wish(models=models, providers=providers), few))
    return found


CASES = (
    Case(
        name="models",
        title="10,000 models and 500 providers against 10 of each, small, 16 connections",
        stage=Stage("models", (Engine("engine"),), _line_up),
        load=Wrk(SMALL, 16, all_models=True),
        columns=(*columns.rate("requests", "10 models"), *columns.LATENCY, columns.CPU),
        rounds=_ROUNDS,
        notes="The prober looks at all 500 providers meanwhile, as it does in use.",
    ),
)
