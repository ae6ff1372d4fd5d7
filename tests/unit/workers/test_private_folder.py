"""The folder of the sockets by which workers talk."""

import os
import stat

from sixnines.workers.folder import private_folder


def test_nobody_else_can_look_into_it_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        with private_folder(tmp_path) as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_it_lies_in_the_runtime_directory_and_goes_with_what_is_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "run"
    home.mkdir()
    with private_folder(home) as folder:
        inside = folder.parent == home or len(os.fsencode(home)) > 60
        assert inside
        (folder / "1.sock").touch()
    assert not folder.exists()


def test_a_runtime_directory_that_cannot_be_used_is_not(tmp_path):
    file = tmp_path / "file"
    file.touch()
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    for unusable in (None, tmp_path / "missing", file, deep, deep.relative_to("/")):
        with private_folder(unusable) as folder:
            assert folder.parent not in (unusable, deep)
            assert len(os.fsencode(folder)) < 100
