"""Where cases are measured: the engines of a stage, and its contestants.

Says what there is to be, and starts nothing (`stand.py` does).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from standins.start import Engine
from systems.interface import System


@dataclass(frozen=True, slots=True)
class Wish:
    """What a contestant wants of its system: a `systems.interface.Setup` with names of engines for upstreams."""

    engines: tuple[str, ...] = ("engine",)
    models: int = 1
    providers: int = 0
    streams: int = 0
    breakers: bool = True


@dataclass(frozen=True, slots=True)
class Contestant:
    """A system in the form in which a stage has it.

    Attributes:
        label: in tables; the system's own unless a stage has several forms of it.
        system: what it is.
        wish: what it must be ready for.
        baseline: the label that it is compared with, where the case has none for all of them.
    """

    label: str
    system: System
    wish: Wish = Wish()
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What cases share that can be measured on the same processes.

    Attributes:
        name: of a folder.
        engines: that must run.
        line_up: the contestants, given the systems that were chosen.
        keeps_running: contestants run all the time; otherwise the load starts each itself.
    """

    name: str
    engines: tuple[Engine, ...]
    line_up: Callable[[Sequence[System]], list[Contestant]]
    keeps_running: bool = True


def all_with(wish: Wish) -> Callable[[Sequence[System]], list[Contestant]]:
    """Every chosen system, in one form."""
    return lambda systems: [Contestant(each.label, each, wish) for each in systems]
