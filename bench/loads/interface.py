"""What a load is, and what it is given."""

from dataclasses import dataclass, field
from typing import Protocol

import machine
from rounds import Round
from stand import Stand


@dataclass(frozen=True, slots=True)
class Session:
    """The stand, and what the command line says.

    Attributes:
        stand: what runs.
        seconds: of a round of wrk.
        max_others: cores that processes outside may use in a round that counts.
        slow: labels of those that gave few answers while they were warmed, and are given longer rounds.
    """

    stand: Stand
    seconds: int
    max_others: float
    slow: set[str] = field(default_factory=set)


class Load(Protocol):
    """What asks, and measures."""

    @property
    def files(self) -> int:
        """How many files one process must be able to open."""

    def measure(self, session: Session, label: str, turn: int) -> Round:
        """One round.

        Args:
            session: where.
            label: whom, among `session.stand.setups` without those that are missing.
            turn: which; 0 warms up and is thrown away.

        Raises:
            BenchError: it could not be measured at all.
        """


class Watch:
    """Who used the processor during a round, from `Watch(...)` to `stop()`."""

    def __init__(self, session: Session, pids: tuple[int, ...]) -> None:
        self._session = session
        self._pids = pids
        self._cpu_s = sum(map(machine.cpu_seconds, pids))
        self._before = machine.Usage.now((*session.stand.load_pids, *pids))

    def stop(self) -> "Used":
        """What was used since."""
        stand = self._session.stand
        after = machine.Usage.now((*stand.load_pids, *self._pids))
        others = after.others_since(self._before)
        return Used(
            seconds=after.at - self._before.at,
            cpu_s=sum(map(machine.cpu_seconds, self._pids)) - self._cpu_s,
            busy=after.busy_since(self._before, stand.cores.system),
            load_busy=after.busy_since(self._before, stand.cores.load),
            faults=(f"others used {others:.2f} cores",) if others > self._session.max_others else (),
        )


@dataclass(frozen=True, slots=True)
class Used:
    """What a `Watch` saw.

    Attributes:
        seconds: how long it looked.
        cpu_s: used by the processes under test.
        busy, load_busy: the share of the time in which the core of the system and that of the load were in use.
        faults: what speaks against the round.
    """

    seconds: float
    cpu_s: float
    busy: float
    load_busy: float
    faults: tuple[str, ...]
