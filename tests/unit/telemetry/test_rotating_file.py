"""A file of lines: whole ones, for its owner only, and never larger than it may be."""

import errno
import fcntl
import os
import stat

import pytest

from sixnines.domain.log_file import LogFile
from sixnines.telemetry.rotating_file import RotatingFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log"


def file(path, max_size=100, keep=2):
    return RotatingFile(LogFile(str(path), max_size, keep))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def line(sign, length=40):
    return sign.encode() * (length - 1) + b"\n"


def test_lines_are_appended_and_nobody_else_may_read_them(path):
    written = file(path)
    written.append(b"one\n")
    written.append(b"two\nthree\n")
    written.close()
    file(path).append(b"four\n")
    assert path.read_bytes() == b"one\ntwo\nthree\nfour\n"
    assert mode(path) == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(path):
    path.write_bytes(b"old\n")
    path.chmod(0o644)
    file(path).append(b"new\n")
    assert (path.read_bytes(), mode(path)) == (b"old\nnew\n", 0o600)


def test_a_full_file_makes_room_for_a_new_one_and_so_many_are_kept(path):
    written = file(path)
    for sign in "abcdefgh":
        written.append(line(sign))
    older = [path.with_name(f"log.{number}") for number in (1, 2, 3)]
    assert path.read_bytes() == line("g") + line("h")
    assert [each.read_bytes() for each in older[:2]] == [line("e") + line("f"), line("c") + line("d")]
    assert not older[2].exists()
    assert {mode(each) for each in (path, *older[:2])} == {0o600}


def test_without_old_ones_it_begins_again(path):
    written = file(path, keep=0)
    for sign in "abc":
        written.append(line(sign))
    assert path.read_bytes() == line("c")
    assert [each.name for each in path.parent.iterdir()] == ["log"]


def test_what_an_earlier_config_kept_goes(path):
    for number in range(1, 6):
        path.with_name(f"log.{number}").write_bytes(b"%d\n" % number)
    written = file(path, keep=2)
    for sign in "abc":
        written.append(line(sign))
    assert sorted(each.name for each in path.parent.iterdir()) == ["log", "log.1", "log.2"]
    assert path.with_name("log.2").read_bytes() == b"1\n"


def test_lines_that_are_larger_than_a_file_may_be_are_written_all_the_same(path):
    written = file(path)
    written.append(line("a", 500))
    written.append(line("b", 500))
    assert (path.read_bytes(), path.with_name("log.1").read_bytes()) == (line("b", 500), line("a", 500))


def test_half_a_line_that_a_crash_has_left_is_ended_first(path):
    path.write_bytes(b'{"v":1,"at"')
    file(path).append(b"whole\n")
    assert path.read_bytes() == b'{"v":1,"at"\nwhole\n'


def test_half_a_line_that_a_full_disk_has_left_is_ended_first(path, monkeypatch):
    written, real = file(path, max_size=1000), os.write
    written.append(b"before\n")

    def full(fd, data):
        if len(data) > 3:
            return real(fd, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        written.append(b"hello\n")
    monkeypatch.setattr(os, "write", real)
    written.append(b"after\n")
    assert path.read_bytes() == b"before\nhel\nafter\n"


def test_a_file_that_somebody_has_moved_away_is_begun_again(path):
    written = file(path)
    written.append(b"one\n")
    path.rename(path.with_name("taken"))
    written.append(b"two\n")
    assert path.read_bytes() == b"two\n"
    assert path.with_name("taken").read_bytes() == b"one\n"


def test_two_who_write_to_one_path_rotate_it_once(path):
    one, other = file(path, keep=9), file(path, keep=9)
    one.append(line("a"))
    other.append(line("b"))
    one.append(line("c"))
    other.append(line("d"))
    one.append(line("e"))
    other.append(line("f"))
    one.close()
    other.close()
    assert [each.read_bytes() for each in sorted(path.parent.iterdir())] == [
        line("e") + line("f"), line("c") + line("d"), line("a") + line("b"),
    ]  # fmt: skip


def test_who_has_waited_while_another_rotated_does_not_rotate_again(path, monkeypatch):
    one, other, lock = file(path), file(path), fcntl.flock
    one.append(line("a", 90))
    other.append(b"b\n")

    def waits(fd, operation):
        monkeypatch.undo()
        other.append(line("c"))
        lock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", waits)
    one.append(line("d"))
    assert (path.read_bytes(), path.with_name("log.1").read_bytes()) == (
        line("c") + line("d"), line("a", 90) + b"b\n",
    )  # fmt: skip
    assert not path.with_name("log.2").exists()


@pytest.mark.parametrize("kind", ["pipe", "folder", "no folder"])
def test_what_is_no_file_is_an_error_and_no_wait(path, kind):
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = path / "deeper"
    written = file(path)
    for _ in range(2):
        with pytest.raises(OSError):
            written.append(b"x\n")
