"""Whole answers: small and large, at 1, 16, 64 and 256 connections, every system beside nginx.

At one connection nothing is full, so what is shown is the time that a system adds, over the engine by itself.
"""

from loads.whole import Wrk
from payloads import LARGE, SMALL, Payload
from stages import Stage, Wish, all_with
from standins.start import Engine
from systems.registry import DIRECT, NGINX

from cases import columns
from cases.interface import Case

_CONNECTIONS = (1, 16, 64, 256)
_SIZES = {
    SMALL.name: "a request of half a kilobyte, an answer of a third",
    LARGE.name: "a request of 100 KB, an answer of 20 KB",
}
_DEFAULT = ("small-1", "small-16")
_LATENCY_NOTE = (
    "Added: the difference to `direct` in the same turn, the median over the turns. wrk corrects its percentiles for "
    "requests that a slow answer kept from being sent; the script reads them to the microsecond."
)


def _cases(payload: Payload) -> list[Case]:
    stage = Stage(payload.name, (Engine("engine", payload=payload),), all_with(Wish()))
    return [_case(payload, stage, connections) for connections in _CONNECTIONS]


def _case(payload: Payload, stage: Stage, connections: int) -> Case:
    name = f"{payload.name}-{connections}"
    alone = connections == 1
    added = (columns.LATENCY[0], columns.ADDED[0], columns.LATENCY[1], columns.ADDED[1], columns.CPU)
    filled = (*columns.rate("requests", NGINX), *columns.LATENCY, columns.CPU, columns.CORE)
    return Case(
        name=name,
        title=f"Whole answers, {payload.name} ({_SIZES[payload.name]}), {connections} connection{'s' * (not alone)}",
        stage=stage,
        load=Wrk(payload, connections),
        columns=added if alone else filled,
        baseline=DIRECT if alone else NGINX,
        default=name in _DEFAULT,
        notes=_LATENCY_NOTE if alone else "",
    )


CASES = (*_cases(SMALL), *_cases(LARGE))
