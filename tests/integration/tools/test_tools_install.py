"""Setting up on a machine that has little: what works, and what is said where it cannot."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.checkout import ROOT

PYTHON_THAT_IS_TOO_OLD = """#!/bin/sh
[ "$1" = --version ] && echo "Python 3.9.2"
exit 1
"""
# Debian without python3-venv: the module that puts pip into a new environment is not there.
PYTHON_WITHOUT_ENSUREPIP = """#!{python}
import importlib.util, runpy, sys
if sys.argv[1] == "-c":
    exec(sys.argv[2])
    sys.exit()
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "ensurepip" else find(name, *rest)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the tools, one requirement file and the wheel that it asks for."""
    root = tmp_path / "checkout"
    (root / "src" / "sixnines").mkdir(parents=True)
    (root / "src" / "sixnines" / "__init__.py").write_text("")
    (root / "src" / "sixnines" / "__main__.py").write_text("def main():\n    print('started')\n    return 3\n")
    (root / "requirements").mkdir()
    shutil.copytree(ROOT / "tools", root / "tools")
    digest = make_wheel(tmp_path / "wheels")
    (root / "requirements" / "base.txt").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    return root


def make_wheel(folder: Path) -> str:
    """A package of one module; the digest of its wheel."""
    folder.mkdir()
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": "",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={digest_of(text)},{len(text)}\n" for name, text in files.items())
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (files | {"tiny-1.0.dist-info/RECORD": record}).items():
            archive.writestr(name, text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def digest_of(text: str) -> str:
    """As RECORD files have it (PEP 376)."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def install(checkout: Path, *groups: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the installer with no network: only the wheel beside the checkout can be installed."""
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent / "wheels"), "PYTHON": sys.executable}
    return subprocess.run(
        ["/bin/sh", str(checkout / "tools" / "install.sh"), *groups],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **offline, **environment},
    )


def put_on_path(tmp_path: Path, **programs: str) -> str:
    """A PATH that has `programs` and what a shell script needs, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "sh"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, text in programs.items():
        program = folder / name.replace("_", "-")
        program.write_text(text)
        program.chmod(0o755)
    return str(folder)


@pytest.mark.slow
def test_an_empty_checkout_becomes_a_working_one_and_stays_as_it_is(checkout: Path) -> None:
    first = install(checkout, "base")
    assert first.returncode == 0, first.stderr
    assert "installing base" in first.stderr
    python = checkout / ".venv" / "bin" / "python"
    subprocess.run([python, "-c", "import tiny"], check=True)
    command = subprocess.run([checkout / ".venv" / "bin" / "sixnines"], check=False, capture_output=True, text=True)
    assert (command.returncode, command.stdout) == (3, "started\n")

    assert install(checkout, "base").stderr == ""

    pinned = checkout / "requirements" / "base.txt"
    pinned.write_text(pinned.read_text() + "# changed\n")
    assert "installing base" in install(checkout, "base").stderr

    pinned.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    shutil.rmtree(next((checkout / ".venv" / "lib").glob("python3*/site-packages/tiny-1.0.dist-info")))
    refused = install(checkout, "base")
    assert refused.returncode == 1
    assert "HASHES" in refused.stderr
    assert "pip could not install base (requirements/base.txt)" in refused.stderr
    assert "installing base" in install(checkout, "base").stderr, "a failed group is tried again"


@pytest.mark.slow
def test_two_installers_at_once_do_the_work_once(checkout: Path) -> None:
    environment = {
        **os.environ,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(checkout.parent / "wheels"),
        "PYTHON": sys.executable,
    }
    command = ["/bin/sh", str(checkout / "tools" / "install.sh"), "base"]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    said = "".join(process.communicate()[1] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said.count("installing base") == 1


def test_a_python_that_is_too_old_is_named(checkout: Path, tmp_path: Path) -> None:
    path = put_on_path(tmp_path, python3=PYTHON_THAT_IS_TOO_OLD)
    done = install(checkout, "base", PATH=path, PYTHON="")
    assert done.returncode == 1
    assert "needs Python 3.11 to 3.14, and python3 here is: Python 3.9.2" in done.stderr


def test_a_machine_without_python_is_told_so(checkout: Path, tmp_path: Path) -> None:
    done = install(checkout, "base", PATH=put_on_path(tmp_path), PYTHON="")
    assert done.returncode == 1
    assert "there is no python3 on PATH" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_a_newer_python_than_the_default_one_is_found(checkout: Path, tmp_path: Path) -> None:
    path = put_on_path(
        tmp_path, python3=PYTHON_THAT_IS_TOO_OLD, **{"python3.12": f'#!/bin/sh\nexec {sys.executable} "$@"\n'}
    )
    done = install(checkout, PATH=path, PYTHON="")
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_python_without_its_venv_package_is_told_which_to_install(checkout: Path, tmp_path: Path) -> None:
    path = put_on_path(tmp_path, python3=PYTHON_WITHOUT_ENSUREPIP.format(python=sys.executable))
    done = install(checkout, "base", PATH=path, PYTHON="")
    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_group_is_wrong_usage(checkout: Path) -> None:
    done = install(checkout, "bass")
    assert done.returncode == 2
    assert "base" in done.stderr


def debian(tmp_path: Path, *packages: str, **programs: str) -> "subprocess.CompletedProcess[str]":
    """Run tools/debian.sh where only `programs` exist."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "debian.sh"), *packages],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": put_on_path(tmp_path, **programs)},
    )


KNOWS_NGINX = '#!/bin/sh\n[ "$3" = nginx ] && printf installed\nexit 0\n'
SAYS_WHAT_IT_IS_ASKED = '#!/bin/sh\necho "apt-get $*" >&2\n'


def test_packages_that_are_there_are_left_alone(tmp_path: Path) -> None:
    done = debian(tmp_path, "nginx", dpkg_query=KNOWS_NGINX)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_missing_packages_are_installed_where_that_is_permitted(tmp_path: Path) -> None:
    done = debian(
        tmp_path,
        "nginx",
        "wrk",
        dpkg_query=KNOWS_NGINX,
        apt_get=SAYS_WHAT_IT_IS_ASKED,
        id="#!/bin/sh\necho 0\n",
    )
    assert done.returncode == 0
    assert "apt-get install -y -qq --no-install-recommends wrk\n" in done.stderr


def test_missing_packages_are_named_where_installing_is_not_permitted(tmp_path: Path) -> None:
    done = debian(
        tmp_path, "nginx", "wrk", dpkg_query=KNOWS_NGINX, apt_get="#!/bin/sh\nexit 9\n", id="#!/bin/sh\necho 1000\n"
    )
    assert done.returncode == 1
    assert "sudo apt-get install wrk\n" in done.stderr


def test_missing_packages_are_named_where_there_is_no_apt(tmp_path: Path) -> None:
    done = debian(tmp_path, "wrk")
    assert done.returncode == 1
    assert "this needs wrk" in done.stderr
