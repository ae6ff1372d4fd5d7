"""The digest of the config on disk, found out with as little reading as possible."""

import pytest

from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.on_disk import digest_on_disk

MAIN, PART = SourceFile("main.yaml", b"include: [part.yaml]\n"), SourceFile("part.yaml", b"models: {}\n")


def never():
    pytest.fail("there was no need to read the YAML")


@pytest.fixture
def disk(tmp_path):
    def write(*files):
        for file in files:
            (tmp_path / file.path).write_bytes(file.content)
        return tmp_path / files[0].path

    return write


def test_a_file_that_includes_nothing_is_its_own_digest(disk):
    alone = SourceFile("main.yaml", b"version: 1\n")
    assert digest_on_disk(disk(alone), [], never) == digest_of([alone])


def test_several_files_are_compared_with_what_is_known(disk):
    other = [MAIN, SourceFile("part.yaml", b"other")]
    assert digest_on_disk(disk(MAIN, PART), [other, [MAIN, PART]], never) == digest_of([MAIN, PART])


def test_what_is_not_known_is_read(disk):
    read = lambda: Loaded("main.yaml", None, None, (), sources=(MAIN, PART))  # noqa: E731
    changed = SourceFile("part.yaml", b"changed")
    assert digest_on_disk(disk(MAIN, changed), [[MAIN, PART]], read) == digest_of([MAIN, PART])


def test_a_file_that_cannot_be_read_has_none(tmp_path, disk):
    assert digest_on_disk(tmp_path / "nowhere.yaml", [], never) is None
    assert digest_on_disk(disk(SourceFile("x", b"#" * (8 * 1024 * 1024 + 1))), [], never) is None
