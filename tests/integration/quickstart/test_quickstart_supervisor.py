"""The supervisor starts, watches and ends real processes; these stand in for engines and gateway."""

import asyncio
import fcntl
import io
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from sixnines.quickstart import child as child_module
from sixnines.quickstart.ask import get
from sixnines.quickstart.control import EngineState, Report, Wish, ask
from sixnines.quickstart.layout import Layout, folder_of
from sixnines.quickstart.ports import free_ports
from sixnines.quickstart.screen import Screen
from sixnines.quickstart.start import start
from sixnines.quickstart.supervisor import Supervisor
from sixnines.quickstart.trouble import QuickstartError
from support.processes import is_alive

TESTS = Path(__file__).parents[2]
NAMES = ("a", "b", "gateway")


@dataclass(frozen=True, slots=True)
class StandInLayout(Layout):
    """A quickstart of stand-ins; `modes` says how each one lives."""

    modes: Mapping[str, str] = field(default_factory=dict)

    def engine_command(self, name: str) -> list[str]:
        return self._command(name, self.engine_ports[name])

    def gateway_command(self) -> list[str]:
        return self._command("gateway", self.port)

    def _command(self, name: str, port: int) -> list[str]:
        mode = self.modes.get(name, "well")
        return [sys.executable, "-P", "-m", "sixnines.quickstart.tether", "support.stand_in", str(port), mode]

    def pids(self) -> list[int]:
        """The processes that have been started, by what they wrote into their logs."""
        words = [self.log_file(name).read_text().split() for name in NAMES if self.log_file(name).exists()]
        return [int(line[1]) for line in words if line]


@pytest.fixture(autouse=True)
def _import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS), prepend=os.pathsep)


def layout_in(folder: Path, **modes: str) -> StandInLayout:
    gateway, a, b = free_ports(3)
    return StandInLayout(folder, gateway, {"a": a, "b": b}, Path("/no/model"), modes)


