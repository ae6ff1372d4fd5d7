"""A real llama.cpp server with a small real model, as `sixnines quickstart` starts it: for tests against the real thing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sixnines.quickstart.ask import get
from sixnines.quickstart.installed import model_file
from sixnines.quickstart.ports import free_ports

ALIAS = "smollm2"
CONTEXT = 512
SLOTS = 2
# It takes half a second on an idle machine.
READY_S = 30.0


@dataclass(frozen=True, slots=True)
class RealEngine:
    """A llama.cpp server that is ready.

    Attributes:
        port: where it listens.
        pid: its process.
    """

    port: int
    pid: int

    @property
    def base_url(self) -> str:
        """Its root, without `/v1`."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def real_engine(log: Path) -> Iterator[RealEngine]:
    """Start one that serves chats, completions and embeddings; its output goes to `log`."""
    port = free_ports(1)[0]
    model = ["--model", str(model_file()), "--alias", ALIAS, "--embeddings"]
    size = ["--context", str(CONTEXT), "--slots", str(SLOTS)]
    command = [sys.executable, "-m", "sixnines.quickstart.llamacpp_server", *model, *size, "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            _until_ready(process, port, log)
            yield RealEngine(port, process.pid)
        finally:
            process.kill()


def _until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        answer = get(port, "/health")
        if answer is not None and answer.ok:
            return
        time.sleep(0.05)
    raise AssertionError(f"the engine did not start: {log.read_text(errors='replace')[-4000:]}")
