"""The shape of every module: small, explained, named for what it does, and hiding nothing of the standard library."""

import ast
import sys
from pathlib import Path

import pytest

from support.checkout import SOURCE, source_files

LINE_BUDGET = 400
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
# Part of how Python packages work, or names that no import inside the package can reach by accident.
REQUIRED_NAMES = {"__init__", "__main__"}


def over_budget(files: list[Path]) -> list[str]:
    """The files longer than the budget. There is no list of exceptions."""
    lengths = {path: len(path.read_text().splitlines()) for path in files}
    return [f"{path}: {length} lines" for path, length in lengths.items() if length > LINE_BUDGET]


def without_docstring(files: list[Path]) -> list[str]:
    """The files whose first statement does not say what they are."""
    return [str(path) for path in files if not ast.get_docstring(ast.parse(path.read_text()))]


def badly_named(files: list[Path], *, below: Path) -> list[str]:
    """The modules whose name (a file's or a folder's) says nothing."""
    return [str(path) for path in files if EMPTY_NAMES & {*path.relative_to(below).with_suffix("").parts}]


def shadowing(files: list[Path], *, below: Path) -> list[str]:
    """The modules named like one of the standard library: a reader could not tell which one is meant."""
    found = []
    for path in files:
        names = {*path.relative_to(below).with_suffix("").parts} - REQUIRED_NAMES
        if names & sys.stdlib_module_names:
            found.append(str(path))
    return found


def test_no_module_is_longer_than_the_budget() -> None:
    assert over_budget(source_files()) == []


def test_every_module_says_what_it_is() -> None:
    assert without_docstring(source_files()) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert badly_named(source_files(), below=SOURCE) == []


def test_no_module_hides_one_of_the_standard_library() -> None:
    assert shadowing(source_files(), below=SOURCE) == []


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "http").mkdir()
    (tmp_path / "short.py").write_text('"""Fine."""\n' + "x = 1\n" * (LINE_BUDGET - 1))
    (tmp_path / "long.py").write_text('"""Too long."""\n' + "x = 1\n" * LINE_BUDGET)
    (tmp_path / "silent.py").write_text("x = 1\n")
    (tmp_path / "helpers.py").write_text('"""Who knows."""\n')
    (tmp_path / "http" / "wire.py").write_text('"""In a folder that hides a module."""\n')
    return tmp_path


def test_the_gates_catch_what_they_are_there_for(package: Path) -> None:
    planted = sorted(package.rglob("*.py"))
    assert over_budget(planted) == [f"{package / 'long.py'}: 401 lines"]
    assert without_docstring(planted) == [str(package / "silent.py")]
    assert badly_named(planted, below=package) == [str(package / "helpers.py")]
    assert shadowing(planted, below=package) == [str(package / "http" / "wire.py")]
