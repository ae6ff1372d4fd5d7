"""wrk as a load: requests as fast as the system answers them, over a number of connections."""

import subprocess
from dataclasses import dataclass

from payloads import Payload
from processes import BenchError
from rounds import Round, is_limited
from stand import Running
from systems.interface import model_names

from loads import wrk
from loads.interface import Session, Used, Watch

FEW = 8
"""Answers a second for each connection. Of one that gives fewer, those under way at the end of a round are too many."""
LONGER = 4
"""Rounds of such a one take so many times as long."""


@dataclass(frozen=True, slots=True)
class Wrk:
    """A run of wrk.

    Every answer is checked: by size where a system's answers are always the same, otherwise by a script; and one by its
    whole content before and after each round.

    Attributes:
        payload: what is asked. A stream counts as one answer, and its rate is that of its chunks.
        connections: kept open.
        all_models: ask for all configured models in turn, not for the first only.
    """

    payload: Payload
    connections: int
    all_models: bool = False

    @property
    def files(self) -> int:
        """Open in one process: two for each connection in a gateway."""
        return 2 * self.connections

    def measure(self, session: Session, label: str, turn: int) -> Round:
        stand = session.stand
        running = stand.running[label]
        answer = running.checked(self.payload)
        check, expected = self._check(running, answer.body)
        names = model_names(stand.setups[label].models) if self.all_models else (running.door.model,)
        script = stand.folder / "wrk.lua"
        bodies = [self.payload.request(name) for name in names]
        script.write_text(wrk.script(bodies, running.door.headers, check, expected))
        seconds = session.seconds * (LONGER if label in session.slow else 1) if turn else running.door.warm_s
        command = (
            *stand.cores.for_load, "wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "20s",
            "-s", str(script), f"http://127.0.0.1:{running.port}{running.door.path}",
        )  # fmt: skip
        if running.told is not None:
            running.told.look()
        watch = Watch(session, running.pids)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        used = watch.stop()
        try:
            result = wrk.read(done.stdout + done.stderr)
        except ValueError as error:
            raise BenchError(str(error)) from None
        size = len(answer.raw) if check is wrk.Check.SIZE else None
        found = wrk.faults(result, answer_size=size, connections=self.connections)
        if running.told is not None:
            found += running.told.faults(result.requests)
        running.checked(self.payload)
        if not turn and result.requests < FEW * seconds * self.connections:
            session.slow.add(label)
        return Round(label, turn, self._figures(running, result, used), (*used.faults, *found), _limited(running, used))

    def _check(self, running: Running, body: bytes) -> tuple[wrk.Check, bytes | int]:
        payload = self.payload
        if payload.chunks:
            return (wrk.Check.SAME, body) if running.door.steady else (wrk.Check.COUNTED, payload.chunks)
        if running.door.steady:
            return wrk.Check.SIZE, b""
        return wrk.Check.HOLDS, payload.answer.encode()

    def _figures(self, running: Running, result: wrk.Result, used: Used) -> dict[str, float]:
        units = result.requests * (self.payload.chunks or 1)
        figures = {
            "rate": units / result.seconds,
            "p50_ms": result.p50_us / 1000,
            "p99_ms": result.p99_us / 1000,
            "load_busy": used.load_busy,
        }
        if running.pids and units:
            figures |= {"cpu_us": used.cpu_s / units * 1e6, "busy": used.busy}
        return figures


def _limited(running: Running, used: Used) -> bool:
    """The engine by itself has no core of its own: what it can do together with the load is what it is measured for."""
    return bool(running.pids) and is_limited(used.busy, used.load_busy)
