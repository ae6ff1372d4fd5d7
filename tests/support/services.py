"""`sixnines service` on a config of stand-in engines, with a state of its own; everything it has started ends with the test."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

from sixnines.quickstart.private_line import State
from sixnines.services.builtin import BuiltinHost
from sixnines.services.host import Site
from sixnines.services.interface import ServiceReport
from sixnines.services.orders import PID_FILE, STATE_FILE
from sixnines.settings import read_settings
from support.processes import processes_with

PYTHON = sys.executable
MOCK = f"[{PYTHON}, -P, -m, sixnines, mock, --kind, llamacpp, --port, '{{port}}']"


class Services:
    """The services of one config."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.config = folder / "sixnines.yaml"
        self.config.write_text(config)
        self.environment = {
            **os.environ,
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
        }
        self.site = Site(self.config, PYTHON, read_settings(self.environment), print)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int((self.site.folder / PID_FILE).read_text()), signal.SIGTERM)
        self.until(lambda: not processes_with(str(self.folder)))

    @property
    def host(self) -> BuiltinHost:
        """Who asks the supervisor."""
        return self.site.builtin()

    @property
    def supervisor(self) -> int:
        """The supervisor's process."""
        found = self.host.supervisor()
        assert found is not None
        return found

    def run(self, *words: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run `sixnines service` with our own supervisor."""
        command = [PYTHON, "-P", "-m", "sixnines", "service", *words, "--config", str(self.config)]
        return subprocess.run(
            [*command, "--supervisor", "builtin"],
            capture_output=True, text=True, check=False, timeout=55, env={**self.environment, **(environment or {})},
        )  # fmt: skip

    def report(self, name: str) -> ServiceReport:
        """How one service is."""
        (found,) = self.host.report([name])
        return found

    def log(self, name: str) -> str:
        """What one has said."""
        file = self.site.folder / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def until(self, condition: Callable[[], bool], within_s: float = 20) -> None:
        """Wait for something that is about to happen."""
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, self._all()
            time.sleep(0.02)

    def gone(self) -> bool:
        """Nothing of the supervisor is left."""
        return not (self.site.folder / STATE_FILE).exists() and not processes_with(str(self.folder))

    def engine(self, name: str) -> int:
        """The process that the leash of a service holds."""
        leash = self.report(name).pid
        assert leash is not None
        children = Path(f"/proc/{leash}/task/{leash}/children").read_text().split()
        return int(children[0])

    def port(self) -> int:
        """Where the supervisor listens to commands."""
        return msgspec.json.decode((self.site.folder / STATE_FILE).read_bytes(), type=State).port

    def _all(self) -> str:
        texts = [f"{file.name}:\n{file.read_text()[-2000:]}" for file in sorted(self.site.folder.glob("*.log"))]
        return "\n".join([str(processes_with(str(self.folder))), *texts])
