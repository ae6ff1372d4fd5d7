"""From one wire format to another: callers speak OpenAI's, the engine Ollama's. Beside it the same passing through.

The way back (Ollama in, OpenAI out) does not exist: no system here, ours included, takes Ollama's format from callers.
"""

from collections.abc import Sequence

from loads.whole import Wrk
from payloads import SMALL
from stages import Contestant, Stage, Wish
from standins.start import Engine
from systems.interface import Setup, System, Upstream
from systems.registry import OFF

from cases import columns
from cases.interface import Case

TO_OLLAMA = "to Ollama"
_ENGINES = (Engine("engine"), Engine("ollama", "ollama"))


def _line_up(systems: Sequence[System]) -> list[Contestant]:
    """Those that can translate, in both forms."""
    asked = Setup((Upstream("ollama", 0, "ollama"),))
    found = []
    for each in systems:
        if each.key == OFF or each.unsuited(asked):
            continue
        label = f"{each.label}, {TO_OLLAMA}"
        found += [Contestant(each.label, each), Contestant(label, each, Wish(engines=("ollama",)), each.label)]
    return found


CASES = (
    Case(
        name="dialect",
        title="OpenAI's format in, Ollama's out, small, 16 connections",
        stage=Stage("dialect", _ENGINES, _line_up),
        load=Wrk(SMALL, 16),
        columns=(*columns.rate("requests", "pass-through"), *columns.LATENCY, columns.CPU),
        notes="Not measured: Ollama's format in, OpenAI's out, because callers cannot speak Ollama's format to "
        "sixnines. nginx, Envoy, Portkey and TensorZero do not translate between these two.",
    ),
)
