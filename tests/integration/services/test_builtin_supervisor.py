"""Our own supervisor with real processes: stand-in engines that work, die, hang, and find their port taken."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sixnines.quickstart.ports import free_ports
from sixnines.services.interface import ServiceState
from support.processes import is_alive
from support.services import MOCK, PYTHON, Services

pytestmark = pytest.mark.slow


def config(gateway: int, engine: int, service: str = "", more: str = "") -> str:
    return f"""\
version: 1
server: {{listen: "127.0.0.1:{gateway}", drain: 1s}}
providers:
  engine:
    kind: llamacpp
    base_url: http://127.0.0.1:{engine}
    service: {{{service or f"command: {MOCK}"}}}
{more}models: {{m: {{deployments: [{{provider: engine, model: m}}]}}}}
"""


@pytest.fixture
def ports() -> list[int]:
    return free_ports(2)


@pytest.fixture
def services(tmp_path: Path, ports: list[int]) -> Iterator[Services]:
    with Services(tmp_path, config(*ports)) as found:
        yield found


def ask(port: int) -> httpx.Response:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    return httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body, timeout=10, trust_env=False)


def test_everything_runs_and_is_gone_when_it_is_stopped(services: Services, ports: list[int]) -> None:
    started = services.run("start", "all")
    assert (started.returncode, started.stderr) == (0, "")
    assert [line.split(" after")[0] for line in started.stdout.splitlines()] == [
        f"engine: ready on 127.0.0.1:{ports[1]}",
        f"gateway: ready on 127.0.0.1:{ports[0]}",
    ]
    assert ask(ports[0]).headers["x-sixnines-provider"] == "engine"

    again = services.run("start", "all")
    assert again.returncode == 0
    shown = services.run("status")
    assert shown.returncode == 0
    assert [line.split()[:3] for line in shown.stdout.splitlines()[1:3]] == [
        ["engine", "ready", f"127.0.0.1:{ports[1]}"],
        ["gateway", "ready", f"127.0.0.1:{ports[0]}"],
    ]
    assert f"supervised by process {services.supervisor}" in shown.stdout
    said = services.run("logs", "gateway", "--lines", "5")
    assert f"listening on http://127.0.0.1:{ports[0]}" in said.stdout

    stopped = services.run("stop", "all")
    assert stopped.stdout.splitlines() == ["gateway: stopped", "engine: stopped"]
    services.until(services.gone)
    assert services.run("status").stdout.count("stopped") == 2


def test_it_outlives_the_terminal_it_was_started_from(tmp_path: Path, services: Services) -> None:
    # In a session of its own that ends, as a terminal does: who is in it gets SIGHUP.
    words = [PYTHON, "-P", "-m", "sixnines", "service", "start", "engine", "--supervisor", "builtin"]
    process = subprocess.Popen(
        [*words, "--config", str(services.config)],
        env=services.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with process:
        assert process.wait(50) == 0
    for entry in Path("/proc").glob("[0-9]*"):
        with_session = entry / "stat"
        try:
            session = int(with_session.read_text().rpartition(")")[2].split()[3])
        except (FileNotFoundError, ProcessLookupError):
            continue
        assert session != process.pid or not is_alive(int(entry.name)), entry
    assert services.report("engine").state is ServiceState.READY


def test_nothing_is_left_when_the_supervisor_is_killed(services: Services) -> None:
    assert services.run("start", "all").returncode == 0
    supervisor, engine, gateway = services.supervisor, services.engine("engine"), services.engine("gateway")
    os.kill(supervisor, signal.SIGKILL)
    services.until(lambda: not any(map(is_alive, (supervisor, engine, gateway))))
    # What it has left behind is no obstacle.
    assert services.run("start", "engine").returncode == 0
    assert services.supervisor != supervisor


def test_an_engine_that_dies_is_started_again_with_growing_pauses(services: Services, ports: list[int]) -> None:
    assert services.run("start", "engine").returncode == 0
    for death in range(1, 4):
        os.kill(services.engine("engine"), signal.SIGKILL)
        services.until(lambda death=death: services.report("engine").restarts == death)
        services.until(lambda: services.report("engine").state is ServiceState.READY)
    log = (services.site.folder / "supervisor.log").read_text()
    assert log.count("ended by itself, by signal 9; started again in") == 3
    pauses = [
        float(line.rpartition("again in ")[2].removesuffix(" s")) for line in log.splitlines() if "again in" in line
    ]
    assert pauses[0] == 0.0  # nobody waits for one that had lived
    assert pauses[0] < pauses[1] < 0.3
    assert pauses[2] >= pauses[1]


@pytest.mark.parametrize(
    ("restart", "status", "state"),
    [
        ("never", 3, ServiceState.FAILED),
        ("on-failure", 0, ServiceState.STOPPED),
        ("always", 0, ServiceState.WAITING),
        ("on-failure", 3, ServiceState.WAITING),
    ],
)
def test_the_policy_says_what_happens_to_one_that_has_ended(
    tmp_path: Path, ports: list[int], restart: str, status: int, state: ServiceState
) -> None:
    service = f"command: [sh, -c, 'echo words of the engine; exit {status}'], restart: {restart}"
    with Services(tmp_path, config(*ports, service)) as services:
        started = services.run("start", "engine")
        assert started.returncode == 1
        assert f"ended by itself, with status {status}" in started.stdout
        services.until(lambda: services.report("engine").state is state)
        assert "words of the engine" in services.log("engine")
        assert services.run("stop", "engine").returncode == 0


def test_an_engine_that_hangs_at_its_start_is_ended_and_tried_again(tmp_path: Path, ports: list[int]) -> None:
    with Services(tmp_path, config(*ports, "command: [sleep, '600'], ready_within: 300ms")) as services:
        started = services.run("start", "engine")
        assert started.returncode == 1
        assert "not ready within 0.3 s" in started.stdout
        services.until(lambda: "was not ready within 0.3 s" in services.report("engine").note)
        services.until(lambda: services.report("engine").restarts >= 2)
        services.run("stop", "engine")
        services.until(services.gone)


def test_a_port_that_somebody_else_has_is_told_with_his_name(services: Services, ports: list[int]) -> None:
    with socket.create_server(("127.0.0.1", ports[1])):
        started = services.run("start", "engine")
        assert started.returncode == 1
        assert f"cannot be started: port {ports[1]} is taken by " in started.stdout
        assert f"(process {os.getpid()})" in started.stdout
    services.until(lambda: services.report("engine").state is ServiceState.READY)  # once he has gone


def test_a_program_that_is_not_there_is_named(tmp_path: Path, ports: list[int]) -> None:
    with Services(tmp_path, config(*ports, "command: [no-such-engine]")) as services:
        assert services.run("start", "engine").returncode == 1
        assert "no-such-engine cannot be started: No such file or directory" in services.log("engine")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, ports: list[int]) -> None:
    with Services(tmp_path, config(*ports, f"command: {MOCK}, directory: gone")) as services:
        assert "cannot be started: No such file or directory" in services.run("start", "engine").stdout


def test_an_engine_gets_its_own_secrets_and_no_others(tmp_path: Path, ports: list[int]) -> None:
    show = f"[{sys.executable}, -c, 'import json, os, time; print(json.dumps(dict(os.environ)), flush=True); time.sleep(60)']"
    service = f"command: {show}, environment: {{HF_TOKEN: env:HUGGING, PLAIN: seen, KEY: file:key}}, ready_within: 1s"
    more = "  other: {kind: vllm, api_key: env:OTHERS_KEY}\n"
    (tmp_path / "key").write_text("from-file\n")
    (tmp_path / "config" / "sixnines").mkdir(parents=True)
    file = tmp_path / "config" / "sixnines" / "sixnines.env"
    file.write_text("HUGGING=from-env-file\nUNRELATED=x\n")
    with Services(tmp_path, config(*ports, service, more)) as services:
        services.run("start", "engine", environment={"OTHERS_KEY": "not-for-you"})
        seen = json.loads(services.log("engine").splitlines()[0])
        assert (seen["HF_TOKEN"], seen["PLAIN"], seen["KEY"]) == ("from-env-file", "seen", "from-file")
        assert not {"OTHERS_KEY", "UNRELATED", "HUGGING"} & set(seen)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in services.site.folder.iterdir()}
        assert modes == {
            "engine.log": 0o600, "supervisor.log": 0o600, "supervisor.pid": 0o600, "supervisor.json": 0o600,
        }  # fmt: skip


def test_a_secret_that_is_missing_keeps_the_engine_from_starting(tmp_path: Path, ports: list[int]) -> None:
    with Services(tmp_path, config(*ports, f"command: {MOCK}, environment: {{A: env:NOT_THERE}}")) as services:
        assert "the environment variable NOT_THERE is not set" in services.run("start", "engine").stdout


def test_a_changed_config_holds_from_the_next_restart_on(services: Services, ports: list[int]) -> None:
    assert services.run("start", "engine").returncode == 0
    before = services.report("engine").pid
    other = free_ports(1)[0]
    services.config.write_text(config(ports[0], other))
    assert services.run("restart", "engine").returncode == 0
    after = services.report("engine").pid
    assert after != before
    assert httpx.get(f"http://127.0.0.1:{other}/health", trust_env=False).status_code == 200


def test_a_broken_config_hides_nobody_from_whoever_wants_to_stop_him(services: Services) -> None:
    assert services.run("start", "engine").returncode == 0
    services.config.write_text("version: 2")
    shown = services.run("status")
    assert "going by what runs" in shown.stderr
    assert shown.stdout.splitlines()[1].split()[:2] == ["engine", "ready"]
    refused = services.run("start", "engine")
    assert (refused.returncode, "expected the number 1" in refused.stderr) == (1, True)
    assert services.run("stop", "all").returncode == 0
    services.until(services.gone)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("start", "nobody"), 1, "nobody is no service of this config; there are engine, gateway, and all"),
        (("start",), 2, "name services: gateway, a provider, or all"),
        (("switch-model", "engine"), 2, "give a provider and a model"),
        (("install", "all"), 1, "there is nothing to install"),
        (("logs", "engine"), 1, "engine has no log yet"),
    ],
)
def test_what_cannot_be_done_is_explained(services: Services, words: tuple[str, ...], status: int, said: str) -> None:
    done = services.run(*words)
    assert (done.returncode, said in " ".join(done.stderr.split())) == (status, True), done.stderr
