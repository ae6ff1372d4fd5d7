"""Workers that are killed, stopped, started again, and what callers notice of it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from support.checkout import ROOT
from support.lab import WAIT_S, Lab, chat, one_engine
from support.processes import is_alive
from support.raw_http import RawClient
from support.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow

SLOW = {"default": {"count": 100, "tokens_per_s": 50}}
ENDLESS = {"default": {"count": 10_000, "tokens_per_s": 50}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def port_of(gateway):
    return int(gateway.url.rpartition(":")[2])


class Load:
    """Callers who ask one after the other, each on a connection that it keeps or on a new one each time.

    Attributes:
        statuses: of all answers.
        lost: how often a connection broke.
        longest_s: how long the slowest answer took.
    """

    def __init__(self, gateway, callers=8, *, fresh=False):
        self.statuses = []
        self.lost = 0
        self.longest_s = 0.0
        self._fresh = fresh
        self._gateway = gateway
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(callers)]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for each in self._threads:
            each.join(WAIT_S)

    def more(self, count):
        """Wait until so many more have been answered."""
        wanted, deadline = len(self.statuses) + count, time.monotonic() + WAIT_S
        while len(self.statuses) < wanted:
            assert time.monotonic() < deadline, "callers get no answers"
            time.sleep(0.005)

    def _ask(self):
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self._gateway.client())
            while not self._stop.is_set():
                began = time.monotonic()
                try:
                    self.statuses.append(client.post("/v1/chat/completions", json=chat()).status_code)
                except httpx.TransportError:
                    self.lost += 1
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                if self._fresh:
                    client = stack.enter_context(self._gateway.client())


def test_a_killed_worker_takes_its_own_connections_with_it_and_nothing_else(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 3) as gateway, Load(gateway, callers=9) as load:
        load.more(100)
        before = gateway.pids()
        killed = before[1]
        os.kill(killed, signal.SIGKILL)
        after = gateway.until_pids(lambda pids: len(pids) == 3 and killed not in pids)
        load.more(300)
    assert len(set(before) & set(after)) == 2
    assert set(load.statuses) == {200}
    assert load.lost <= 9  # at most what was under way in the one that was killed
    assert load.longest_s < 2
    assert gateway.says(f"worker 2 (process {killed}) has ended by signal 9; another one takes its place")


def test_who_has_connected_to_a_killed_worker_is_answered_by_another_one(lab, tmp_path):
    """What the kernel has accepted for a worker waits in a queue that does not die with it."""
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2) as gateway, contextlib.ExitStack() as stack:
        first, second = gateway.pids()
        for pid in (first, second):
            os.kill(pid, signal.SIGSTOP)
        callers = [stack.enter_context(RawClient(("127.0.0.1", port_of(gateway)))) for _ in range(20)]
        for caller in callers:
            caller.send(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n")
        os.kill(second, signal.SIGCONT)
        os.kill(first, signal.SIGKILL)
        assert [caller.answer().status for caller in callers] == [200] * 20


# The parent looks more often, so that ten looks take five seconds instead of thirty; all else is as it is.
IMPATIENT = (
    "-c",
    (
        "from sixnines.workers import pulse; pulse.LOOK_S = 0.5; pulse.BEAT_S = 0.1; import sys;"
        "from sixnines.__main__ import main; sys.exit(main())"
    ),
    "serve",
)


def test_a_worker_that_hangs_is_killed_and_replaced(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2, program=IMPATIENT) as gateway:
        first, second = before = gateway.pids()
        os.kill(second, signal.SIGSTOP)
        after = gateway.until_pids(lambda pids: len(pids) == 2 and second not in pids)
        assert set(after) & set(before) == {first}
        assert gateway.says(f"worker 2 (process {second}) has hung for")
        assert gateway.says(f"worker 2 (process {second}) has ended by signal 9; another one takes its place")
        lab.until(lambda: gateway.value("sixnines_hung_workers_total") == 1)
        assert gateway.value("sixnines_worker_restarts_total") == 1
        with Load(gateway, fresh=True) as load:
            load.more(50)
        assert set(load.statuses) == {200}


def test_workers_that_were_stopped_with_their_parent_are_not_taken_for_hung(lab, tmp_path):
    """A laptop that slept, a container that was frozen: nobody has seen them hang."""
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2, program=IMPATIENT) as gateway:
        before = gateway.pids()
        everybody = [gateway.process.pid, *before]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(6)  # longer than anybody may hang here
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)
        with Load(gateway, fresh=True) as load:
            load.more(50)
        time.sleep(0.5)
        assert gateway.pids() == before
        assert "has hung" not in gateway.log


def test_while_a_worker_dies_again_and_again_nobody_waits_for_it(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2) as gateway, Load(gateway, fresh=True) as load:
        load.more(50)
        lives, dies = gateway.pids()
        for _ in range(4):  # each time it is started later
            os.kill(dies, signal.SIGKILL)
            found = gateway.until_pids(lambda pids, dies=dies: len(pids) == 2 and dies not in pids)
            (dies,) = set(found) - {lives}
        load.more(50)
    assert set(load.statuses) == {200}
    assert load.longest_s < 1
    assert gateway.says("another one takes its place in 0.")


def test_when_all_die_again_and_again_callers_wait_for_half_a_second_and_a_start(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2) as gateway:
        longest_s = 0.0
        for _ in range(13):  # they would wait for many seconds by then
            for pid in gateway.pids():
                os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            with RawClient(("127.0.0.1", port_of(gateway))) as caller:
                assert caller.exchange(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n").status == 200
            longest_s = max(longest_s, time.monotonic() - began)
    assert longest_s < 2


def test_a_dead_parent_leaves_no_workers_and_no_folder(lab, tmp_path):
    run = Path(tmp_path / "run")
    run.mkdir()
    home = run if len(str(run)) <= 60 else None
    environment = {"XDG_RUNTIME_DIR": str(run)}
    with WorkerProcesses(tmp_path, one_engine(lab.engine(script=SLOW)), 3, environment) as gateway:
        pids = gateway.pids()
        with (
            gateway.client() as client,
            client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer,
        ):
            lines = answer.iter_lines()
            next(lines)
            gateway.signal(signal.SIGKILL)
            lab.until(lambda: not accepts(port_of(gateway)))  # the address is free again at once
            lab.until(lambda: sum(map(is_alive, pids)) == 1)  # who has nothing to do has ended
            assert [line for line in lines if line][-1] == "data: [DONE]"
        lab.until(lambda: not any(map(is_alive, pids)))
        lab.until(lambda: home is None or not list(home.iterdir()))


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionResetError:
        return True  # it was closing at this very moment: look again
    except ConnectionRefusedError:
        return False
    return True


@contextlib.contextmanager
def streams(gateway, count):
    """Streams on connections of their own that have begun: what is left of each."""
    with contextlib.ExitStack() as stack:
        begun = []
        for _ in range(count):
            client = stack.enter_context(gateway.client())
            answer = stack.enter_context(client.stream("POST", "/v1/chat/completions", json=chat(stream=True)))
            lines = answer.iter_lines()
            next(lines)
            begun.append(lines)
        yield begun


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_streams_of_all_workers_are_finished_and_nothing_new_is_taken(lab, tmp_path, sign):
    with WorkerProcesses(tmp_path, one_engine(lab.engine(script=SLOW)), 3) as gateway:
        pids = gateway.pids()
        with streams(gateway, 12) as begun:
            gateway.signal(sign)
            lab.until(lambda: not accepts(port_of(gateway)))
            for lines in begun:
                assert [line for line in lines if line][-1] == "data: [DONE]"
        assert gateway.ended() == 0
        assert not any(map(is_alive, pids))
        assert "Traceback" not in gateway.log


def test_ctrl_c_reaches_the_whole_group_and_drains_once(lab, tmp_path):
    """The terminal sends SIGINT to the parent and to every worker; it must not count twice."""
    with WorkerProcesses(tmp_path, one_engine(lab.engine(script=SLOW)), 2) as gateway, streams(gateway, 4) as begun:
        for pid in [*gateway.pids(), gateway.process.pid]:
            os.kill(pid, signal.SIGINT)
        for lines in begun:
            assert [line for line in lines if line][-1] == "data: [DONE]"
        assert gateway.ended() == 0


def test_a_second_signal_cuts_the_drain_of_all_workers_short(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine(script=ENDLESS)), 2) as gateway, streams(gateway, 6) as begun:
        gateway.signal(signal.SIGTERM)
        lab.until(lambda: not accepts(port_of(gateway)))
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        for lines in begun:
            *_, last, done = [line for line in lines if line]
            assert done == "data: [DONE]"
            assert json.loads(last.removeprefix("data: "))["error"]["code"] == "draining"
        assert gateway.ended() == 0
        assert time.monotonic() - began < 5  # the drain would take 30 s


def test_a_worker_that_is_told_to_end_finishes_its_streams_and_is_replaced(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine(script=SLOW)), 2) as gateway:
        leaving, stays = gateway.pids()
        with streams(gateway, 8) as begun:
            os.kill(leaving, signal.SIGTERM)
            lab.until(lambda: "told to end" in gateway.log)
            began = time.monotonic()
            for _ in range(20):  # those whose connections would have been its own as well
                with RawClient(("127.0.0.1", port_of(gateway))) as caller:
                    assert caller.exchange(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n").status == 200
            assert time.monotonic() - began < 1  # less than its streams take
            for lines in begun:
                assert [line for line in lines if line][-1] == "data: [DONE]"
        pids = gateway.until_pids(lambda pids: len(pids) == 2 and leaving not in pids)
        assert stays in pids
        assert gateway.says(f"worker 1 (process {leaving}) has ended with status 0; another one takes its place")


def run(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "sixnines", *words], capture_output=True, text=True, timeout=20, check=False, cwd=cwd
    )


def test_a_config_with_errors_is_told_once_and_nothing_starts(tmp_path):
    (tmp_path / "bad.yaml").write_text("version: 1\nmodels: {m: {deployments: [{provider: nobody, model: x}]}}\n")
    ended = run("serve", "--config", "bad.yaml", "--workers", "3", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.count("bad.yaml:2:") == 1
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("holder", ["somebody", "workers"])
def test_a_taken_port_is_told_with_its_holder(lab, tmp_path, holder):
    with contextlib.ExitStack() as stack:
        if holder == "somebody":
            port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        else:
            (tmp_path / "other").mkdir()
            other = WorkerProcesses(tmp_path / "other", one_engine(lab.engine()), 2)
            port = port_of(stack.enter_context(other))
        (tmp_path / "sixnines.yaml").write_text(
            f'version: 1\nserver: {{listen: "127.0.0.1:{port}"}}\n'
            "providers: {a: {kind: ollama}}\nmodels: {m: {deployments: [{provider: a, model: x}]}}\n"
        )
        ended = run("serve", "--workers", "2", cwd=tmp_path)
    assert ended.returncode == 1
    assert f"127.0.0.1:{port}: it is taken by" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("workers", ["0", "-1", "65", "1.5", "many", "", "٣", "9" * 50])
def test_a_number_of_workers_that_cannot_be_is_wrong_usage(tmp_path, workers):
    ended = run("serve", f"--workers={workers}", cwd=tmp_path)
    assert ended.returncode == 2
    assert "a number from 1 to 64, or auto" in " ".join(ended.stderr.split())


def test_auto_is_one_for_each_core(lab, tmp_path):
    cores = len(os.sched_getaffinity(0))
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), "auto") as gateway:
        assert len(gateway.pids()) == (cores if cores > 1 else 0)


# A worker that cannot start, and one whose successors cannot: the second argument says from which start on.
CANNOT = """
import logging, random, sys
from pathlib import Path
from sixnines.clock import SystemClock
from sixnines.config.load import read_config
from sixnines.registry import CATALOG
from sixnines.server.running import Held
from sixnines.workers.parent import Job, run

