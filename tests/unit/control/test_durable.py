"""Files that are there whole or not at all."""

import os
import stat

import pytest

from sixnines.control import durable


def test_a_file_holds_what_was_written_and_nobody_else_may_read_it(tmp_path):
    old = os.umask(0)
    try:
        durable.write(tmp_path / "a", b"one")
    finally:
        os.umask(old)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_a_write_takes_the_place_of_what_was_there(tmp_path):
    durable.write(tmp_path / "a", b"one")
    durable.write(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("point", "holds"), [("opened a", b"old"), ("written a", b"old"), ("synced a", b"old"), ("renamed a", b"new")]
)
def test_who_stops_in_the_middle_leaves_the_old_or_the_new_one(tmp_path, point, holds):
    class Dead(BaseException):
        pass

    def die(now):
        if now == point:
            raise Dead

    durable.write(tmp_path / "a", b"old")
    with pytest.raises(Dead):
        durable.write(tmp_path / "a", b"new", at=die)
    assert (tmp_path / "a").read_bytes() == holds
    durable.write(tmp_path / "a", b"next")  # what was left is no hindrance
    assert (tmp_path / "a").read_bytes() == b"next"
    assert durable.leftovers(tmp_path) == []


def test_what_a_dead_writer_has_left_is_told_by_its_name(tmp_path):
    (tmp_path / f"a{durable.SUFFIX}").write_bytes(b"ha")
    (tmp_path / "a").write_bytes(b"one")
    assert durable.leftovers(tmp_path) == [f"a{durable.SUFFIX}"]


def test_the_leftover_of_a_writer_is_not_written_through(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"precious")
    (tmp_path / f"a{durable.SUFFIX}").symlink_to(elsewhere)
    durable.write(tmp_path / "a", b"one")
    assert elsewhere.read_bytes() == b"precious"


def test_a_file_that_cannot_be_put_in_place_leaves_no_half_of_it(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError):
        durable.write(tmp_path / "a", b"one")
    assert durable.leftovers(tmp_path) == []


def test_a_file_is_gone_after_it_was_removed_and_removing_it_again_is_nothing(tmp_path):
    durable.write(tmp_path / "a", b"one")
    durable.write(tmp_path / "b", b"two")
    durable.remove(tmp_path, ["a", "b"])
    durable.remove(tmp_path, ["a"])
    assert [*tmp_path.iterdir()] == []


def test_a_folder_is_its_owners_alone_also_one_that_was_there(tmp_path):
    durable.make_folder(tmp_path / "a" / "b")
    (tmp_path / "c").mkdir(mode=0o755)
    durable.make_folder(tmp_path / "c")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