@dataclass(slots=True)
class Run:
    """A supervisor that is ready, and what it has written."""

    layout: StandInLayout
    task: asyncio.Task[None]
    output: io.StringIO

    async def wish(self, wish: Wish, engine: str | None = None) -> Report:
        report = await asyncio.to_thread(ask, self.layout.folder, wish, engine)
        assert report is not None
        return report

    async def until_written(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.output.getvalue():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def supervised(layout: StandInLayout, *, ready: bool = True) -> AsyncIterator[Run]:
    output = io.StringIO()
    supervisor = Supervisor(layout, Screen(Console(file=output), "sixnines"))
    task = asyncio.ensure_future(supervisor.run())
    run = Run(layout, task, output)
    try:
        if ready:
            waiting = asyncio.ensure_future(run.until_written("sixnines is ready"))
            await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        yield run
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait({task})
        assert [pid for pid in layout.pids() if is_alive(pid)] == []
        assert not (layout.folder / "state.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_everything_without_an_error(tmp_path: Path, number: signal.Signals) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        assert len(run.layout.pids()) == 3
        os.kill(os.getpid(), number)
        await run.task
    assert "sixnines is ready" in run.output.getvalue()


async def test_an_engine_can_be_stopped_and_started_again(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        before = (await run.wish(Wish.STATUS)).engines[0]
        assert before.state is EngineState.READY

        stopped = (await run.wish(Wish.STOP, "a")).engines[0]
        assert (stopped.state, stopped.pid) == (EngineState.STOPPED, None)
        assert before.pid is not None
        assert not is_alive(before.pid)

        again = await run.wish(Wish.START, "a")
        assert [engine.state for engine in again.engines] == [EngineState.READY, EngineState.READY]
        assert again.engines[0].url == before.url
        assert again.engines[0].pid not in {None, before.pid}
    assert "Engine a stopped, as asked." in run.output.getvalue()
    assert "Engine a started, as asked." in run.output.getvalue()


async def test_a_wish_that_is_fulfilled_already_changes_nothing(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        before = await run.wish(Wish.STATUS)
        assert await run.wish(Wish.START, "a") == before
        stopped = await run.wish(Wish.STOP, "b")
        assert await run.wish(Wish.STOP, "b") == stopped


async def test_an_unknown_engine_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        assert (await run.wish(Wish.STOP, "c")).problem == "there is no engine 'c'; the engines are a and b"


async def test_an_engine_that_dies_is_reported_and_can_be_started_again(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        await asyncio.to_thread(get, run.layout.engine_ports["b"], "/die")
        await run.until_written("Engine b ended by itself (status 9)")
        report = await run.wish(Wish.STATUS)
        assert [engine.state for engine in report.engines] == [EngineState.READY, EngineState.FAILED]
        report = await run.wish(Wish.START, "b")
        assert report.engines[1].state is EngineState.READY


async def test_an_engine_that_does_not_start_ends_everything_with_its_last_words(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path, b="dies")) as run:
        with pytest.raises(QuickstartError, match=r"(?s)b did not start on port \d+.*no model, no life"):
            await run.task


async def test_an_engine_that_does_not_start_again_is_reported_to_who_asked(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        await run.wish(Wish.STOP, "a")
        with socket.create_server(("127.0.0.1", run.layout.engine_ports["a"])):
            report = await run.wish(Wish.START, "a")
        assert report.problem is not None
        assert "a did not start" in report.problem
        assert "Address already in use" in report.problem
        assert report.engines[0].state is EngineState.FAILED


async def test_a_gateway_that_does_not_start_ends_everything(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path, gateway="dies")) as run:
        with pytest.raises(QuickstartError, match=r"(?s)gateway.*no model, no life"):
            await run.task


async def test_a_gateway_that_dies_later_ends_everything(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path)) as run:
        await asyncio.to_thread(get, run.layout.port, "/die")
        with pytest.raises(QuickstartError, match=r"the gateway ended by itself \(status 9\)"):
            await run.task


async def test_a_signal_while_starting_ends_what_has_been_started(tmp_path: Path) -> None:
    async with supervised(layout_in(tmp_path, b="never"), ready=False) as run:
        async with asyncio.timeout(20):
            while len(run.layout.pids()) < 2:
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        await run.task
    assert "sixnines is ready" not in run.output.getvalue()


async def test_a_second_signal_does_not_wait_for_who_will_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than the test may take: only the second signal can end it in time.
    monkeypatch.setattr(child_module, "_GRACE_S", 600)
    async with supervised(layout_in(tmp_path, a="deaf")) as run:
        gateway = run.layout.pids()[2]
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(20):
            while is_alive(gateway):
                await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        await run.task


SUPERVISE = """
import asyncio, pathlib, sys
sys.path.insert(0, sys.argv[1])
from rich.console import Console
from sixnines.quickstart.screen import Screen
from sixnines.quickstart.supervisor import Supervisor
from test_quickstart_supervisor import layout_in

async def main():
    await Supervisor(layout_in(pathlib.Path(sys.argv[2])), Screen(Console(), "sixnines")).run()

asyncio.run(main())
"""


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISE, str(Path(__file__).parent), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "sixnines is ready" in line:
                break
        pids = layout_in(tmp_path).pids()
        process.kill()
    assert len(pids) == 3
    # The tether is all that tells them; each ends by itself.
    for pid in pids:
        wait_for_end(pid)


def wait_for_end(pid: int) -> None:
    """Wait until a process that is not our child has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 20)[0] == [handle]
    finally:
        os.close(handle)


def test_a_second_quickstart_on_the_same_port_is_refused(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    folder = folder_of(tmp_path, port)
    folder.mkdir()
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        with pytest.raises(QuickstartError, match="runs already"):
            start(tmp_path, port, Screen(Console(file=io.StringIO()), "sixnines"))
    finally:
        os.close(handle)


def test_a_taken_port_is_refused_with_who_has_it_and_one_that_is_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(QuickstartError) as raised:
            start(tmp_path, port, Screen(Console(file=io.StringIO()), "sixnines"))
    assert f"port {port} is taken by" in str(raised.value)
    assert f"(process {os.getpid()})" in str(raised.value)
    assert "--port" in str(raised.value)
