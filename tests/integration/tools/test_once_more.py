"""The second try of the few tests that failed: a failure that stays is one, and nothing is passed over in silence."""

import subprocess
import sys

import pytest

from support.checkout import ROOT

TOOL = ROOT / "tools" / "once_more.py"
UNSTEADY = """
from pathlib import Path

def test_late():
    mark = Path(__file__).with_name("tried")
    first = not mark.exists()
    mark.touch()
    assert not first
"""


def run(folder, tests):
    (folder / "test_it.py").write_text(tests)
    command = [sys.executable, str(TOOL), "-p", "no:cacheprovider", "test_it.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_what_passes_alone_passes_and_is_named(tmp_path):
    ran = run(tmp_path, UNSTEADY)
    assert ran.returncode == 0, ran.stdout
    assert "unsteady, to be mended:\n  test_it.py::test_late" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tests", "tries"),
    [
        ("def test_wrong(): assert False\n", 2),
        (UNSTEADY + "def test_wrong(): assert False\n", 2),
        ("".join(f"def test_{number}(): assert False\n" for number in range(5)), 1),
        ("import nothing_of_this_name\n", 1),
    ],
)
def test_what_fails_twice_or_often_or_is_no_test_fails(tmp_path, tests, tries):
    ran = run(tmp_path, tests)
    assert ran.returncode != 0
    assert "unsteady" not in ran.stdout
    assert ran.stdout.count("once more, alone") == tries - 1


@pytest.mark.slow
def test_what_passes_is_run_once(tmp_path):
    ran = run(tmp_path, "def test_right(): pass\n")
    assert (ran.returncode, "once more" in ran.stdout) == (0, False)
