"""What a process holds: descriptors, memory, tasks, requests in flight. And whether it has let go of them again."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from soak import wire

PAGE = 4096
MIB = 1024 * 1024
MARGIN = 8 * MIB
"""Memory that may be kept after a warm-up: buffers of the busiest moment, and what the allocator does not give back."""
TREND = 4 * MIB
"""How far the middle of the last third of a run may lie above that of the first."""
IDLE_S = 4.5
"""Idle connections to engines are closed after 4 s."""
SETTLES_WITHIN_S = 12.0
LOOKS = 21
"""At what is held, 0.1 s apart, of which the middle counts."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a process holds at one moment.

    Attributes:
        descriptors: open files, sockets among them.
        tasks: of its event loop.
        in_flight: every gauge of requests under way or waiting, by name and labels; the scrape counts as one.
        resident: bytes of memory.
    """

    descriptors: int
    tasks: float
    in_flight: dict[str, float]
    resident: int

    def over(self, before: "Holding") -> list[str]:
        """What is held now and was not held `before`; memory is not looked at."""
        more = []
        if self.descriptors > before.descriptors:
            more.append(f"{self.descriptors} descriptors where {before.descriptors} were open")
        if self.tasks > before.tasks:
            more.append(f"{self.tasks:g} tasks where there were {before.tasks:g}")
        for name, value in self.in_flight.items():
            if value > before.in_flight.get(name, 0):
                more.append(f"{name} is {value:g}")
        return more


def resident(pid: int) -> int:
    """Bytes of resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def samples(text: str) -> dict[str, float]:
    """The samples of a scrape, by name and labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def scrape(port: int) -> dict[str, float]:
    """What the gateway tells of itself."""
    return samples((await wire.get(port, "/metrics")).decode())


async def holding(pid: int, port: int) -> Holding:
    """What the gateway holds now."""
    told = await scrape(port)
    in_flight = {name: value for name, value in told.items() if "in_flight" in name or "queue" in name}
    # The scrape's own connection may not be closed yet.
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Holding(descriptors, told["sixnines_tasks"], in_flight, resident(pid))


async def at_rest(pid: int, port: int) -> Holding:
    """What it holds when nobody calls, once idle connections have been closed."""
    await asyncio.sleep(IDLE_S)
    return await _usual(pid, port)


async def settled(pid: int, port: int, before: Holding) -> Holding:
    """What it holds when it has let go of everything that it did not hold `before`, or when its time is up."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLES_WITHIN_S
    while (now := await _usual(pid, port)).over(before) and loop.time() < until:
        pass
    return now


async def _usual(pid: int, port: int) -> Holding:
    """What it usually holds over a while: its probes and timers come and go."""
    seen = []
    for _ in range(LOOKS):
        seen.append(await holding(pid, port))
        await asyncio.sleep(0.1)
    return Holding(
        descriptors=statistics.median_low(each.descriptors for each in seen),
        tasks=statistics.median_low(each.tasks for each in seen),
        in_flight={
            name: statistics.median_low(each.in_flight.get(name, 0) for each in seen) for name in seen[-1].in_flight
        },
        resident=seen[-1].resident,
    )


class Memory:
    """Samples of a process's resident memory while it works.

    Args:
        pid: the process.
        every_s: between two samples.

    Attributes:
        seen: bytes, oldest first, since the warm-up.
    """

    def __init__(self, pid: int, every_s: float) -> None:
        self._pid = pid
        self._every_s = every_s
        self.seen: list[int] = []

    async def watch(self, warm_s: float) -> None:
        """Take samples after the warm-up, until cancelled."""
        await asyncio.sleep(warm_s)
        while True:
            self.seen.append(resident(self._pid))
            await asyncio.sleep(self._every_s)


def growth(seen: Sequence[int]) -> float:
    """By how much the middle (median) of the last third lies above that of the first, in bytes."""
    third = len(seen) // 3
    return statistics.median(seen[-third:]) - statistics.median(seen[:third]) if third else 0.0
