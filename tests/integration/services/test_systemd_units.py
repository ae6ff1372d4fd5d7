"""systemd itself finds nothing wrong with the units (`systemd-analyze verify`), and little that they may do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sixnines.services.units import UnitSettings, unit_name, unit_text
from support.checkout import ROOT
from support.units import frame, plans_of

LAB = ROOT / "tests" / "golden" / "units" / "lab.yaml"
# In tenths, as `systemd-analyze security` counts: 10.0 may do everything. Engines keep what GPUs need.
MOST_EXPOSED = {"gateway": 2.5, "engine": 3.5}
WITHOUT_NAMESPACES = {"gateway": 6.5, "engine": 7.0}
"""Where the kernel gives users none, half of what could be taken away stays."""


@pytest.fixture(scope="module", autouse=True)
def systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        subprocess.run(["sh", str(ROOT / "tools" / "debian.sh"), "systemd"], check=True, timeout=600)


@pytest.fixture(scope="module", params=["with namespaces", "without"])
def units(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units of one engine of each kind, with programs that are there."""
    folder = tmp_path_factory.mktemp("units")
    home = tmp_path_factory.mktemp("home")
    config = home / "sixnines.yaml"
    (home / "work").mkdir()
    for program in ("llama-server", "ollama"):
        (home / program).write_text("#!/bin/sh\n")
        (home / program).chmod(0o755)
    text = LAB.read_text().replace("/opt/vllm/bin/vllm", "/bin/true").replace("venv/bin/python", sys.executable)
    text = text.replace("./serve.sh", "/bin/true")
    config.write_text(text)
    version = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True, check=True).stdout
    settings = UnitSettings(
        systemd=int(version.split()[1]),
        namespaces=request.param == "with namespaces",
        config=config,
        environment_file=home / "sixnines.env",
        python=sys.executable,
        home=home,
    )
    for name, plan in plans_of(config, frame(config, sys.executable, home)).items():
        program = plan.command[0]
        command = (program if "/" in program else str(home / program), *plan.command[1:])
        (folder / unit_name(name)).write_text(unit_text(_with(plan, command), settings))
    return folder


def _with(plan, command):
    import msgspec

    return msgspec.structs.replace(plan, command=command)


def analyzed(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As a session of a user has one; systemd asks for it before it reads a unit.
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))


def test_systemd_finds_nothing_wrong(units: Path) -> None:
    files = sorted(map(str, units.glob("*.service")))
    assert len(files) == 6
    done = analyzed("verify", "--user", "--man=no", *files)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_find_what_is_wrong(units: Path, tmp_path: Path) -> None:
    text = (units / "sixnines-gateway.service").read_text()
    broken = tmp_path / "sixnines-broken.service"
    broken.write_text(text.replace("Restart=on-failure", "Restart=sometimes"))
    assert "Failed to parse service restart specifier" in analyzed("verify", "--user", "--man=no", str(broken)).stderr


def test_the_services_may_do_little(units: Path) -> None:
    has_namespaces = "PrivateUsers" in (units / "sixnines-gateway.service").read_text()
    limits = MOST_EXPOSED if has_namespaces else WITHOUT_NAMESPACES
    for file in units.glob("*.service"):
        done = analyzed("security", "--offline=true", "--no-pager", str(file))
        found = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
        assert found, done.stdout + done.stderr
        most = limits["gateway" if "gateway" in file.name else "engine"]
        assert float(found[1]) <= most, f"{file.name}: {found[1]}\n{done.stdout}"
