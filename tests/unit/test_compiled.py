"""Machine code runs only if it was built from the sources as they are now."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sixnines import compiled
from support.checkout import SOURCE

MODULE = '"""A module."""\nWHERE = "{where}"\n'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of two modules as a checkout has it, without a build."""
    package = tmp_path / "src" / "sixnines"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "compiled.py").write_text((SOURCE / "compiled.py").read_text())
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "hot.py").write_text(MODULE.format(where="source"))
    return package


def build(package: Path, *, whole: bool = True) -> Path:
    """What a compiler would leave: the same package, which here says where it comes from, and what its modules share."""
    folder = compiled.builds_of(package) / compiled.digest(package)
    inner = folder / "sixnines" / "inner"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("")
    (inner / "hot.py").write_text("from shared_by_modules import WHERE\n")
    (folder / "shared_by_modules.py").write_text(MODULE.format(where="build"))
    if whole:
        (folder / compiled.STAMP).write_text("")
    return folder


def told_by(package: Path, program: str) -> str:
    """What `program` prints in a process of its own that imports this package."""
    environment = {**os.environ, "PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, cwd=package
    )
    return done.stdout.strip()


USE = """
import sixnines
from sixnines import compiled
{first}
compiled.use(sixnines.__path__)
from sixnines.inner.hot import WHERE
print(WHERE, compiled.is_used(sixnines.__path__))
"""


def test_without_a_build_the_sources_run(package: Path) -> None:
    assert compiled.current_build(package) is None
    assert told_by(package, USE.format(first="")) == "source False"


def test_a_build_of_these_sources_runs(package: Path) -> None:
    folder = build(package)
    assert compiled.current_build(package) == folder
    assert told_by(package, USE.format(first="")) == "build True"


def test_a_build_that_was_not_finished_does_not_run(package: Path) -> None:
    build(package, whole=False)
    assert compiled.current_build(package) is None


def test_two_kinds_of_modules_are_never_mixed(package: Path) -> None:
    build(package)
    assert told_by(package, USE.format(first="import sixnines.inner")) == "source False"


@pytest.mark.parametrize(
    "change", ["other text", "text moved between files", "a new file", "a file less", "another name"]
)
def test_a_build_of_other_sources_does_not_run(package: Path, change: str) -> None:
    hot, init = package / "inner" / "hot.py", package / "inner" / "__init__.py"
    times = hot.stat()
    build(package)
    match change:
        case "other text":
            hot.write_text(hot.read_text().replace("source", "SOURCE"))
        case "text moved between files":
            init.write_text(hot.read_text())
            hot.write_text("")
        case "a new file":
            (package / "new.py").write_text("")
        case "a file less":
            hot.unlink()
        case "another name":
            hot.rename(hot.with_name("hotter.py"))
    if hot.exists():
        os.utime(hot, ns=(times.st_atime_ns, times.st_mtime_ns))  # no clock has to be right for this
    assert compiled.current_build(package) is None


def test_the_build_of_another_interpreter_does_not_run(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(package)
    monkeypatch.setattr(sys, "version", "3.99.0 (somebody else's)")
    assert compiled.current_build(package) is None


def test_what_no_module_is_made_of_changes_nothing(package: Path) -> None:
    found = build(package)
    (package / "inner" / "__pycache__").mkdir()
    (package / "inner" / "__pycache__" / "hot.cpython-311.pyc").write_bytes(b"")
    (package / "data.yaml").write_text("")
    os.utime(package / "inner" / "hot.py", (0, 0))
    assert compiled.current_build(package) == found
