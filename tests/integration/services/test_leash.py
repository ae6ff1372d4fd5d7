"""A program on a leash ends when whoever held it does, with all that it has started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sixnines.services import leash
from support.processes import is_alive

# A program with a child; both say who they are. `deaf`: neither heeds SIGTERM.
PROGRAM = """
import os, signal, subprocess, sys, time
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "child" not in sys.argv:
    subprocess.Popen([sys.executable, "-c", open(sys.argv[1]).read(), sys.argv[1], "child", *sys.argv[2:]])
print(os.getpid(), flush=True)
time.sleep(600)
"""


def until(condition: Callable[[], bool], within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Leashed:
    """A program on a leash that this test holds."""

    def __init__(self, folder: Path, *words: str, grace_s: str = "5") -> None:
        script = folder / "program.py"
        script.write_text(PROGRAM)
        command = [
            sys.executable,
            "-I",
            "-S",
            str(leash.__file__),
            grace_s,
            sys.executable,
            str(script),
            str(script),
            *words,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        self.pids = [int(self.process.stdout.readline()) for _ in range(2)]

    def all_gone(self) -> bool:
        return not any(map(is_alive, self.pids))

    def let_go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close(self) -> None:
        for pid in (self.process.pid, *self.pids):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.let_go()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait(10)


@pytest.fixture
def leashed(tmp_path: Path) -> Iterator[Callable[..., Leashed]]:
    started: list[Leashed] = []

    def start(*words: str, grace_s: str = "5") -> Leashed:
        started.append(Leashed(tmp_path, *words, grace_s=grace_s))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_it_ends_with_whoever_held_the_leash(leashed: Callable[..., Leashed]) -> None:
    found = leashed()
    found.let_go()
    assert found.process.wait(10) == 128 + signal.SIGTERM
    until(found.all_gone)


def test_sigterm_reaches_the_program_and_what_it_has_started(leashed: Callable[..., Leashed]) -> None:
    found = leashed()
    found.process.terminate()
    assert found.process.wait(10) == 128 + signal.SIGTERM
    until(found.all_gone)


def test_what_does_not_want_to_end_is_killed_after_its_grace(leashed: Callable[..., Leashed]) -> None:
    found = leashed("deaf", grace_s="0.2")
    began = time.monotonic()
    found.process.terminate()
    assert found.process.wait(10) == 128 + signal.SIGKILL
    assert 0.2 <= time.monotonic() - began < 5
    until(found.all_gone)


def test_what_a_program_leaves_behind_ends_with_it(leashed: Callable[..., Leashed]) -> None:
    found = leashed()
    (program,) = [pid for pid in found.pids if os.getpgid(pid) == pid]
    os.kill(program, signal.SIGKILL)
    assert found.process.wait(10) == 128 + signal.SIGKILL
    until(found.all_gone)


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2)")
def test_the_program_ends_although_its_leash_is_killed(leashed: Callable[..., Leashed]) -> None:
    found = leashed()
    (program,) = [pid for pid in found.pids if os.getpgid(pid) == pid]
    found.process.kill()
    until(lambda: not is_alive(program))


@pytest.mark.parametrize(("words", "status"), [(["true"], 0), (["sh", "-c", "exit 3"], 3), (["/not/there"], 127)])
def test_the_status_is_that_of_the_program(words: list[str], status: int) -> None:
    command = [sys.executable, "-I", "-S", str(leash.__file__), "1", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.wait(10) == status
        said = process.stderr.read() if process.stderr else ""
    assert ("cannot be started: No such file" in said) == (status == 127)
