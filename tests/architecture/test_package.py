"""What pip installs is what the checkout holds: no module and no data file stays behind."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.checkout import ROOT, tracked_files


def copy_of_checkout(target: Path) -> set[str]:
    """Copy what git tracks of the package; building writes beside the sources, and these are shared."""
    parts = [path for path in tracked_files() if path.is_relative_to(ROOT / "src")]
    for path in [*parts, ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"]:
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return {str(path.relative_to(ROOT / "src")) for path in parts}


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    expected = copy_of_checkout(tmp_path / "checkout")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-index"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(tmp_path / "checkout")]
    subprocess.run([*command, *options], check=True)
    (wheel,) = tmp_path.glob("sixnines-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    held = {name for name in names if not name.partition("/")[0].endswith(".dist-info")}
    assert held == expected
    assert any(name.endswith("entry_points.txt") for name in names)
    assert any(name.endswith("LICENSE") for name in names)
