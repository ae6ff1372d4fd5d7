"""`sixnines service install` and its kin from the command line, with a systemctl that records what it is asked."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
version: 1
server: {listen: "127.0.0.1:4321", api_keys: ["env:CALLER_KEY"]}
providers:
  vllm: {kind: vllm, service: {binary: /bin/true, model: org/a, environment: {HF_TOKEN: "env:HUGGING"}}}
models: {m: {deployments: [{provider: vllm, model: org/a}]}}
"""
SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{folder}/asked"
case "$*" in
    --version) echo "systemd 252 (252.1)";;
    "--user show --property=Version") exit {rc};;
    "--user show "*) echo ActiveState=inactive; echo LoadState=not-found;;
esac
"""


class Machine:
    """A machine with a config, and a systemd of the user or none."""

    def __init__(self, folder: Path, *, systemd: bool) -> None:
        self.folder = folder
        (folder / "sixnines.yaml").write_text(CONFIG)
        program = folder / "bin" / "systemctl"
        program.parent.mkdir()
        program.write_text(SYSTEMCTL.format(folder=folder, rc=0 if systemd else 1))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.units = folder / ".config" / "systemd" / "user"

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `sixnines service`."""
        hidden = {"XDG_CONFIG_HOME", "XDG_STATE_HOME"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        environment |= {"HOME": str(self.folder), "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        return subprocess.run(
            [sys.executable, "-P", "-m", "sixnines", "service", *words],
            capture_output=True, text=True, check=False, timeout=50, cwd=self.folder, env=environment,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, systemd=True)


def test_a_dry_run_prints_the_units_and_writes_nothing(machine: Machine) -> None:
    done = machine.run("install", "all", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "# --- sixnines-provider-vllm.service\n" in done.stdout
    assert "# --- sixnines-gateway.service\n" in done.stdout
    assert f"--config {machine.folder}/sixnines.yaml" in done.stdout
    assert not machine.units.exists()


def test_install_says_what_it_did_and_which_secrets_systemd_does_not_know(machine: Machine) -> None:
    done = machine.run("install", "all")
    assert done.stdout.splitlines() == [
        "sixnines-provider-vllm.service: installed", "sixnines-gateway.service: installed",
    ]  # fmt: skip
    file = machine.folder / ".config/sixnines/sixnines.env"
    assert f"put CALLER_KEY, HUGGING into {file}" in done.stderr
    file.parent.mkdir(parents=True)
    file.write_text("CALLER_KEY=a\nHUGGING=b\n")
    file.chmod(0o644)
    again = machine.run("install", "all")
    assert "sixnines-gateway.service: unchanged" in again.stdout
    assert again.stderr == f"note: others on this machine may read {file}: chmod 600 {file}\n"
    file.chmod(0o600)
    assert machine.run("install", "all").stderr == ""


def test_workers_are_part_of_the_unit(machine: Machine) -> None:
    assert machine.run("install", "gateway", "--workers", "4").returncode == 0
    assert "--workers 4\n" in (machine.units / "sixnines-gateway.service").read_text()


def test_what_was_changed_by_hand_needs_force(machine: Machine) -> None:
    machine.run("install", "gateway")
    unit = machine.units / "sixnines-gateway.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=30s", "WatchdogSec=60s"))
    refused = machine.run("install", "gateway")
    assert (refused.returncode, "was changed by hand and is left as it is" in refused.stderr) == (1, True)
    assert machine.run("uninstall", "all").returncode == 1
    assert "WatchdogSec=60s" in unit.read_text()
    assert "sixnines-gateway.service: removed\n" in machine.run("uninstall", "all", "--force").stdout
    assert not unit.exists()


def test_a_provider_that_has_left_the_config_can_be_uninstalled(machine: Machine) -> None:
    machine.run("install", "all")
    config = machine.folder / "sixnines.yaml"
    config.write_text("version: 1\nproviders: {}\n")
    assert machine.run("uninstall", "vllm").stdout == "sixnines-provider-vllm.service: removed\n"
    assert sorted(path.name for path in machine.units.iterdir()) == ["sixnines-gateway.service"]


def test_status_is_a_table(machine: Machine) -> None:
    assert machine.run("status").stdout.splitlines()[1].split() == [
        "vllm",
        "stopped",
        "127.0.0.1:8001",
        "0",
        "not",
        "installed",
    ]


def test_without_systemd_there_is_nothing_to_install(tmp_path: Path) -> None:
    done = Machine(tmp_path, systemd=False).run("install", "all")
    assert (done.returncode, "there is nothing to install" in done.stderr) == (1, True)


def test_units_are_written_for_an_image_too(tmp_path: Path) -> None:
    machine = Machine(tmp_path, systemd=False)
    done = machine.run("install", "gateway", "--supervisor", "systemd")
    assert (done.returncode, "does not start them yet" in done.stderr) == (0, True), done.stderr
    assert (machine.units / "sixnines-gateway.service").exists()


def test_a_config_with_errors_is_reported_as_check_does(machine: Machine) -> None:
    (machine.folder / "sixnines.yaml").write_text("version: 1\nproviders: {a: {kind: olama}}\n")
    done = machine.run("install", "all")
    assert (done.returncode, 'did you mean "ollama"?' in done.stderr) == (1, True)


def test_no_config_at_all_is_said(machine: Machine) -> None:
    (machine.folder / "sixnines.yaml").unlink()
    done = machine.run("status")
    assert (done.returncode, "no config found at" in done.stderr) == (1, True)
