"""Dependencies: every one pinned, hashed and accounted for."""

import json
import re
from pathlib import Path

import pytest

from support.checkout import ROOT

PEERS = ROOT / "bench" / "peers"
PINNED = sorted([*(ROOT / "requirements").glob("*.txt"), *PEERS.glob("*.txt")])
LOCKS = [
    PEERS / "portkey" / "package-lock.json",
    *(ROOT / "tests" / name / "node" / "package-lock.json" for name in ("clients", "web")),
]
ADR = ROOT / "docs" / "adr" / "0003-dependencies.md"
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def requirements(text: str) -> list[str]:
    """The requirements of a file, one string each, continued lines joined, comments and options left out."""
    joined = text.replace("\\\n", " ")
    lines = [line.split("#", 1)[0].strip() for line in joined.splitlines()]
    return [line for line in lines if line and not line.startswith("-")]


def not_pinned(text: str) -> list[str]:
    """The requirements that name no exact version or no hash of what may be installed."""
    return [
        line for line in requirements(text) if not re.match(r"[\w.\[\]-]+==\S+", line) or "--hash=sha256:" not in line
    ]


def unexplained(needed: str, record: str) -> list[str]:
    """The packages of a `.in` file without a row in the dependency record."""
    names = [match.group().lower() for line in requirements(needed) if (match := NAME.match(line))]
    rows = {row.group(1).lower() for row in re.finditer(r"^\| `([^`]+)` \|", record, re.MULTILINE)}
    return [name for name in names if name not in rows]


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_every_requirement_is_pinned_by_hash(path: Path) -> None:
    text = path.read_text()
    assert requirements(text) != []
    assert not_pinned(text) == []


def test_every_input_file_has_its_pinned_file() -> None:
    inputs = [*(ROOT / "requirements").glob("*.in"), *PEERS.glob("*.in")]
    assert sorted(path.with_suffix(".txt") for path in inputs) == PINNED


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}")
def test_every_npm_package_is_pinned_by_hash_and_by_nothing_that_says_where_it_is(path: Path) -> None:
    packages = json.loads(path.read_text())["packages"]
    del packages[""]  # the folder itself
    assert packages != {}
    assert [name for name, entry in packages.items() if "integrity" not in entry or "resolved" in entry] == []


@pytest.mark.parametrize("name", ["base", "engines", "engines-model"])
def test_what_is_needed_at_run_time_has_its_line_in_the_record(name: str) -> None:
    assert unexplained((ROOT / "requirements" / f"{name}.in").read_text(), ADR.read_text()) == []


def test_the_package_asks_for_what_the_pins_hold() -> None:
    declared = (ROOT / "pyproject.toml").read_text()
    names = [
        match.group()
        for line in requirements((ROOT / "requirements" / "base.in").read_text())
        if (match := NAME.match(line))
    ]
    assert [name for name in names if f'"{name}>=' not in declared] == []


def test_the_gates_catch_what_they_are_there_for() -> None:
    good = "typer==0.29.2 \\\n    --hash=sha256:00\n"
    assert not_pinned(good) == []
    assert not_pinned("typer==0.29.2\n" + good) == ["typer==0.29.2"]
    assert not_pinned("typer>=0.29 --hash=sha256:00") == ["typer>=0.29 --hash=sha256:00"]
    assert unexplained("# why\ntyper==0.29.2\nleft-pad==1\n", "| `typer` | the command line |\n") == ["left-pad"]
