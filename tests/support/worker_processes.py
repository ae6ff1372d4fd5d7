"""`sixnines serve --workers`: a parent and its workers, as an operator sees them."""

import os
import signal
import time
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from support.gateway_process import GatewayProcess
from support.lab import WAIT_S
from support.processes import is_alive

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class WorkerProcesses(GatewayProcess):
    """A running `sixnines serve --workers COUNT`. None of them outlives the block, however it ends."""

    def __init__(self, directory: Path, config: str, count: int, environment=None, **more):
        super().__init__(directory, config, environment, words=["--workers", str(count)], **more)
        self._seen: set[int] = set()

    def __exit__(self, *args):
        self._seen.update(self.pids())
        super().__exit__(*args)
        # Workers without a parent end by themselves and take their folder with them, unless something is under way.
        deadline = time.monotonic() + 1
        while any(map(is_alive, self._seen)) and time.monotonic() < deadline:
            time.sleep(0.01)
        for pid in self._seen:
            if is_alive(pid) and _command(pid) == self._command:
                os.kill(pid, signal.SIGKILL)

    def __enter__(self):
        super().__enter__()
        self._command = _command(self.process.pid)
        self._seen.update(self.pids())
        return self

    def pids(self) -> list[int]:
        """The processes of the workers."""
        try:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except FileNotFoundError:
            return []
        found = [pid for pid in map(int, children.split()) if is_alive(pid)]
        self._seen.update(found)
        return found

    def fresh(self, path: str) -> httpx.Response:
        """A GET on a new connection, so that it may be any worker that answers."""
        with self.client() as client:
            return client.get(path)

    def samples(self) -> Samples:
        """What /metrics shows."""
        return samples_in(self.fresh("/metrics").text)

    def value(self, name: str, **labels: str) -> float:
        """One of them; 0 if it is not there."""
        return self.samples().get((name, tuple(sorted(labels.items()))), 0.0)

    def until_pids(self, condition) -> list[int]:
        """Wait until the workers' processes are as they should be."""
        deadline = time.monotonic() + WAIT_S
        while not condition(pids := self.pids()):
            assert time.monotonic() < deadline, f"it never happened: {pids}\n{self.log}"
            time.sleep(0.005)
        return pids


def samples_in(text: str) -> Samples:
    """The samples of a page of figures, by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
