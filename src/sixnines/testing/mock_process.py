"""A stand-in engine as a process of its own: what load tests and demos use, so that it has a core to itself."""

import subprocess
import sys
import tempfile
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from sixnines.testing.admin import ADMIN_PATH
from sixnines.testing.mock_engine import PATIENCE_S, Scripted, as_script


class _Ready(msgspec.Struct):
    """The one line that the process prints when it listens."""

    kind: str
    port: int
    admin_port: int
    pid: int


class MockProcess:
    """One stand-in process, stopped by its process id.

    Args:
        kind: a name in `engines.registry.KINDS`.
        script: how it behaves.
        pinned_to: put before the command, for example `("taskset", "-c", "1")`.
    """

    def __init__(self, kind: str, script: Scripted = None, *, pinned_to: tuple[str, ...] = ()) -> None:
        self._kind = kind
        self._script = as_script(script)
        self._prefix = pinned_to
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

        self.port = self.admin_port = self.pid = 0

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            RuntimeError: it ended instead; the message holds what it said.
        """
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "script.json"
            script.write_bytes(msgspec.json.encode(self._script))
            words = ["--kind", self._kind, "--port", "0", "--admin-port", "0", "--script", str(script)]
            command = [*self._prefix, sys.executable, "-m", "sixnines", "mock", *words]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - our own program
            assert self._process.stdout is not None  # noqa: S101 - asked for above
            line = self._process.stdout.readline()
        if not line:
            _, said = self._process.communicate()
            raise RuntimeError(f"the stand-in did not start: {said.decode('utf-8', 'replace').strip()}")
        ready = msgspec.json.decode(line, type=_Ready)
        self.port, self.admin_port, self.pid = ready.port, ready.admin_port, ready.pid

    @property
    def base_url(self) -> str:
        """Its root, without `/v1`."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, script: Scripted) -> None:
        """Put another script in force; its counters start at nothing."""
        self._admin("PUT", "/script", msgspec.json.encode(as_script(script)))

    def state(self) -> dict[str, object]:
        """What has happened and what is going on: see `admin.Admin.state`."""
        return self._admin("GET", "")

    def reset(self) -> None:
        """Forget what has happened; rules count from nothing again."""
        self._admin("POST", "/reset")

    def _admin(self, method: str, path: str, body: bytes = b"") -> dict[str, object]:
        connection = HTTPConnection("127.0.0.1", self.admin_port, timeout=PATIENCE_S)
        try:
            connection.request(method, f"{ADMIN_PATH}{path}", body)
            answer = connection.getresponse()
            told = msgspec.json.decode(answer.read(), type=dict[str, object])
        finally:
            connection.close()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"the stand-in refuses {method} {path}: {told['error']}")
        return told

    def stop(self) -> None:
        """Terminate it and wait for its end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._process = None
