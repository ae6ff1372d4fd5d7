"""`sixnines top` in a real terminal: tmux is one, and tells what is on its screen."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.gateway_process import GatewayProcess
from support.lab import WAIT_S, Lab
from support.watched import FAILING, ask, environment_of, run_command, settled, watched_config

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


class Terminal:
    """A command in a terminal of 140 by 40; the server of tmux is our own and ends with the test."""

    def __init__(self, folder: Path, command: str, environment: dict[str, str]):
        self._tmux = ("tmux", "-S", str(folder / "tmux"), "-f", "/dev/null")
        variables = {
            key: environment[key] for key in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "PYTHONPATH") if key in environment
        }
        assigned = " ".join(f"{key}={shlex.quote(value)}" for key, value in variables.items())
        self._command = f"env {assigned} TERM=tmux-256color {command}; echo left with $?; cat"
        self._environment = {**os.environ, "TERM": "xterm-256color"}
        self._environment.pop("TMUX", None)

    def __enter__(self):
        self._run("new-session", "-d", "-x", "140", "-y", "40", self._command)
        return self

    def __exit__(self, *_):
        self._run("kill-server")

    def _run(self, *words):
        done = subprocess.run(
            [*self._tmux, *words], env=self._environment, capture_output=True, text=True, timeout=WAIT_S, check=True
        )
        return done.stdout

    def press(self, *keys):
        self._run("send-keys", *keys)

    def screen(self):
        return self._run("capture-pane", "-p")

    def close(self, words):
        """Press Escape, and wait until it was taken for one: with the next key it would be Alt."""
        self.press("Escape")
        deadline = time.monotonic() + WAIT_S
        while words in (seen := self.screen()):
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)

    def until(self, words):
        deadline = time.monotonic() + 2 * WAIT_S
        while words not in (seen := self.screen()):
            assert time.monotonic() < deadline, f"{words!r} never came:\n{seen}"
            time.sleep(0.1)
        return seen


@pytest.fixture(scope="module", autouse=True)
def tmux():
    subprocess.run(["sh", str(ROOT / "tools" / "debian.sh"), "tmux"], check=True, timeout=600)


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def gateway(lab, tmp_path):
    config = watched_config(lab.engine(script=FAILING).base_url, lab.engine().base_url)
    with GatewayProcess(tmp_path, config) as gateway:
        settled(lab, gateway)
        ask(gateway)
        yield gateway


def test_it_opens_shows_a_trail_asks_before_it_acts_and_quits(gateway, tmp_path):
    command = shlex.join([sys.executable, "-m", "sixnines", "top", "--config", str(gateway.file)])
    with Terminal(tmp_path, command, environment_of(gateway)) as terminal:
        seen = terminal.until("primary -> spare")
        assert "sixnines 0.1.0  revision 1" in seen
        terminal.press("Enter")
        assert "1. primary/up (first) transport" in terminal.until("Escape closes this")
        terminal.close("Escape closes this")
        terminal.press("?")
        terminal.until("go to the next table, or back")
        terminal.close("Escape closes this")
        terminal.press("BTab")  # the tables, from the last to the first
        terminal.press("BTab")
        terminal.press("BTab")
        terminal.press("Down")
        terminal.press("d")
        terminal.until("Drain spare for 10 min?")
        terminal.press("n")
        terminal.press("q")
        terminal.until("left with 0")


def test_it_says_at_once_what_is_wrong(gateway, tmp_path):
    gateway.process.kill()
    gateway.process.wait(WAIT_S)
    command = shlex.join([sys.executable, "-m", "sixnines", "top", "--config", str(gateway.file)])
    with Terminal(tmp_path, command, environment_of(gateway)) as terminal:
        assert "sixnines: no gateway of" in terminal.until("left with 1")


def test_without_a_terminal_it_points_to_status(gateway):
    status, printed, complained = run_command(gateway, "top")
    assert (status, printed) == (2, "")
    assert complained == "sixnines: `top` needs a terminal; `sixnines status` prints the same once\n"
