"""`sixnines status` as a process, against gateways in all sorts of states, and against none."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.gateway_process import GatewayProcess
from support.lab import WAIT_S, Lab
from support.watched import FAILING, ask, environment_of, run_command, settled, watched_config

pytestmark = pytest.mark.slow

NOBODY = "http://127.0.0.1:1"
LOCKED = 'server: {listen: "127.0.0.1:0", admin_key: "env:ADMIN"}\n'


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def spare(lab):
    return lab.engine().base_url


def test_a_healthy_gateway_is_fine(lab, spare, tmp_path):
    with GatewayProcess(tmp_path, watched_config(lab.engine().base_url, spare)) as gateway:
        settled(lab, gateway)
        ask(gateway)
        status, printed, complained = run_command(gateway, "status")
    assert (status, complained) == (0, ""), printed
    assert "revision 1, served for" in printed
    assert "2 models and 1 route: all can be served" in printed
    assert printed.endswith("All that is required is up.\n")
    assert "\x1b" not in printed


def test_a_required_provider_that_is_down_is_a_fault_and_its_fallbacks_are_told(lab, spare, tmp_path):
    failing = lab.engine(script=FAILING)
    with GatewayProcess(tmp_path, watched_config(failing.base_url, spare)) as gateway:
        for _ in range(3):
            ask(gateway)
        status, printed, _ = run_command(gateway, "status")
    assert status == 1
    assert "primary -> spare  transport  3" in printed
    assert "by fallbacks only: m" in printed
    assert "provider primary: none of its deployments can be asked (breaker open)" in printed


def test_availability_is_that_of_the_admin_path(lab, spare, tmp_path):
    with GatewayProcess(tmp_path, watched_config(lab.engine().base_url, spare)) as gateway:
        settled(lab, gateway)
        for _ in range(3):
            ask(gateway)
        with gateway.client() as client:
            measured = client.get("/admin/v1/availability").json()["gateway"]
        printed = run_command(gateway, "status")[1]
    assert (measured["good"], measured["bad"]) == (3, 0)
    assert f"AVAILABILITY  of the last 24h\n  gateway  {measured['text']}\n" in printed


def test_workers_are_one_gateway(lab, spare, tmp_path):
    config = watched_config(lab.engine().base_url, spare)
    with GatewayProcess(tmp_path, config, words=("--workers", "2")) as gateway:
        settled(lab, gateway)
        for _ in range(4):
            ask(gateway)
        status, printed, complained = run_command(gateway, "status")
    assert (status, complained) == (0, ""), printed
    assert "2 workers; 0 in flight; since the start 4 calls were good and 0 bad" in printed
    assert "WARNINGS" not in printed


def test_one_that_is_optional_is_none(lab, spare, tmp_path):
    with GatewayProcess(tmp_path, watched_config(NOBODY, spare, primary_more=", optional: true")) as gateway:
        settled(lab, gateway)
        status, printed, _ = run_command(gateway, "status")
    assert (status, "primary (optional)  down" in printed) == (0, True), printed


def test_a_model_that_nobody_is_left_for_is_a_fault_though_its_providers_are_optional(lab, tmp_path):
    config = watched_config(NOBODY, NOBODY, primary_more=", optional: true").replace(
        f'spare: {{kind: openai-compatible, base_url: "{NOBODY}"',
        f'spare: {{kind: openai-compatible, optional: true, base_url: "{NOBODY}"',
    )
    with GatewayProcess(tmp_path, config) as gateway:
        settled(lab, gateway)
        status, printed, _ = run_command(gateway, "status")
    assert status == 1
    assert printed.endswith(
        "DOWN\n  - nobody can serve the model m now\n  - nobody can serve the model small now\n"
        "  - nobody can serve the route chat now\n"
    )


def test_without_a_gateway_it_says_what_was_tried(lab, spare, tmp_path):
    with GatewayProcess(tmp_path, watched_config(spare, spare)) as gateway:
        pass
    status, printed, complained = run_command(gateway, "status")
    assert (status, printed) == (1, "")
    assert complained.startswith(f"sixnines: no gateway of {gateway.file} is running here:\n")
    assert "gateway.json names process" in complained  # it was killed
    assert "the config leaves its port to the system" in complained
    assert complained.endswith("start it with `sixnines serve`, or name one with --gateway URL --admin-key env:NAME\n")
    gateway.state_home = tmp_path / "elsewhere"
    assert "gateway.json is not there" in run_command(gateway, "status")[2]


def test_where_its_address_is_known_it_is_tried_too(lab, spare, tmp_path):
    config = watched_config(spare, spare)
    with GatewayProcess(tmp_path, config) as gateway:
        port = gateway.url.rpartition(":")[2]
        other = tmp_path / "other.yaml"
        other.write_text(f'version: 1\nserver: {{listen: "127.0.0.1:{port}"}}\n' + config)
        gateway_file, gateway.file = gateway.file, other
        status, _, complained = run_command(gateway, "status")
        assert (status, f"answers the gateway of {gateway_file}" in complained) == (1, True), complained
        other.write_text("version: 1\nservr: {}\n")
        assert "has errors" in run_command(gateway, "status")[2]
    other.write_text(f'version: 1\nserver: {{listen: "127.0.0.1:{port}"}}\n' + config)
    status, _, complained = run_command(gateway, "status")
    assert (status, "no gateway answers at" in complained) == (1, True), complained


def in_one_line(printed):
    """Without the line breaks, whose places depend on the length of paths."""
    return " ".join(printed.split())


def test_one_that_could_not_say_where_it_is_is_found_by_its_address(lab, spare, tmp_path, free_port):
    config = f'server: {{listen: "127.0.0.1:{free_port}"}}\n' + watched_config(spare, spare)
    with GatewayProcess(tmp_path, config) as gateway:
        gateway.state_home = tmp_path / "elsewhere"
        status, printed, complained = run_command(gateway, "status")
    assert (status, complained) == (0, ""), printed
    assert f"reached at http://127.0.0.1:{free_port}" in in_one_line(printed)


@pytest.fixture
def free_port():
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_a_remote_gateway_is_asked_with_its_admin_key(lab, spare, tmp_path):
    config = watched_config(lab.engine().base_url, spare, head=LOCKED)
    with GatewayProcess(tmp_path, config, {"ADMIN": "sk-right"}) as gateway:
        settled_here(lab, gateway)
        words = ("status", "--gateway", gateway.url, "--admin-key", "env:KEY")
        status, printed, complained = run_command(gateway, *words, config=False, KEY="sk-right")
        assert (status, complained) == (0, "")
        assert f"reached at {gateway.url}" in in_one_line(printed)
        status, printed, complained = run_command(gateway, *words, config=False, KEY="sk-wrong")
        assert (status, printed) == (2, "")
        assert f"the gateway at {gateway.url} wants its admin key" in complained
        assert "sk-wrong" not in complained
        status, _, complained = run_command(gateway, *words, config=False)
        assert (status, "KEY" in complained) == (2, True)
        assert run_command(gateway, *words[:3], config=False)[0] == 2
        assert run_command(gateway, "status")[0] == 0  # its owner needs none


def settled_here(lab, gateway):
    lab.until(lambda: run_command(gateway, "status")[0] == 0)


@pytest.mark.parametrize("words", [("--gateway", "lab"), ("--format", "xml"), ("--every", "1s")])
def test_wrong_usage_is_2(lab, spare, tmp_path, words):
    with GatewayProcess(tmp_path, watched_config(spare, spare)) as gateway:
        assert run_command(gateway, "status", *words)[0] == 2


def test_programs_get_json_also_of_a_gateway_that_is_not_there(lab, spare, tmp_path):
    with GatewayProcess(tmp_path, watched_config(lab.engine().base_url, spare)) as gateway:
        settled(lab, gateway)
        status, printed, _ = run_command(gateway, "status", "--format", "json")
        found = json.loads(printed)
        assert (status, found["ok"], [each["name"] for each in found["models"]]) == (0, True, ["m", "small", "chat"])
    status, printed, complained = run_command(gateway, "status", "--format", "json")
    found = json.loads(printed)
    assert (status, found["ok"], complained) == (1, False, "")
    assert found["faults"][0].startswith("no gateway of")


def test_it_watches_until_it_is_told_to_stop(lab, spare, tmp_path):
    with GatewayProcess(tmp_path, watched_config(lab.engine().base_url, spare)) as gateway:
        settled(lab, gateway)
        words = [sys.executable, "-m", "sixnines", "status", "--watch", "--config", str(gateway.file)]
        with subprocess.Popen(words, env=environment_of(gateway), stdout=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stdout:
                    if line == "All that is required is up.\n":
                        break
                process.send_signal(signal.SIGINT)
                assert process.wait(WAIT_S) == 0
            finally:
                process.kill()


def test_a_full_disk_is_no_reason_to_say_nothing(lab, spare, tmp_path):
    """A store that cannot be written: the gateway serves, and says so."""
    state = tmp_path / "state"
    state.write_text("a file where a folder belongs")
    port_config = watched_config(lab.engine().base_url, spare)
    with GatewayProcess(tmp_path, port_config) as gateway:
        settled(lab, gateway)
        status, printed, _ = run_command(gateway, "status", "--gateway", gateway.url, config=False)
    assert status == 0
    assert "WARNINGS\n  - revisions cannot be recorded" in printed, printed
    assert Path(state).is_file()
