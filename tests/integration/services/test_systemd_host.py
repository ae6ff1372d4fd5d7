"""What `sixnines service` asks of systemctl, recorded by a program of that name: no container has a systemd of the user."""

import os
import stat
from pathlib import Path

import pytest

from sixnines.services.interface import ServiceReport, ServiceState
from sixnines.services.systemd import SystemdHost, manager_runs, systemd_version
from sixnines.services.trouble import ServiceError
from sixnines.services.unit_files import Written
from sixnines.services.units import UnitSettings
from support.checkout import ROOT
from support.units import frame, plans_of

LAB = ROOT / "tests" / "golden" / "units" / "lab.yaml"
SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{folder}/asked"
case "$*" in
    --version) echo "systemd 252 (252.1)";;
    "--user show --property=Version") [ -e "{folder}/running" ] || {{ echo "Failed to connect to bus" >&2; exit 1; }};;
    "--user show "*) cat "{folder}/shown";;
    *sixnines-provider-vllm*) echo "Job failed. See journalctl." >&2; exit 1;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL.format(folder=tmp_path))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    (tmp_path / "running").touch()
    return tmp_path


class Home:
    """A user with a config of engines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        config = self.home / "sixnines.yaml"
        self.home.mkdir()
        config.write_text(LAB.read_text().replace("/srv/vllm", "vllm-data"))
        self.plans = plans_of(config, frame(config, home=self.home))
        settings = UnitSettings(252, True, config, self.home / "sixnines.env", "/opt/python", self.home)
        self.notes: list[str] = []
        self.host = SystemdHost(folder / "units", settings, self.notes.append)

    def asked(self) -> list[str]:
        """What systemctl was asked since the last time, beside whether it is there."""
        file = self.folder / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [line.removeprefix("--user ") for line in lines if "Version" not in line]

    def shown(self, **said: str) -> None:
        (self.folder / "shown").write_text("".join(f"{key}={value}\n" for key, value in said.items()))


@pytest.fixture
def home(folder: Path) -> Home:
    return Home(folder)


def test_install_writes_what_the_engine_needs_and_enables_it(home: Home) -> None:
    plans = [home.plans["ollama"], home.plans["gateway"]]
    done = home.host.install(plans, force=False)
    assert done == {"sixnines-provider-ollama.service": Written.NEW, "sixnines-gateway.service": Written.NEW}
    assert home.asked() == [
        "daemon-reload",
        "enable --quiet sixnines-provider-ollama.service sixnines-gateway.service",
    ]
    # It cannot make its own folders where it may not write.
    assert (home.home / ".ollama").is_dir()
    assert (home.home / ".local/state/sixnines").is_dir()
    assert home.host.install(plans, force=False) == dict.fromkeys(done, Written.SAME)
    assert home.host.known() == ["gateway", "ollama"]


def test_without_a_running_systemd_the_units_are_written_and_that_is_said(home: Home, folder: Path) -> None:
    (folder / "running").unlink()
    assert not manager_runs()
    home.host.install([home.plans["gateway"]], force=False)
    assert home.asked() == []
    assert (folder / "units" / "sixnines-gateway.service").exists()
    assert "no systemd of this user runs here" in home.notes[-1]


def test_a_program_that_is_not_in_path_is_told_of(home: Home) -> None:
    home.host.unit(home.plans["ollama"])
    assert home.notes == ["ollama: there is no ollama in PATH; `service.binary` names the program"]


def test_uninstall_stops_and_removes_ours(home: Home, folder: Path) -> None:
    home.host.install([home.plans["ollama"]], force=False)
    home.asked()
    assert home.host.uninstall(["ollama", "own"], force=False) == {
        "sixnines-provider-ollama.service": Written.GONE,
        "sixnines-provider-own.service": Written.ABSENT,
    }
    assert home.asked() == ["disable --now --quiet sixnines-provider-ollama.service", "daemon-reload"]
    assert list((folder / "units").iterdir()) == []


def test_what_is_none_of_ours_is_not_even_stopped(home: Home, folder: Path) -> None:
    unit = folder / "units" / "sixnines-provider-own.service"
    unit.parent.mkdir()
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    with pytest.raises(ServiceError, match="none of ours"):
        home.host.uninstall(["own"], force=True)
    assert home.asked() == []
    assert unit.exists()
    assert home.host.known() == []


def test_start_needs_a_unit_and_says_when_it_is_of_yesterday(home: Home) -> None:
    plan = home.plans["gateway"]
    with pytest.raises(ServiceError, match="sixnines service install gateway"):
        home.host.start(plan)
    home.host.install([plan], force=False)
    home.asked()
    home.host.start(plan)
    assert home.asked() == ["start sixnines-gateway.service"]
    assert home.notes == []
    home.host.start(plans_of(home.home / "sixnines.yaml", frame(home.home / "sixnines.yaml", "/other"))["gateway"])
    assert "is not what the config says now" in home.notes[-1]


def test_what_systemctl_says_is_passed_on(home: Home) -> None:
    home.host.install([home.plans["own"]], force=False)
    with pytest.raises(ServiceError, match=r"systemctl --user stop sixnines-provider-vllm\.service: Job failed"):
        home.host.stop("vllm")


def test_replace_writes_the_unit_anew_and_restarts(home: Home) -> None:
    home.host.install([home.plans["own"]], force=False)
    home.asked()
    home.host.replace(home.plans["own"])
    assert home.asked() == ["restart sixnines-provider-own.service"]
    import msgspec

    other = msgspec.structs.replace(home.plans["own"], command=("/bin/other",))
    home.host.replace(other)
    assert home.asked() == ["daemon-reload", "restart sixnines-provider-own.service"]


def test_a_unit_that_is_not_what_the_config_says_is_not_switched(home: Home, folder: Path) -> None:
    plan = home.plans["own"]
    with pytest.raises(ServiceError, match="sixnines service install own"):
        home.host.require_unchanged(plan)
    home.host.install([plan], force=False)
    home.host.require_unchanged(plan)
    unit = folder / "units" / "sixnines-provider-own.service"
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=process"))
    with pytest.raises(ServiceError, match="is not what the config says"):
        home.host.require_unchanged(plan)


@pytest.mark.parametrize(
    ("said", "report"),
    [
        (
            {
                "ActiveState": "active",
                "SubState": "running",
                "MainPID": "42",
                "NRestarts": "2",
                "StatusText": "serving x",
            },
            ServiceReport(name="own", state=ServiceState.READY, pid=42, restarts=2, note="serving x"),
        ),
        (
            {"ActiveState": "activating", "SubState": "auto-restart", "MainPID": "0", "Result": "exit-code"},
            ServiceReport(name="own", state=ServiceState.WAITING, note="exit-code"),
        ),
        (
            {"ActiveState": "failed", "SubState": "failed", "Result": "watchdog"},
            ServiceReport(name="own", state=ServiceState.FAILED, note="watchdog"),
        ),
        (
            {"ActiveState": "inactive", "LoadState": "not-found"},
            ServiceReport(name="own", state=ServiceState.STOPPED, note="not installed"),
        ),
    ],
)
def test_what_systemd_knows_of_a_service_is_told_in_our_words(
    home: Home, said: dict[str, str], report: ServiceReport
) -> None:
    home.shown(**said)
    assert home.host.report(["own"]) == [report]


def test_the_version_decides_what_a_unit_may_say(home: Home) -> None:
    assert systemd_version() == 252
    _, text = home.host.unit(home.plans["own"])
    assert "RestartSteps" not in text


def test_where_there_is_no_systemctl_that_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert systemd_version() is None
    assert not manager_runs()
    with pytest.raises(ServiceError, match="--supervisor builtin"):
        home.host.stop("own")


def test_logs_are_those_of_the_journal(home: Home) -> None:
    words = home.host.logs_command("native/gpu@1", lines=7, follow=True)
    assert words[:4] == ["journalctl", "--user", "--unit", r"sixnines-provider-native\x2fgpu\x401.service"]
    assert words[4:] == ["--lines", "7", "--no-pager", "--follow"]
