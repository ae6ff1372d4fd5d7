"""What no tracked file may say: where packages come from, where somebody's machine keeps things, a secret."""

import re
from pathlib import Path

import pytest

from support.checkout import ROOT, tracked_files

# Put together from pieces, so that this file passes its own test.
REGISTRY_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "proxy." + "golang",
    "static." + "crates",
]
MACHINE_PATHS = ["/wo" + "rk/", ".lib" + "rary/", "/ro" + "ot/.pyenv", "/ho" + "me/runner"]
# Keys as the big vendors shape them; examples in tests are shorter.
SECRET = re.compile(r"\b(sk-(ant-|proj-)?[A-Za-z0-9_-]{40,}|ghp_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16})\b")


def mentions(files: list[Path], *, words: list[str]) -> list[str]:
    """The files that hold one of `words`, upper or lower case."""
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace").lower()
        found += [f"{path}: {word}" for word in words if word in text]
    return found


def secrets(files: list[Path]) -> list[str]:
    """The files that hold something shaped like a real key."""
    return [str(path) for path in files if SECRET.search(path.read_bytes().decode("utf-8", "replace"))]


def test_no_file_names_a_package_registry() -> None:
    assert mentions(tracked_files(), words=REGISTRY_HOSTS) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert mentions(tracked_files(), words=MACHINE_PATHS) == []


def test_no_file_holds_a_key() -> None:
    assert secrets(tracked_files()) == []


@pytest.mark.parametrize("word", [*REGISTRY_HOSTS, *MACHINE_PATHS])
def test_the_gate_catches_each_word(tmp_path: Path, word: str) -> None:
    planted = tmp_path / "planted.txt"
    planted.write_text(f"see https://X{word.upper()}/y")
    assert mentions([planted], words=[word]) == [f"{planted}: {word}"]


def test_the_gate_catches_a_key(tmp_path: Path) -> None:
    planted = tmp_path / "planted.txt"
    planted.write_text("OPENAI_API_KEY=sk-proj-" + "a1B2" * 12)
    assert secrets([planted]) == [str(planted)]


def test_the_files_that_are_read_include_this_one() -> None:
    assert ROOT / "tests" / "architecture" / "test_tracked_files.py" in tracked_files()
