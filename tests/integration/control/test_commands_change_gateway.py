"""`sixnines apply` and its company as processes, while a gateway runs: they find it, and Ctrl-C takes a change back."""

import os
import signal
import subprocess
import sys
import time

import pytest

from sixnines.control.revision import Fate
from support.changing import archive_of
from support.gateway_process import GatewayProcess, runtime_folder
from support.lab import WAIT_S, Lab, one_engine

pytestmark = pytest.mark.slow


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def two(lab):
    """Two configs, and what an answer under each says."""
    return {text: one_engine(lab.engine("openai", {"default": {"text": text}})) for text in ("old", "new")}


@pytest.fixture
def gateway(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        yield gateway


def start(gateway, *words):
    """A command about the config of the gateway."""
    home = {"XDG_STATE_HOME": str(gateway.state_home), "XDG_RUNTIME_DIR": runtime_folder()}
    command = [sys.executable, "-m", "sixnines", *words, "--config", str(gateway.file)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **home}
    )


def run(gateway, *words):
    """Its exit status, and what it printed on either stream."""
    with start(gateway, *words) as process:
        printed, complained = process.communicate(timeout=WAIT_S)
    return process.returncode, printed, complained


def says(gateway):
    with gateway.client() as client:
        answer = client.post(
            "/v1/chat/completions", json={"model": "m", "messages": [{"role": "user", "content": "hello"}]}
        )
    return answer.json()["choices"][0]["message"]["content"]


def test_a_change_is_made_by_the_gateway_that_runs_and_so_is_the_way_back(gateway, two):
    gateway.write(two["new"])
    status, printed, complained = run(gateway, "apply", "--watch", "0", "--no-verify", "-m", "because")
    assert (status, complained) == (0, "")
    assert "activate   serving new requests by revision 2" in printed
    assert "Applied: revision 2 is served and holds" in printed
    assert says(gateway) == "new"
    status, printed, _ = run(gateway, "rollback")
    assert status == 0
    assert "Applied: revision 3 is served and holds" in printed
    assert says(gateway) == "old"
    assert [line.split()[0] for line in run(gateway, "history")[1].splitlines()] == ["REVISION", "*", "2", "1"]
    assert "note:      because" in run(gateway, "show", "2")[1]


def test_what_the_gateway_refuses_is_told_as_the_command_would_itself(gateway, two):
    status, printed, complained = run(gateway, "rollback", "7")
    assert (status, printed) == (1, "")
    assert complained == "sixnines: no revision 7 is kept; `sixnines history` lists those that are\n"


def test_a_plan_of_what_runs_is_applied_to_it(gateway, two, tmp_path):
    gateway.write(two["new"])
    plan = str(tmp_path / "next.plan")
    words = [sys.executable, "-m", "sixnines", "plan", str(gateway.file), "--out", plan]
    home = {"XDG_STATE_HOME": str(gateway.state_home), "XDG_RUNTIME_DIR": runtime_folder()}
    subprocess.run(words, check=True, env={**os.environ, **home}, capture_output=True)
    assert run(gateway, "apply", plan, "--watch", "0", "--no-verify")[0] == 0
    assert says(gateway) == "new"
    status, _, complained = run(gateway, "apply", plan, "--watch", "0")
    assert status == 1
    assert "this was planned from revision 1, and revision 2 holds by now" in complained


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_whoever_leaves_while_it_is_watched_has_it_taken_back(gateway, two, sign):
    gateway.write(two["new"])
    with start(gateway, "apply", "--watch", "1h", "--no-verify") as process:
        for line in process.stdout:
            if line.startswith("watch"):
                break
        assert says(gateway) == "new"
        process.send_signal(sign)
        process.communicate(timeout=WAIT_S)
    assert process.returncode != 0
    archive = archive_of(gateway)
    deadline = time.monotonic() + WAIT_S
    while archive.outcome(2) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert archive.outcome(2).fate is Fate.ROLLED_BACK
    assert "nobody was left to watch" in archive.outcome(2).reason
    assert archive.head() == 1
    assert says(gateway) == "old"
