"""The systems that can be measured, in the order of the tables. The only page that lists them."""

from collections.abc import Mapping
from pathlib import Path

from machine import ROOT

from systems.direct import Direct
from systems.envoy import Envoy
from systems.interface import System
from systems.litellm import LiteLLM
from systems.nginx import Nginx
from systems.portkey import Portkey
from systems.sixnines import Sixnines
from systems.tensorzero import TensorZero

DIRECT, NGINX, OURS, OFF = "direct", "nginx", "sixnines", "sixnines-off"
"""The floor, the limit, what is compared with both, and the same without what can be switched off."""
COMPILED = "sixnines-compiled"
"""The same as machine code."""
OFF_COMPILED = Sixnines("sixnines-off-compiled", "sixnines, all off, compiled", on=False, compiled=True)
"""What the machine code is compared with where the cost of switches is measured."""
PARTS = (
    Sixnines("sixnines-silent", "sixnines, nothing told", tells=()),
    Sixnines("sixnines-log", "sixnines, only lines", tells=("log",)),
    Sixnines("sixnines-traces", "sixnines, only spans", tells=("tracing",)),
)
"""What telling of requests costs, part by part: only where they are asked for."""
BARE = Sixnines("sixnines-bare", "sixnines, bare", program=(str(ROOT / "bench" / "bare.py"),))
"""Without the attempt machine: only where it is asked for."""


def tree_key(name: str) -> str:
    """The key of the system that is another tree of ours."""
    return f"{OURS}-{name}"


def systems(trees: Mapping[str, Path]) -> tuple[System, ...]:
    """All of them. `trees` are other checkouts of sixnines by the names that they go by."""
    others = [Sixnines(tree_key(name), f"sixnines, {name}", tree) for name, tree in trees.items()]
    return (
        Direct(),
        Nginx(),
        Nginx("nginx-plain", "nginx, plain", plain=True),
        Envoy(),
        Sixnines(),
        Sixnines(COMPILED, "sixnines, compiled", compiled=True),
        Sixnines(OFF, "sixnines, all off", on=False),
        *others,
        OFF_COMPILED,
        *PARTS,
        BARE,
        TensorZero(),
        Portkey(),
        LiteLLM(),
    )
