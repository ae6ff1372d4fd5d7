"""The socket of the owner: where it is, who may open it, and what is left of it."""

import os
import socket
import stat

import pytest

from sixnines.server import owner_socket
from sixnines.server.owner_socket import LONGEST, open_owner_socket


@pytest.fixture
def opened():
    made = []

    def open_(*args):
        made.append(open_owner_socket(*args))
        return made[-1]

    yield open_
    for each in made:
        each.close()


@pytest.fixture
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("s")
    assert len(str(folder)) < LONGEST - 40
    return folder


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def accepts(path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path))
    return True


def test_it_lies_in_the_runtime_folder_and_only_its_owner_can_open_it(opened, short):
    before = os.umask(0)
    try:
        made = opened("g", short, None)
    finally:
        os.umask(before)
    assert made.path == short / "sixnines" / "g.sock"
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    assert accepts(made.path)
    assert names_in(made.path.parent) == ["g.sock"]


@pytest.mark.parametrize("runtime", ["relative", "/nowhere/at/all", None])
def test_without_a_runtime_folder_it_lies_with_the_revisions(opened, short, runtime):
    made = opened("g", None if runtime is None else type(short)(runtime), short)
    assert made.path == short / "g.sock"


def test_where_every_path_is_too_long_it_lies_among_the_temporary_files_in_a_folder_of_its_own(opened, short):
    deep = short / ("d" * 90)
    deep.mkdir()
    made = opened("g", deep, deep)
    assert len(os.fsencode(made.path)) <= LONGEST
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    made.close()
    assert not made.path.parent.exists()


def test_where_there_is_no_place_at_all_it_says_so(monkeypatch, tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(owner_socket.tempfile, "tempdir", str(deep))
    with pytest.raises(OSError, match="too long for a Unix socket"):
        open_owner_socket("g", None, None)
    assert names_in(deep) == []


def test_what_a_predecessor_has_left_is_replaced(opened, short):
    for name in ("g.sock", "g.sock.new"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(short / name))
    made = opened("g", None, short)
    assert accepts(made.path)
    assert names_in(short) == ["g.sock"]


def test_nothing_is_left_of_one_that_is_closed(opened, short):
    made = opened("g", None, short)
    made.close()
    made.close()
    assert names_in(short) == []
