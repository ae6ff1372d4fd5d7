"""What the engine is given by the composition root, and the generation that one request keeps to its end."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sixnines.accounting.spending import Spending
from sixnines.admission.gate import Gate
from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.dialects.codec import Codec
from sixnines.domain.operation import Dialect, Operation
from sixnines.health.board import Board
from sixnines.providers.interface import Kind
from sixnines.routing.learned import Learned
from sixnines.routing.lessons import Teacher
from sixnines.routing.planner import Planner
from sixnines.routing.targets import Traffic
from sixnines.telemetry.counting import Metrics
from sixnines.transport.interface import Transport

CodecKey = tuple[Dialect, Dialect, Operation]


@dataclass(frozen=True, slots=True)
class Services:
    """What outlives a config change.

    Attributes:
        transport: the way to providers.
        board: health and load.
        traffic: who served what, for names with traffic targets.
        metrics: counters.
        clock: time.
        loop_time: the event loop's clock, for deadlines; kept because asking for the running loop is a system call
            on Python 3.11.
        rng: for request ids.
        kinds: provider kinds by name.
        codecs: by (caller's dialect, provider's dialect, operation).
        instance: names this gateway in `x-sixnines-via`, so that a loop is seen.
        learned: what strategies have learned.
        spending: counts tokens and what they cost.
        detours: another way to a provider, by its name, while it is broken on purpose (`health.faults`); else empty.
    """

    transport: Transport
    board: Board
    traffic: Traffic
    metrics: Metrics
    clock: Clock
    loop_time: Callable[[], float]
    rng: random.Random
    kinds: Mapping[str, Kind]
    codecs: Mapping[CodecKey, Codec]
    instance: str
    learned: Learned
    spending: Spending
    detours: dict[str, Transport] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Generation:
    """A snapshot and what is bound to it; a teacher only where something is chosen by experience.

    Attributes:
        revision: the number that the config is recorded under; 0 if it could not be recorded.
    """

    snapshot: Snapshot
    planner: Planner
    gate: Gate
    teacher: Teacher | None = None
    revision: int = 0


@dataclass(slots=True)
class GenerationCell:
    """Holds the current generation; a swap is one assignment."""

    current: Generation
