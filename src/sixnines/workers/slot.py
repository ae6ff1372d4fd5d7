"""What the parent knows of one worker: its process, if there is one, and what outlives it."""

import random
import socket
from dataclasses import dataclass, field

from sixnines.workers.line import Line
from sixnines.workers.respawn import Respawn


@dataclass(frozen=True, slots=True)
class Process:
    """A worker that runs.

    Attributes:
        pid: its process id.
        line: to it.
        started_s: when it was started.
    """

    pid: int
    line: Line
    started_s: float


@dataclass(slots=True)
class Slot:
    """One of the workers that there shall be.

    Attributes:
        number: the first is 1.
        sockets: what it listens on; held here as well, so that nobody who waits there is lost with it.
        respawn: how quickly it may be started again.
        process: the one that runs, if one does.
        ready: it serves.
        leaving: it takes no more connections.
        due_s: when it is to be started; None while it runs.
        starts: how often it has been started.
        cover: the worker that serves its sockets, if another one does.
        hung: the one that ran last hung, and was killed for that.
    """

    number: int
    sockets: list[socket.socket]
    rng: random.Random
    process: Process | None = None
    ready: bool = False
    leaving: bool = False
    due_s: float | None = 0.0
    starts: int = 0
    cover: int | None = None
    hung: bool = False
    respawn: Respawn = field(init=False)

    def __post_init__(self) -> None:
        self.respawn = Respawn(self.rng)

    @property
    def serves(self) -> bool:
        """Connections to its sockets are taken by itself."""
        return self.process is not None and self.ready and not self.leaving
