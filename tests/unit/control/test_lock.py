"""One change at a time."""

import subprocess
import sys

import msgspec
import pytest

from sixnines.control.lock import Holder, held, holder
from sixnines.errors import ChangeUnderWay

ALICE = Holder(pid=4242, who="alice", since_unix_s=1.7e9, what="apply")
BOB = Holder(pid=4343, who="bob", since_unix_s=1.7e9, what="rollback")

# Holds the lock, says so, and waits for its input to end.
HOLD = """
import sys
from pathlib import Path
from sixnines.control.lock import Holder, held
with held(Path(sys.argv[1]), Holder(pid=1, who="carol", since_unix_s=0.0, what="apply")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_one_is_told_who_is_first(tmp_path):
    with held(tmp_path / "lock", ALICE), pytest.raises(ChangeUnderWay) as refused, held(tmp_path / "lock", BOB):
        pass
    assert "apply by alice (process 4242) since 2023-11-14 22:13:20 UTC" in str(refused.value)


@pytest.mark.parametrize("signs_after", [0, 30, None])
def test_who_has_only_begun_is_waited_for_to_be_told_by_name_and_not_for_ever(tmp_path, monkeypatch, signs_after):
    path, pauses = tmp_path / "lock", []

    def pause(_seconds):
        pauses.append(_seconds)
        if len(pauses) == signs_after:
            path.write_bytes(msgspec.json.encode(ALICE))

    with held(path, ALICE):
        if signs_after != 0:
            path.write_bytes(b"")
        monkeypatch.setattr("sixnines.control.lock.time.sleep", pause)
        with pytest.raises(ChangeUnderWay) as refused, held(path, BOB):
            pass
    told = "by somebody who has only begun" if signs_after is None else "apply by alice (process 4242)"
    assert told in str(refused.value)
    assert len(pauses) == {0: 9, 30: 30, None: 100}[signs_after]


def test_it_is_free_again_afterwards_also_when_something_went_wrong(tmp_path):
    with pytest.raises(ZeroDivisionError), held(tmp_path / "lock", ALICE):
        raise ZeroDivisionError
    with held(tmp_path / "lock", BOB):
        assert holder(tmp_path / "lock") == BOB
    assert holder(tmp_path / "lock") is None


def test_nobody_holds_a_lock_that_there_is_not(tmp_path):
    assert holder(tmp_path / "lock") is None


def test_who_asks_for_the_holder_keeps_nobody_out(tmp_path):
    with held(tmp_path / "lock", ALICE):
        pass
    assert holder(tmp_path / "lock") is None
    with held(tmp_path / "lock", BOB):
        pass


def test_a_killed_process_gives_its_lock_back(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ChangeUnderWay, match="apply by carol"), held(path, ALICE):
            pass
        process.kill()
        process.wait()
        assert holder(path) is None  # what it has signed is there still, and nobody believes it
        assert path.read_bytes() != b""
        with held(path, ALICE):
            pass


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]"], ids=["none", "half", "no text", "something else"])
def test_a_signature_that_cannot_be_read_is_a_holder_without_a_name(tmp_path, content):
    path = tmp_path / "lock"
    with held(path, ALICE):
        path.write_bytes(content)
        assert holder(path) is None
        with pytest.raises(ChangeUnderWay, match="somebody"), held(path, BOB):
            pass


def test_a_time_that_no_calendar_knows_is_no_hindrance():
    assert "since an unknown time" in msgspec.structs.replace(ALICE, since_unix_s=1e300).told()


def test_a_signature_is_replaced_by_a_shorter_one_as_a_whole(tmp_path):
    path = tmp_path / "lock"
    path.write_bytes(b"x" * 1000)
    with held(path, ALICE):
        assert holder(path) == ALICE


# Forks while it holds the lock; the child lives on until the input ends.
FORK = """
import os, sys
from pathlib import Path
from sixnines.control.lock import Holder, held
with held(Path(sys.argv[1]), Holder(pid=1, who="carol", since_unix_s=0.0, what="apply")):
    child = os.fork()
    if not child:
        sys.stdin.read()
        os._exit(0)
print("given back", flush=True)
os.waitpid(child, 0)
"""


def test_the_lock_is_not_left_with_a_process_that_was_forked_meanwhile(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", FORK, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "given back\n"
        with held(tmp_path / "lock", BOB):
            pass
        process.stdin.close()
        assert process.wait() == 0
