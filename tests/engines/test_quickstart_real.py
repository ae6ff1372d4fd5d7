"""`sixnines quickstart` as a person uses it: two real llama.cpp servers, one stopped, the other answers, all gone at the end."""

import http.client
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sixnines.quickstart.control import EngineState, Report, Wish, ask
from sixnines.quickstart.layout import folder_of
from sixnines.quickstart.ports import free_ports
from support.processes import is_alive, processes_with

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

LAST_LINE = "Ctrl-C stops everything."
# From typing the command to the first answer, everything being installed: 15 s are promised, for a machine that does
# nothing else. Twice that, so that a busy one does not fail the test.
FIRST_ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the gateway."""

    status: int
    provider: str | None
    attempts: str | None
    text: str


class Quickstart:
    """A quickstart in a process of its own, as `make run` starts it."""

    def __init__(self, state_home: Path) -> None:
        self.port = free_ports(1)[0]
        self.environment = {**os.environ, "XDG_STATE_HOME": str(state_home)}
        self.folder = folder_of(state_home / "sixnines", self.port)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command("--port", str(self.port)),
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
            start_new_session=True,
        )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "sixnines", "quickstart", *words]

    def until_ready(self) -> str:
        """Wait for the page that says what to try."""
        assert self.process.stdout is not None
        page = ""
        for line in self.process.stdout:
            page += line
            if LAST_LINE in line:
                return page
        pytest.fail(f"quickstart ended early with status {self.process.wait()}: {page}")

    def cli(self, *words: str) -> str:
        """What another invocation prints."""
        done = subprocess.run(self.command(*words), check=True, capture_output=True, text=True, env=self.environment)
        return done.stdout

    def report(self) -> Report:
        report = ask(self.folder, Wish.STATUS)
        assert report is not None
        return report

    def ask(self, *, stream: bool = False) -> Answered:
        """Ask the gateway one question."""
        body = {
            "model": "smollm2",
            "stream": stream,
            "max_tokens": 12,
            "messages": [{"role": "user", "content": "Say hello in one short sentence."}],
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
            return Answered(
                response.status,
                response.getheader("x-sixnines-provider"),
                response.getheader("x-sixnines-attempts"),
                text,
            )
        finally:
            connection.close()

    def processes(self) -> list[int]:
        """Everything that it has started and that lives."""
        pids = [engine.pid for engine in self.report().engines if engine.pid is not None]
        return sorted({*pids, *processes_with(str(self.folder))})


@pytest.fixture
def quickstart(tmp_path: Path) -> Iterator[Quickstart]:
    running = Quickstart(tmp_path)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(timeout=30)
        assert running.process.stdout is not None
        running.process.stdout.close()


def content(answer: Answered) -> str:
    """The text of an answer that was not streamed."""
    return json.loads(answer.text)["choices"][0]["message"]["content"]


def streamed(answer: Answered) -> str:
    """The text of a stream, which must be complete."""
    events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    choices = [choice for event in events[:-1] for choice in json.loads(event)["choices"]]
    assert choices[-1]["finish_reason"] in {"stop", "length"}
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def gone(pids: list[int]) -> bool:
    """Whether all of them end within a few seconds."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_the_next_engine_answers_when_the_first_is_stopped_and_nothing_is_left_at_the_end(
    quickstart: Quickstart,
) -> None:
    page = quickstart.until_ready()
    first = quickstart.ask()
    assert time.monotonic() - quickstart.started < FIRST_ANSWER_S
    assert (first.status, first.provider, first.attempts) == (200, "a", "1")
    assert content(first).strip() != ""
    assert f"http://127.0.0.1:{quickstart.port}/v1/chat/completions" in page
    assert f"--port {quickstart.port}" in page

    assert streamed(quickstart.ask(stream=True)).strip() != ""

    assert "engine a" in (said := quickstart.cli("--stop-engine", "a"))
    assert "stopped" in said
    second = quickstart.ask()
    assert (second.status, second.provider) == (200, "b")
    assert content(second).strip() != ""
    third = quickstart.ask(stream=True)
    assert (third.status, third.provider) == (200, "b")
    assert streamed(third).strip() != ""

    quickstart.cli("--start-engine", "a")
    assert [engine.state for engine in quickstart.report().engines] == [EngineState.READY, EngineState.READY]
    assert quickstart.ask().status == 200

    processes = quickstart.processes()
    assert len(processes) >= 3
    # What a terminal does on Ctrl-C: the signal goes to the whole foreground group.
    os.killpg(quickstart.process.pid, signal.SIGINT)
    assert quickstart.process.wait(timeout=15) == 0
    assert [pid for pid in processes if is_alive(pid)] == []
    assert processes_with(str(quickstart.folder)) == []


def test_nothing_outlives_a_quickstart_that_is_killed(quickstart: Quickstart) -> None:
    quickstart.until_ready()
    processes = quickstart.processes()
    quickstart.process.kill()
    assert gone(processes)


def test_in_a_terminal_ctrl_c_ends_it_and_gives_the_terminal_back(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["XDG_STATE_HOME"] = str(tmp_path)
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "sixnines", "quickstart", "--port", str(port)])
    shown = b""
    try:
        while LAST_LINE.encode() not in shown:
            shown += os.read(terminal, 65536)
        processes = processes_with(str(folder_of(tmp_path / "sixnines", port)))
        assert processes != []
        os.write(terminal, b"\x03")
        shown += read_to_end(terminal)
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"\x1b[?25l" in shown, "there was a progress bar"
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l"), "the cursor is shown again"
    assert gone(processes)


def read_to_end(terminal: int) -> bytes:
    """What is written until nobody has the terminal open any more."""
    shown = b""
    try:
        while data := os.read(terminal, 65536):
            shown += data
    except OSError:  # EIO: Linux's way to say so
        pass
    return shown


def test_a_second_quickstart_says_who_has_the_port(quickstart: Quickstart) -> None:
    quickstart.until_ready()
    other = subprocess.run(
        quickstart.command("--port", str(quickstart.port)),
        check=False,
        capture_output=True,
        text=True,
        env=quickstart.environment,
    )
    assert other.returncode == 1
    assert "a quickstart runs already" in other.stderr
