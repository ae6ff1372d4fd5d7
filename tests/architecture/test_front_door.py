"""One front door: `make` tells what there is, and continuous integration uses nothing else."""

import os
import re
import subprocess

import pytest

from support.checkout import ROOT


def make(*words: str) -> str:
    """What `make` prints. Nothing of an outer make's settings reaches it."""
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run(["make", *words], cwd=ROOT, check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def test_make_alone_lists_every_documented_target() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"setup", "run", "test", "check", "bench", "help", "requirements"} <= {*targets}
    assert re.findall(r"^  make ([a-z-]+) ", make(), re.MULTILINE) == targets


@pytest.mark.parametrize("target", ["run", "test", "check", "bench"])
def test_every_front_door_sets_up_what_it_needs_first(target: str) -> None:
    first = make("-n", target).splitlines()[0]
    assert first.startswith("sh tools/install.sh base ")


def test_continuous_integration_runs_the_readmes_own_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert text.rstrip().endswith("make test")


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = {*re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)}
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {name for path in documents for name in re.findall(r"`make ([a-z-]+)", path.read_text())}
    assert named - targets == set()
