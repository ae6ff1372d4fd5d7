"""Our open-loop generator: streams that begin at set times, whatever became of those before, and stay open together.

Each has a connection of its own and checks every chunk. Runs in this process, on the core of the load.
"""

import asyncio
import contextlib
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import machine
import uvloop
from payloads import SMALL, streamed
from rounds import LOADED, Round, percentile
from stand import Running

from loads.interface import Session, Watch
from loads.stream_client import Group, Stream, open_stream

RAMP_S = 2.0
"""Seconds in which the streams begin, evenly: a herd would measure how connections are accepted."""
HOLD_S = 5.0
"""Seconds in which all are open together: what is measured of gaps is measured then."""
PATIENCE = 1.5
"""A stream may take this many times as long as its chunks should, and two seconds."""
SETTLE_S = 0.5
"""Until idle memory is read: what the warm-up left is freed by then."""
WARM_STREAMS, WARM_TOKENS = 50, 5


@dataclass(frozen=True, slots=True)
class Paced:
    """So many streams at once, each with so many chunks a second (the pace is the engine's)."""

    streams: int
    pace: float
    # Resident bytes before the first streams, by process: what they needed is not given back, and the next ones use it.
    fresh: dict[tuple[int, ...], int] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """Open in one process: two for each stream in a gateway."""
        return 2 * self.streams

    @property
    def tokens(self) -> int:
        """Of each stream: enough that the first is still open when the last has been for a while."""
        return round((RAMP_S + HOLD_S) * self.pace)

    def measure(self, session: Session, label: str, turn: int) -> Round:
        running = session.stand.running[label]
        running.checked(SMALL)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if not turn:
                group = runner.run(_run(running, WARM_STREAMS, WARM_TOKENS, ramp_s=0.1, pace=self.pace))
                return Round(label, turn, {}, notes=_told(group))
            return runner.run(self._measured(session, running, turn))

    async def _measured(self, session: Session, running: Running, turn: int) -> Round:
        await asyncio.sleep(SETTLE_S)
        idle = self.fresh.setdefault(running.pids, machine.resident_bytes(*running.pids))
        watch = Watch(session, running.pids)
        async with _peak_memory(running.pids) as peak:
            group = await _run(running, self.streams, self.tokens, ramp_s=RAMP_S, pace=self.pace)
        used = watch.stop()
        figures = {
            "chunks": group.chunks / used.seconds,
            "lost": float(self.streams * self.tokens - group.chunks),
            "wrong": float(len(group.faults)),
            "most_open": float(group.most_open),
            "load_busy": used.load_busy,
        }
        for name, values in (("first", group.first_s), ("gap", group.gaps)):
            if values:
                figures |= {f"{name}_{share}_ms": percentile(values, share / 100) * 1000 for share in (50, 99)}
        if running.pids:
            figures |= {"cpu_us": used.cpu_s / max(group.chunks, 1) * 1e6, "busy": used.busy}
            if group.most_open == self.streams:
                figures["kb"] = max(max(peak) - idle, 0) / self.streams / 1000
        # Whose times are measured with a full core measures his own waiting.
        limited = used.load_busy >= LOADED
        return Round(running.contestant.label, turn, figures, used.faults, limited, _told(group))


async def _run(running: Running, streams: int, tokens: int, *, ramp_s: float, pace: float) -> Group:
    payload = streamed(tokens)
    group = Group(running.port, running.request(payload), tokens, full=streams)
    loop = asyncio.get_running_loop()
    gc.collect()
    gc.disable()  # a pause of ours would be a gap of everybody's
    try:
        begin = time.perf_counter()
        tasks = [loop.create_task(_opened(group, begin + ramp_s * at / streams)) for at in range(streams)]
        opened = [each for each in await asyncio.gather(*tasks) if each is not None]
        if opened:
            await _ended(opened, PATIENCE * tokens / pace + 2.0)
    finally:
        gc.enable()
    return group


async def _opened(group: Group, due_at: float) -> Stream | None:
    await asyncio.sleep(max(due_at - time.perf_counter(), 0.0))
    return await open_stream(group, due_at)


async def _ended(streams: list[Stream], timeout_s: float) -> None:
    _, open_still = await asyncio.wait([each.ended for each in streams], timeout=timeout_s)
    if open_still:
        for stream in streams:
            stream.give_up()


def _told(group: Group) -> tuple[str, ...]:
    """What was wrong, the most frequent first."""
    return tuple(f"{count} x {fault}" for fault, count in Counter(group.faults).most_common(3))


@contextlib.asynccontextmanager
async def _peak_memory(pids: tuple[int, ...]) -> AsyncIterator[list[int]]:
    """Samples of resident memory, five a second."""
    samples = [machine.resident_bytes(*pids)]

    async def sample() -> None:
        while True:
            await asyncio.sleep(0.2)
            samples.append(machine.resident_bytes(*pids))

    task = asyncio.ensure_future(sample())
    try:
        yield samples
    finally:
        task.cancel()