logging.basicConfig(level=logging.INFO, stream=sys.stderr)
starts = Path(sys.argv[2])

def begin(number):
    with starts.open("a") as file:
        file.write("x")
    if starts.stat().st_size >= int(sys.argv[3]):
        raise RuntimeError("no worker today")

def start():
    return Held(read_config(Path(sys.argv[1]), {}, CATALOG))

sys.exit(run(Job(start, sys.argv[1], 2, None, None, begin, SystemClock(), random.Random(1))))
"""


def cannot(lab, tmp_path, since):
    config = tmp_path / "c.yaml"
    config.write_text('version: 1\nserver: {listen: "127.0.0.1:0"}\n' + one_engine(lab.engine()))
    command = [sys.executable, "-c", CANNOT, str(config), str(tmp_path / "starts"), str(since)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_worker_that_cannot_start_at_all_ends_everything_with_a_clear_message(lab, tmp_path):
    parent = cannot(lab, tmp_path, since=2)
    _, said = parent.communicate(timeout=WAIT_S)
    assert parent.returncode == 1
    assert "no worker today" in said
    assert "has ended with status 1 before it served; the messages before this one say why. Nothing is served" in said


def test_when_no_worker_can_be_started_any_more_the_parent_gives_up(lab, tmp_path):
    parent = cannot(lab, tmp_path, since=3)
    said = []
    for line in parent.stderr:
        said.append(line)
        if "listening on" in line:
            for pid in map(int, Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()):
                os.kill(pid, signal.SIGKILL)
    parent.stderr.close()
    assert parent.wait(WAIT_S) == 1
    assert "5 times in a row before it served" in "".join(said)
