"""Packages of npm, as a folder's lock file has them."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

# npm may need what the tests' own clients must not see: a proxy.
_BEFORE_THE_TESTS = dict(os.environ)


def install(folder: Path) -> None:
    """Install what is locked, unless it is there. Test processes that run side by side take turns."""
    with (folder / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_installed(folder):
            return
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("Node is here and npm is not: install it (Debian, Ubuntu: sudo apt install npm)")
        done = subprocess.run(
            [npm, "ci"], cwd=folder, env=_BEFORE_THE_TESTS, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.fail(f"npm could not install what {folder} has locked:\n{done.stdout}{done.stderr}")


def _is_installed(folder: Path) -> bool:
    """Whether npm has installed what is locked now. It notes what it installed in a hidden lock file."""
    noted = folder / "node_modules" / ".package-lock.json"
    if not noted.exists():
        return False
    wanted = json.loads((folder / "package-lock.json").read_text())["packages"]
    del wanted[""]  # the folder itself
    return json.loads(noted.read_text())["packages"] == wanted
