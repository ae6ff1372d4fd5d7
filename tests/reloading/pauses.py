"""How long requests wait while a large config is read, compiled and taken up: one caller asks as quickly as he can."""

import socket
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sixnines.control.asked import ApplyAsked
from sixnines.control.events import Began, Step
from support.changing import files_of, owner_of
from support.gateway_process import GatewayProcess
from support.lab import Lab
from support.worker_processes import WorkerProcesses

PROVIDERS = 200
_ASK = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Pauses:
    """What was measured, in milliseconds.

    Attributes:
        models: of the config.
        usual: the middle of what an answer takes when nothing else happens, and the most.
        reading: the most while the config was read and compiled, and how many answers took more than 5 ms then.
        swapping: the most from the activation to the end, and how many took more than 5 ms then.
        change_s: how long the change took.
    """

    models: int
    usual: tuple[float, float]
    reading: tuple[float, int]
    swapping: tuple[float, int]
    change_s: float

    def __str__(self) -> str:
        """For people."""
        return (
            f"{self.models} models: usually {self.usual[0]:.2f} ms (at most {self.usual[1]:.1f} ms); while the config is "
            f"read and compiled at most {self.reading[0]:.1f} ms ({self.reading[1]} answers over 5 ms); from the "
            f"activation on at most {self.swapping[0]:.1f} ms ({self.swapping[1]} over 5 ms); the change took "
            f"{self.change_s:.2f} s"
        )


class Caller(threading.Thread):
    """Asks again and again on one connection, and notes when each answer came and how long it took."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.noted: list[tuple[float, float]] = []
        self._port = port
        self._over = threading.Event()

    def run(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._over.is_set():
                began = time.perf_counter()
                sock.sendall(_ASK)
                assert sock.recv(4096).startswith(b"HTTP/1.1 200")
                ended = time.perf_counter()
                self.noted.append((ended, (ended - began) * 1000))
                time.sleep(0.0005)

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()
        self.join()

    def between(self, began: float, ended: float) -> list[float]:
        """What answers took that came in some time."""
        return [took for at, took in self.noted if began <= at <= ended]


def large_config(base_url: str, models: int, mark: str) -> str:
    """A config of that many models."""
    lines = ["providers:"]
    lines += [f'  p{each}: {{kind: openai-compatible, base_url: "{base_url}/{each}"}}' for each in range(PROVIDERS)]
    lines.append("models:")
    for each in range(models):
        first, second = each % PROVIDERS, (each + 1) % PROVIDERS
        # Every fourth falls over to the two after it: a chain is as long as chains are.
        fallbacks = f", fallbacks: [m{each + 1}, m{each + 2}]" if each % 4 == 0 and each + 2 < models else ""
        deployments = f"[{{provider: p{first}, model: up}}, {{provider: p{second}, model: up}}]"
        lines.append(f"  m{each}: {{deployments: {deployments}{fallbacks}}}")
    return "\n".join([*lines, f"# {mark}", ""])


def measure(folder: Path, *, models: int, workers: int = 1, changes: int = 3) -> Pauses:
    """Apply a config some times; the worst of all is told."""
    with Lab() as lab:
        url = lab.engine().base_url.removesuffix("/v1")
        small = "defaults: {health: {active: false}}\n" + large_config(url, 10, "small")
        gateway = GatewayProcess(folder, small) if workers == 1 else WorkerProcesses(folder, small, workers)
        with gateway:
            caller = Caller(int(gateway.url.rpartition(":")[2]))
            caller.start()
            try:
                return _measure(gateway, caller, url, models=models, changes=changes)
            finally:
                caller.stop()


def _measure(gateway, caller: Caller, url: str, *, models: int, changes: int) -> Pauses:
    time.sleep(1)
    began = time.perf_counter()
    time.sleep(2)
    usual = caller.between(began, time.perf_counter())
    reading: list[float] = []
    swapping: list[float] = []
    longest = 0.0
    for number in range(changes):
        files = files_of("defaults: {health: {active: false}}\n" + large_config(url, models, str(number)))
        began = time.perf_counter()
        activated = 0.0
        with owner_of(gateway) as owner:
            for event in owner.apply(ApplyAsked(files=files, watch_s=0.0, verify=False)):
                if isinstance(event, Began) and event.step is Step.ACTIVATE:
                    activated = time.perf_counter()
        ended = time.perf_counter()
        time.sleep(0.5)
        reading += caller.between(began, activated)
        swapping += caller.between(activated, ended + 0.5)
        longest = max(longest, ended - began)
    return Pauses(models, (statistics.median(usual), max(usual)), _worst(reading), _worst(swapping), longest)


def _worst(took: list[float]) -> tuple[float, int]:
    return max(took), sum(each > 5 for each in took)
