"""Everything that runs while a stage is measured: engines on the core of the load, systems on a core of their own.

A system that cannot be installed, started or asked is kept with the reason; the others are measured all the same.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import machine
from answers import Answer, ask
from payloads import SMALL, Payload, http_request
from processes import BenchError, free_port, listening, running, until
from stages import Contestant, Stage
from standins.start import start_engine
from systems.interface import Door, Launch, Setup
from telling import Told

READY_S = 90.0
"""Seconds that a system may take to its first right answer."""
LOOK_S = 0.2
QUIET = 0.08
"""Contestants that all together use less of a core than this in `LOOK_S` are quiet: one tick of the kernel's clock."""
QUIET_S = 10.0
"""Seconds to wait for that; a round that begins before it is found out by its own check for others."""
_COLLECTOR = Path(__file__).with_name("standins") / "collector.py"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core is whose."""

    system: int
    load: int

    @property
    def for_system(self) -> tuple[str, ...]:
        """What pins a command to the core of the system under test."""
        return ("taskset", "-c", str(self.system))

    @property
    def for_load(self) -> tuple[str, ...]:
        """What pins a command to the core of engines and load."""
        return ("taskset", "-c", str(self.load))


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant that can be asked.

    Attributes:
        contestant: who.
        port: where it listens.
        pids: its processes; empty for the engine by itself.
        door: how it is asked.
        ready_s: from the start of its process to its first right answer.
        told: what it has told of its requests, where it tells.
    """

    contestant: Contestant
    port: int
    pids: tuple[int, ...]
    door: Door
    ready_s: float
    told: Told | None = None

    def request(self, payload: Payload) -> bytes:
        """A whole request for `payload`."""
        return http_request(self.port, self.door.path, self.door.headers, payload.request(self.door.model))

    def checked(self, payload: Payload) -> Answer:
        """A right answer to one request.

        Raises:
            BenchError: it was wrong; the message shows it.
        """
        answer = ask(self.port, self.request(payload))
        if not self.is_right(answer, payload):
            shown = (answer.head + b"\n\n" + answer.body[:500]).decode(errors="replace")
            raise BenchError(f"{self.contestant.label} gave a wrong answer: {shown.strip() or 'none'}")
        return answer

    def is_right(self, answer: Answer, payload: Payload) -> bool:
        """Whether status, head and body are as they must be."""
        lines = answer.head.decode("latin-1").lower().split("\r\n")
        proven = {*self.door.proof} <= {*lines}
        return answer.status == 200 and proven and payload.is_right(answer.body)


@dataclass(slots=True)
class Stand:
    """What runs.

    Attributes:
        cores: whose is which.
        folder: for configs and logs.
        running: by label.
        missing: why a contestant is not there, by label.
        payload: what the engines answer with, for whoever only wants to know whether somebody is ready.
        load_pids: processes of the engines.
        contestants: all of them, also those that are not there.
        setups: what each must be ready for, by label.
    """

    cores: Cores
    folder: Path
    payload: Payload = SMALL
    running: dict[str, Running] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    load_pids: list[int] = field(default_factory=list)
    contestants: Sequence[Contestant] = ()
    setups: dict[str, Setup] = field(default_factory=dict)

    @contextlib.contextmanager
    def started(self, contestant: Contestant) -> Iterator[Running]:
        """Run a contestant for a while.

        Raises:
            BenchError: it does not start, or does not answer rightly.
        """
        setup = self.setups[contestant.label]
        folder = self.folder / contestant.label.replace(" ", "-").replace(",", "")
        folder.mkdir(exist_ok=True)
        port = free_port()
        launch = contestant.system.launch(setup, folder, port)
        door = contestant.system.door(setup)
        if launch is None:
            yield Running(contestant, setup.upstreams[0].port, (), door, 0.0)
            return
        log = folder / "log"
        begun = time.perf_counter()
        with running((*self.cores.for_system, *launch.command), log, {**os.environ, **launch.environment}) as process:
            until(lambda: _port(launch, log) is not None, process, log, timeout_s=READY_S)
            asked = Running(contestant, _port(launch, log) or 0, (), door, 0.0)
            ready = until(lambda: _answers(asked, self.payload), process, log, timeout_s=READY_S)
            told = Told(setup.collector, log) if door.tells else None
            yield Running(contestant, asked.port, machine.family(process.pid), door, ready - begun, told)

    def settle(self) -> None:
        """Wait until the contestants are quiet: what one does after its turn must not be in the next one's."""
        pids = [pid for each in self.running.values() for pid in each.pids]
        give_up = time.perf_counter() + QUIET_S
        while time.perf_counter() < give_up:
            before = sum(map(machine.cpu_seconds, pids))
            time.sleep(LOOK_S)
            if sum(map(machine.cpu_seconds, pids)) - before < QUIET * LOOK_S:
                return


def _answers(asked: Running, payload: Payload) -> bool:
    return asked.is_right(ask(asked.port, asked.request(payload)), payload)


def _port(launch: Launch, log: Path) -> int | None:
    """Where it listens, as soon as it does."""
    if launch.port is not None:
        return launch.port if listening(launch.port) else None
    told = _ADDRESS.findall(log.read_text(errors="replace"))
    return int(told[-1]) if told else None


@contextlib.contextmanager
def standing(stage: Stage, contestants: Sequence[Contestant], cores: Cores, folder: Path) -> Iterator[Stand]:
    """The engines of `stage`, and its contestants if they are to run all the time."""
    stand = Stand(cores, folder, stage.engines[0].payload, contestants=contestants)
    with contextlib.ExitStack() as stack:

        def start(command: tuple[str, ...], name: str, port: int) -> None:
            log = folder / f"{name}.log"
            process = stack.enter_context(running((*cores.for_load, *command), log))
            until(lambda: listening(port), process, log)
            stand.load_pids += machine.family(process.pid)

        upstreams = {engine.name: start_engine(engine, folder, start) for engine in stage.engines}
        collector = free_port()
        start((sys.executable, str(_COLLECTOR), "--port", str(collector)), "collector", collector)
        for contestant in contestants:
            wish = contestant.wish
            chosen = tuple(upstreams[name] for name in wish.engines)
            setup = Setup(chosen, wish.models, wish.providers, wish.streams, wish.breakers, collector)
            stand.setups[contestant.label] = setup
            reason = contestant.system.unsuited(setup) or _why_not(contestant.system.install)
            if reason:
                stand.missing[contestant.label] = reason
            elif stage.keeps_running:
                with _noted(stand.missing, contestant.label):
                    stand.running[contestant.label] = stack.enter_context(stand.started(contestant))
        yield stand


def _why_not(install: Callable[[], None]) -> str:
    try:
        install()
    except BenchError as error:
        return str(error)
    return ""


@contextlib.contextmanager
def _noted(missing: dict[str, str], label: str) -> Iterator[None]:
    try:
        yield
    except BenchError as error:
        missing[label] = str(error)
