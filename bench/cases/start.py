"""How soon a system answers after its start, and what it weighs when nobody asks it anything."""

from collections.abc import Sequence

from loads.starting import Starting
from report import Column
from stages import Contestant, Stage, Wish
from standins.start import Engine
from systems.interface import System
from systems.registry import DIRECT

from cases import columns
from cases.interface import Case

_PROVIDERS = 10
_WISH = Wish(models=_PROVIDERS, providers=_PROVIDERS)


def _line_up(systems: Sequence[System]) -> list[Contestant]:
    return [Contestant(each.label, each, _WISH) for each in systems if each.key != DIRECT]


CASES = (
    Case(
        name="start",
        title=f"From the start of the process to the first right answer, {_PROVIDERS} models, on one core",
        stage=Stage("start", (Engine("engine"),), _line_up, keeps_running=False),
        load=Starting(),
        columns=(
            Column("ready", "ready_s", columns.seconds),
            Column("CPU", "cpu_s", columns.seconds),
            Column("resident when idle", "mb", lambda value: f"{value:.0f} MB"),
        ),
        default=True,
        notes="nginx, Envoy and Portkey know no models; sixnines has ten providers as well.",
    ),
)
