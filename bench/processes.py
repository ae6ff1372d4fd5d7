"""Child processes of a bench: started with their output in a file, waited for, stopped by their own id.

Never leaves one behind, whatever ends the bench, short of a SIGKILL.
"""

import contextlib
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from answers import ask

STOP_S = 5.0
"""Seconds that a process has to stop when it is asked to."""


SPARE_FILES = 500
"""Descriptors for everything that is no connection of a load."""


class BenchError(Exception):
    """The bench cannot go on; the message says why."""


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP end this process as Ctrl-C does: through every `finally`."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)


def raise_file_limit(needed: int) -> None:
    """Let this process, and those that it starts from now on, open so many files, and some.

    Raises:
        BenchError: that is more than is permitted.
    """
    needed += SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchError(
            f"{needed} open files are needed in one process and the limit is {hard}; raise it "
            f"(`ulimit -Hn {needed}` as root, or LimitNOFILE in systemd)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    print(f"bench: open files limited to {soft}, raised to {needed} for this run", file=sys.stderr)


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` with its output in `log`, and with these environment variables or ours; stopped at the end."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=variables)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, timeout_s: float = 20.0) -> float:
    """Ask `ready` again and again until it is; seconds of the monotonic clock at that moment.

    Raises:
        BenchError: the process ended, or did not get ready in time; with the end of its output.
    """
    give_up = time.perf_counter() + timeout_s
    while not ready():
        if process.poll() is not None:
            raise BenchError(f"{_name(process)} ended with status {process.returncode}:\n{_tail(log)}")
        if time.perf_counter() > give_up:
            raise BenchError(f"{_name(process)} was not ready after {timeout_s:.0f} s:\n{_tail(log)}")
        time.sleep(0.002)
    return time.perf_counter()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Somebody accepts connections on `port` of 127.0.0.1."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def exchange(port: int, request: bytes) -> bytes:
    """The whole answer to one request, head and body, as it came; b"" if nobody answers."""
    return ask(port, request).raw


def sixnines(*words: str) -> list[str]:
    """The command line of the `sixnines` that is installed beside this interpreter."""
    return [str(Path(sys.executable).with_name("sixnines")), *words]


def _name(process: subprocess.Popen[bytes]) -> str:
    words = process.args
    return " ".join(map(str, words)) if isinstance(words, list) else str(words)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
