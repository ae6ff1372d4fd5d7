"""A child process starts, is watched, and ends for certain; it also ends when whoever started it is gone."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sixnines.quickstart import child as child_module
from sixnines.quickstart.child import Child
from support.processes import is_alive

SAYS_READY = "import sys, time; print('ready', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


async def started(child: Child) -> int:
    """Start `child` and wait until it has said that it is ready; its process id."""
    await child.start()
    async with asyncio.timeout(20):
        while "ready" not in child.last_words():
            await asyncio.sleep(0.01)
    assert child.pid is not None
    return child.pid


async def test_a_child_is_stopped_politely(tmp_path: Path) -> None:
    child = Child("x", command=[sys.executable, "-c", SAYS_READY], log=tmp_path / "log")
    pid = await started(child)
    await child.stop()
    assert child.pid is None
    assert not is_alive(pid)
    assert child.last_words() == "ready"


async def test_a_child_that_ignores_the_polite_request_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "_GRACE_S", 0.1)
    child = Child("x", command=[sys.executable, "-c", STUBBORN], log=tmp_path / "log")
    pid = await started(child)
    await child.stop()
    assert not is_alive(pid)


async def test_the_end_of_a_child_is_reported_with_its_status(tmp_path: Path) -> None:
    child = Child("x", command=[sys.executable, "-c", "import sys; print('why'); sys.exit(3)"], log=tmp_path / "log")
    ended = await child.start()
    assert await ended() == 3
    assert child.pid is None
    assert child.last_words() == "why"


async def test_stopping_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    child = Child("x", command=[sys.executable, "-c", "pass"], log=tmp_path / "log")
    await child.stop()
    ended = await child.start()
    await ended()
    await child.stop()
    child.kill()


async def test_a_child_is_out_of_reach_of_the_terminals_signals(tmp_path: Path) -> None:
    child = Child("x", command=[sys.executable, "-c", SAYS_READY], log=tmp_path / "log")
    pid = await started(child)
    try:
        assert os.getpgid(pid) != os.getpgid(0)
    finally:
        await child.stop()


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that child processes import from."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def on_a_tether(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "sixnines.quickstart.tether", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_tethered_module_gets_its_arguments_and_gives_its_status(modules: Path) -> None:
    (modules / "tethered_once.py").write_text("import sys\nprint(__name__, sys.argv[1:])\nsys.exit(7)\n")
    with on_a_tether("tethered_once", "--x", "1") as process:
        assert process.stdout is not None
        assert process.stdout.read() == "__main__ ['--x', '1']\n"
    assert process.returncode == 7


def test_a_tethered_module_is_asked_to_end_when_the_tether_is_cut(modules: Path) -> None:
    (modules / "tethered_long.py").write_text("import time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    with on_a_tether("tethered_long") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == -signal.SIGTERM


def test_a_tethered_module_that_waits_for_signals_by_hand_gets_this_one(modules: Path) -> None:
    (modules / "tethered_waiting.py").write_text(
        "import signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "print('ready', flush=True)\n"
        "signal.sigwait({signal.SIGTERM})\n"
        "sys.exit(5)\n"
    )
    with on_a_tether("tethered_waiting") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == 5
