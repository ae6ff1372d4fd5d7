"""Starts a system by itself: how long until its first right answer, and what it weighs when it is idle.

As at every start but the first: what an interpreter compiles once has been compiled in the turn that does not count.
"""

import time
from dataclasses import dataclass

import machine
from rounds import Round

from loads.interface import Session, Watch

SETTLE_S = 1.0
"""From ready to idle: what the start left is freed by then."""


@dataclass(frozen=True, slots=True)
class Starting:
    """One start."""

    files: int = 0

    def measure(self, session: Session, label: str, turn: int) -> Round:
        contestant = next(each for each in session.stand.contestants if each.label == label)
        watch = Watch(session, ())
        with session.stand.started(contestant) as running:
            time.sleep(SETTLE_S)
            memory = machine.resident_bytes(*running.pids) / 1e6
            cpu_s = sum(map(machine.cpu_seconds, running.pids))
        used = watch.stop()
        figures = {"ready_s": running.ready_s, "mb": memory, "cpu_s": cpu_s}
        return Round(label, turn, figures, used.faults)
