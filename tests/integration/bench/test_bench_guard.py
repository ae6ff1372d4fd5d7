"""The guard against slower code: its cases are answered rightly, and it fails for a request that costs more."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.checkout import ROOT

READ = "return endpoint.read(request.body)"
# More than the quarter that is allowed on a build of Python without stored figures.
READ_AGAIN = 'return endpoint.read(request.body if [__import__("json").loads(request.body) for _ in range(4)] else b"")'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the guard needs."""
    for name in ("src", "bench"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "results"))
    return tmp_path


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(tree / name) for name in ("src", "bench"))
    return subprocess.run(
        [sys.executable, *words], cwd=tree, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip


def test_every_case_is_played_through_the_gateway_and_without_it(tree: Path, tmp_path: Path) -> None:
    names = run(tree, "-c", "from guarding.cases import CASES; print(*(case.name for case in CASES), sep='\\n')")
    cases = names.stdout.splitlines()
    done = run(tree, "-m", "guarding.serve", str(tmp_path), *cases)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    marked = {name for name, times in told["stretches"] if times}
    assert marked >= {*cases, *(f"{case}, without the gateway" for case in cases), "calibration"}
    assert told["build"].startswith("cpython-3.")


def test_a_wrong_answer_is_no_figure(tree: Path, tmp_path: Path) -> None:
    cases = tree / "bench" / "guarding" / "cases.py"
    cases.write_text(cases.read_text().replace('"500 Internal Server Error"', '"400 Bad Request"'))
    done = run(tree, "-m", "guarding.serve", str(tmp_path), "whole, after one fallback")
    assert done.returncode == 1
    assert "not the right answer" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_request_that_is_read_more_often_fails_the_guard(tree: Path) -> None:
    app = tree / "src" / "sixnines" / "server" / "app.py"
    source = app.read_text()
    assert READ in source
    app.write_text(source.replace(READ, READ_AGAIN))
    done = run(tree, "bench/guard.py", "--only", "whole, small")
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("| whole, small |"))
    assert line.endswith("| OVER |")
    assert "bench: whole, small: +" in done.stderr
    assert "until it listens: +" not in done.stderr
