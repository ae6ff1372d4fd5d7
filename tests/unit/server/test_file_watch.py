"""Whether files have changed, look by look."""

import os

import pytest

from sixnines.server.file_watch import FileWatch


class Disk:
    """Files, and times that tell them apart."""

    def __init__(self, folder):
        self._folder = folder
        self._time_ns = 1_000_000_000

    def write(self, name, text="x"):
        path = self._folder / name
        path.write_text(text)
        self._time_ns += 1
        os.utime(path, ns=(self._time_ns, self._time_ns))
        return path


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def looks(watch, count):
    return [watch.changed() for _ in range(count)]


def test_a_change_is_told_once_and_not_before_it_is_over(disk):
    paths = [disk.write("a"), disk.write("b")]
    watch = FileWatch(lambda: paths)
    assert looks(watch, 2) == [False, False]
    disk.write("a", "y")
    assert watch.changed() is False
    disk.write("b", "z")
    assert looks(watch, 4) == [False, True, False, False]


def test_a_file_that_goes_or_comes_has_changed(disk):
    path = disk.write("a")
    watch = FileWatch(lambda: [path])
    path.unlink()
    assert looks(watch, 3) == [False, True, False]
    disk.write("a")
    assert looks(watch, 3) == [False, True, False]


def test_that_a_config_comes_to_consist_of_other_files_is_no_change(disk):
    paths = [disk.write("a")]
    watch = FileWatch(lambda: paths)
    paths.append(disk.write("b"))
    assert looks(watch, 3) == [False, False, False]
    disk.write("b", "y")
    assert looks(watch, 2) == [False, True]
    paths.pop()
    assert looks(watch, 3) == [False, False, False]
