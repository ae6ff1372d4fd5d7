"""Documents: what they point at exists, and the map stays short enough to read."""

import re
from pathlib import Path

import pytest

from support.checkout import ROOT, tracked_files

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = [path for path in tracked_files() if path.suffix == ".md"]


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as forges make them."""
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> list[str]:
    """The links to files or headings of this repository that are not there. Links to other sites are not followed."""
    broken = []
    for match in LINK.finditer(FENCE.sub("", document.read_text())):
        target = match.group(1) or match.group(2)
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = document.parent / name if name else document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    assert broken_links(document) == []


def test_the_map_is_short_enough_to_read() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) < 200


def test_the_map_names_every_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    packages = {path.parent.name for path in (ROOT / "src" / "sixnines").glob("*/__init__.py")}
    assert [name for name in sorted(packages) if not re.search(rf"\b{name}\b", text)] == []


def missing_paths(text: str) -> list[str]:
    """The files and folders in code quotes that are neither in the checkout nor in the package."""
    quoted = re.findall(r"`([a-z_./]+(?:/|\.py|\.md|\.toml))`", text)
    return [name for name in quoted if not any((base / name).exists() for base in (ROOT, ROOT / "src" / "sixnines"))]


@pytest.mark.parametrize(
    "name", ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/adr/0002-layers.md", "docs/adr/0004-own-http-client.md"]
)
def test_every_file_that_a_document_names_exists(name: str) -> None:
    assert missing_paths((ROOT / name).read_text()) == []


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "make run" in text
    assert "make test" in text


def test_the_gate_catches_a_dead_link(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("# One, two\n[x](#one-two) [y](#three) [z](b.md) ![p](c.svg)\n```\n[not](a-link.md)\n```\n")
    assert broken_links(document) == ["#three", "b.md", "c.svg"]


def test_the_gate_catches_a_file_that_is_gone() -> None:
    assert missing_paths("see `engine/machine.py`, `engine/gone.py`, `tests/`, `gone/` and `a word`") == [
        "engine/gone.py",
        "gone/",
    ]
