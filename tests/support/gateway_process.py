"""`sixnines serve` as a process of its own, stopped by its process id."""

import atexit
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

import httpx

from support.lab import WAIT_S, config_text

LISTENING = re.compile(r"listening on (http://\S+)")


@functools.cache
def runtime_folder() -> str:
    """A folder for sockets, whose paths must be short; it goes when the tests end."""
    folder = tempfile.mkdtemp(prefix="sixnines-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class GatewayProcess:
    """A running `sixnines serve` with its config in `directory`, and `words` more on its command line.

    What is not written (`config` is None) is there already. Entered again, it is started again.
    """

    def __init__(
        self, directory: Path, config: str | None, environment=None, words=(), program=("-m", "sixnines", "serve")
    ):
        self._program = program
        self._words = words
        self.file = directory / "sixnines.yaml"
        if config is not None:
            self.write(config)
        self.lines: list[str] = []
        self.url = ""
        self._ready = threading.Event()
        self.state_home = directory / "state"
        home = {"XDG_STATE_HOME": str(self.state_home), "XDG_RUNTIME_DIR": runtime_folder()}
        self._environment = {**os.environ, **home, **(environment or {})}

    def write(self, config: str):
        """Replace the config file."""
        self.file.write_text(config_text(config))

    def __enter__(self) -> Self:
        self.url = ""
        self._ready.clear()
        command = [sys.executable, *self._program, "--config", str(self.file), *self._words]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=self._environment)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._ready.wait(WAIT_S), self.log
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        self.process.stderr.close()

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return "".join(self.lines)

    def says(self, text: str) -> bool:
        """Wait for `text` on standard error: a line may come after the answer to what it tells of."""
        deadline = time.monotonic() + WAIT_S
        while text not in self.log:
            assert time.monotonic() < deadline, f"{text!r} is not in:\n{self.log}"
            time.sleep(0.01)
        return True

    def client(self) -> httpx.Client:
        """A client."""
        return httpx.Client(base_url=self.url, timeout=WAIT_S, trust_env=False)

    def signal(self, sign: signal.Signals):
        """Send a signal to the process."""
        self.process.send_signal(sign)

    def ended(self) -> int:
        """Its exit status, once it has ended by itself."""
        return self.process.wait(WAIT_S)

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            if (match := LISTENING.search(line)) is not None:
                self.url = match[1]
                self._ready.set()
        self._ready.set()
