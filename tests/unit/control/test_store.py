"""The revisions that were recorded."""

import errno
import os
import stat
from pathlib import Path

import msgspec
import pytest

from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.archive import Archive, folder_of, unusable
from sixnines.control.revision import Draft, Fate, Origin
from sixnines.control.store import RevisionStore
from sixnines.domain.retention import Retention
from sixnines.errors import ChangeUnderWay, CorruptRevision, StoreUnusable, UnknownRevision
from support.clocks import ManualClock

DRAFT = Draft(author="alice", origin=Origin.APPLY, note="why not")


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store(tmp_path, clock):
    return RevisionStore(tmp_path / "store", clock)


def one(text="a"):
    return (SourceFile("sixnines.yaml", text.encode()),)


def hold(store, *texts, draft=DRAFT):
    """Have each of these hold, one after the other; their numbers."""
    numbers = []
    for text in texts:
        with store.locked("alice", "apply"):
            number = store.record(one(text), draft).number
            store.set_head(number)
            store.set_outcome(number, Fate.APPLIED)
        numbers.append(number)
    return numbers


def files_in(store, kind):
    return sorted(path.name for path in (store.folder / kind).iterdir())


def spoil(path):
    """One bit of a file turns over."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x04
    path.write_bytes(data)


def test_a_folder_belongs_to_a_config_file_by_its_absolute_path(tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")
    assert folder_of(tmp_path, tmp_path / "a.yaml") == folder_of(tmp_path, (tmp_path / "b" / ".." / "a.yaml"))
    from_here = folder_of(tmp_path, type(tmp_path)("../a.yaml"))
    assert from_here == folder_of(tmp_path, tmp_path / "a.yaml")
    assert from_here != folder_of(tmp_path, tmp_path / "b.yaml")
    assert from_here.parent == tmp_path / "revisions"
    assert len(from_here.name) == 16


def test_a_link_keeps_its_revisions_when_it_is_pointed_elsewhere(tmp_path):
    link = tmp_path / "a.yaml"
    link.symlink_to(tmp_path / "one.yaml")
    before = folder_of(tmp_path, link)
    link.unlink()
    link.symlink_to(tmp_path / "two.yaml")
    assert folder_of(tmp_path, link) == before


def test_nothing_is_kept_where_nothing_was_recorded(tmp_path):
    archive = Archive(tmp_path / "none")
    assert (archive.head(), archive.history(), archive.journal(), archive.holder()) == (None, [], None, None)
    with pytest.raises(UnknownRevision, match="no revision 1 is kept; `sixnines history`"):
        archive.read(1)
    assert not (tmp_path / "none").exists()


def test_what_was_recorded_is_read_again(store, clock):
    files = (SourceFile("sixnines.yaml", b"a"), SourceFile("more/b.yaml", b"b"))
    draft = Draft(author="alice", origin=Origin.ROLLBACK, note="n", of=7, file_digest="d")
    with store.locked("alice", "apply"):
        made = store.record(files, draft)
    assert store.read(1) == made
    assert store.sources(1) == files
    assert (made.number, made.parent, made.digest) == (1, None, digest_of(files))
    assert (made.author, made.origin, made.note, made.of, made.file_digest) == ("alice", Origin.ROLLBACK, "n", 7, "d")
    assert made.created_unix_s == clock.unix_s()


def test_the_parent_is_what_held_when_a_revision_was_made(store):
    hold(store, "a", "b")
    with store.locked("alice", "apply"):
        assert store.record(one("c"), DRAFT).parent == 2
        assert store.record(one("d"), DRAFT).parent == 2  # nobody made 3 hold


def test_a_file_that_several_revisions_have_is_kept_once(store):
    hold(store, "a", "b", "a")
    assert len(files_in(store, "sources")) == 2
    assert store.sources(3) == store.sources(1)


def test_only_its_owner_may_look_into_it(store):
    old = os.umask(0)
    try:
        hold(store, "a")
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in store.folder.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (store.folder, *store.folder.iterdir()) if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_the_history_has_the_newest_first_and_says_what_holds(store):
    hold(store, "a", "b")
    with store.locked("alice", "apply"):
        store.record(one("c"), DRAFT)
        store.set_outcome(3, Fate.REFUSED, "no", msgspec.Raw(b'{"long": true}'))
    history = store.history()
    assert [(each.number, each.holds, each.outcome.fate, each.problem) for each in history] == [
        (3, False, Fate.REFUSED, ""),
        (2, True, Fate.APPLIED, ""),
        (1, False, Fate.APPLIED, ""),
    ]
    assert history[0].outcome.evidence == msgspec.Raw(b"{}")  # a list is no place for it
    assert msgspec.json.decode(store.outcome(3).evidence) == {"long": True}


def test_writing_wants_the_lock(store):
    for write in (
        lambda: store.record(one(), DRAFT),
        lambda: store.set_head(1),
        lambda: store.set_outcome(1, Fate.APPLIED),
        lambda: store.begin(1, "record"),
        store.end,
        lambda: store.prune(Retention()),
    ):
        with pytest.raises(RuntimeError):
            write()


def test_a_second_change_at_the_same_time_is_refused(store, clock):
    with store.locked("alice", "apply"):
        other = RevisionStore(store.folder, clock)
        with pytest.raises(ChangeUnderWay, match="apply by alice"), other.locked("bob", "rollback"):
            pass
        assert other.holder().who == "alice"
    assert store.holder() is None


def test_a_clock_that_is_set_back_changes_no_order(store, clock):
    hold(store, "a")
    clock.set_back(10 * 365 * 86_400)
    hold(store, "b")
    assert [each.number for each in store.history()] == [2, 1]
    assert store.head() == 2
    assert store.read(2).created_unix_s < store.read(1).created_unix_s
    with store.locked("alice", "apply"):
        assert store.prune(Retention(days=0)) == []


# What a dead process leaves.


def test_a_revision_that_nobody_came_to_apply_is_settled_as_interrupted(store):
    hold(store, "a")
    with store.locked("alice", "apply"):
        store.record(one("b"), DRAFT)
        store.begin(2, "verify")
    with store.locked("bob", "apply") as settled:
        assert [(each.number, each.fate, each.reason) for each in settled] == [
            (2, Fate.INTERRUPTED, "whoever applied it has ended during: verify")
        ]
    assert (store.head(), store.journal()) == (1, None)
    with store.locked("bob", "apply") as settled:
        assert settled == []


def test_a_revision_that_holds_is_settled_as_applied(store):
    with store.locked("alice", "apply"):
        store.record(one("a"), DRAFT)
        store.begin(1, "commit")
        store.set_head(1)
    with store.locked("bob", "apply") as settled:
        assert [(each.number, each.fate) for each in settled] == [(1, Fate.APPLIED)]
    assert store.journal() is None


def test_halves_of_files_are_swept(store):
    hold(store, "a")
    halves = [store.folder / name for name in ("sources/x.new", "revisions/2.json.new", "outcomes/2.json.new", "head.new", "applying.new")]  # fmt: skip
    for path in halves:
        path.write_bytes(b"ha")
    theirs = store.folder / "gateway.json.4242"
    theirs.write_bytes(b"{}")
    with store.locked("bob", "apply"):
        assert [path for path in halves if path.exists()] == []
    assert theirs.exists()  # what others keep there is theirs


def test_a_number_is_never_given_twice(store):
    hold(store, "a", "b")
    (store.folder / "revisions" / "2.json").unlink()
    with store.locked("alice", "apply"):
        assert store.record(one("c"), DRAFT).number == 3
    (store.folder / "revisions" / "3.json").unlink()
    (store.folder / "outcomes" / "2.json").unlink()
    with store.locked("alice", "apply"):  # the head still says 2
        assert store.record(one("d"), DRAFT).number == 3
        store.set_outcome(3, Fate.REFUSED)
    (store.folder / "revisions" / "3.json").unlink()
    with store.locked("alice", "apply"):  # what became of 3 is still known
        assert store.record(one("e"), DRAFT).number == 4


# What is not what was recorded.


def test_a_corrupt_revision_is_reported_and_never_given_out(store):
    hold(store, "a", "b")
    spoil(store.folder / "revisions" / "1.json")
    with pytest.raises(CorruptRevision, match="revision 1 is not what was recorded"):
        store.read(1)
    with pytest.raises(CorruptRevision):
        store.sources(1)
    sound, corrupt = store.history()
    assert (sound.problem, corrupt.revision) == ("", None)
    assert "revision 1 is not what was recorded" in corrupt.problem
    assert hold(store, "c") == [3]


def test_a_corrupt_source_spoils_every_revision_that_has_it_and_no_other(store):
    hold(store, "a", "b", "a")
    path = store.folder / "sources" / one("a")[0].digest
    path.write_bytes(b"z")
    for number in (1, 3):
        with pytest.raises(CorruptRevision, match=f"revision {number} .*sixnines.yaml.*SHA-256 differs"):
            store.sources(number)
    assert store.sources(2) == one("b")
    assert [bool(each.problem) for each in store.history()] == [True, False, True]


def test_a_source_that_is_recorded_again_is_mended(store):
    hold(store, "a", "b")
    (store.folder / "sources" / one("a")[0].digest).write_bytes(b"z")
    hold(store, "a")
    assert store.sources(1) == store.sources(3) == one("a")


@pytest.mark.parametrize("longer", [False, True])
def test_a_source_that_is_gone_or_too_long_is_reported(store, longer):
    hold(store, "a")
    path = store.folder / "sources" / one("a")[0].digest
    if longer:
        path.write_bytes(b"a" * 1000)
    else:
        path.unlink()
    with pytest.raises(CorruptRevision, match="SHA-256 differs" if longer else "is gone"):
        store.sources(1)


def test_a_revision_under_another_number_is_corrupt(store):
    hold(store, "a")
    (store.folder / "revisions" / "7.json").write_bytes((store.folder / "revisions" / "1.json").read_bytes())
    with pytest.raises(CorruptRevision, match="it is revision 1 under a wrong name"):
        store.read(7)
    assert hold(store, "b") == [8]


def test_names_that_are_no_numbers_are_nobodys_revision(store):
    hold(store, "a")
    for name in ("0.json", "01.json", "x.json", "2", "1.json.bak", f"{'9' * 40}.json"):
        (store.folder / "revisions" / name).write_bytes(b"")
    assert store.numbers() == [1]


def test_a_head_that_cannot_be_read_is_found_again(store):
    hold(store, "a", "b")
    with store.locked("alice", "apply"):
        store.record(one("c"), DRAFT)
        store.set_outcome(3, Fate.ROLLED_BACK, "bad")
    spoil(store.folder / "head")
    with pytest.raises(CorruptRevision, match="which revision holds cannot be told"):
        store.head()
    assert [each.holds for each in store.history()] == [False, False, False]
    with store.locked("alice", "apply"):
        assert store.head() == 2


def test_a_head_that_nothing_tells_of_is_none(store):
    with store.locked("alice", "apply"):
        store.record(one("a"), DRAFT)
    (store.folder / "head").write_bytes(b"")
    with store.locked("alice", "apply"):
        assert store.head() is None


def test_a_corrupt_outcome_is_reported_and_hinders_nobody(store):
    hold(store, "a", "b")
    spoil(store.folder / "outcomes" / "1.json")
    with pytest.raises(CorruptRevision, match="what became of revision 1 cannot be told"):
        store.outcome(1)
    entry = store.history()[1]
    assert (entry.outcome, entry.revision.number) == (None, 1)
    assert "what became of revision 1" in entry.problem
    (store.folder / "head").write_bytes(b"")
    with store.locked("alice", "apply"):
        assert store.head() == 2


def test_a_corrupt_journal_is_settled_by_what_holds(store):
    hold(store, "a")
    with store.locked("alice", "apply"):
        store.record(one("b"), DRAFT)
        store.begin(2, "verify")
    spoil(store.folder / "applying")
    with pytest.raises(CorruptRevision, match="journal"):
        store.journal()
    with store.locked("alice", "apply") as settled:
        assert [(each.number, each.fate, each.reason) for each in settled] == [
            (2, Fate.INTERRUPTED, "whoever applied it has ended")
        ]
    assert store.journal() is None


# What goes.


def test_what_is_pruned_takes_its_outcome_and_its_sources_along(store):
    hold(store, *"abcdef")
    with store.locked("alice", "apply"):
        assert store.prune(Retention(count=3)) == [1, 2, 3]
    assert store.numbers() == [6, 5, 4]
    assert files_in(store, "outcomes") == ["4.json", "5.json", "6.json"]
    assert files_in(store, "sources") == sorted(one(text)[0].digest for text in "def")


def test_pruning_never_takes_what_one_may_go_back_to(store):
    hold(store, "a", "b", "c")
    with store.locked("alice", "apply"):
        rolled = store.record(one("b"), Draft(author="a", origin=Origin.ROLLBACK, of=2))
        store.set_head(rolled.number)
        store.set_outcome(rolled.number, Fate.APPLIED)
        for text in "xyz":
            store.set_outcome(store.record(one(text), DRAFT).number, Fate.REFUSED)
        store.prune(Retention(count=1))
    # The head, its parent, what it went back to, what held before that, and the newest: its number must not come again.
    assert store.numbers() == [7, 4, 3, 2, 1]


def test_as_long_as_one_is_corrupt_no_source_goes(store):
    hold(store, *"abc")
    spoil(store.folder / "revisions" / "2.json")
    with store.locked("alice", "apply"):
        store.prune(Retention(count=2))
    assert len(files_in(store, "sources")) == 3


def test_where_the_head_comes_from_nobody_can_tell_nothing_goes(store):
    hold(store, *"abcd")
    spoil(store.folder / "revisions" / "4.json")
    with store.locked("alice", "apply"):
        assert store.prune(Retention(count=1)) == []


# What the system refuses.


def test_a_file_where_the_folder_should_be_is_told_with_what_to_do(tmp_path, clock):
    (tmp_path / "store").write_bytes(b"")
    store = RevisionStore(tmp_path / "store", clock)
    with pytest.raises(StoreUnusable, match=r"cannot be written: .*store.*; something that is no folder"):
        hold(store, "a")
    with pytest.raises(StoreUnusable, match="cannot be read"):
        store.history()


def test_a_folder_where_a_file_should_be_is_told(store):
    hold(store, "a")
    (store.folder / "head").unlink()
    (store.folder / "head").mkdir()
    with pytest.raises(StoreUnusable, match="a folder stands where a file is needed"):
        store.head()


def test_the_store_of_somebody_else_is_left_alone(store, monkeypatch):
    hold(store, "a")
    owner = store.folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(StoreUnusable, match=f"belong to user {owner}"):
        hold(store, "b")
    assert store.numbers() == [1]


def test_the_lock_is_given_back_when_settling_fails(store, clock):
    hold(store, "a")
    (store.folder / "applying").mkdir()
    with pytest.raises(StoreUnusable):
        hold(store, "b")
    assert store.holder() is None
    (store.folder / "applying").rmdir()
    assert hold(store, "b") == [2]


def test_a_head_can_be_taken_back_where_none_was_before(store):
    hold(store, "a")
    with store.locked("alice", "apply"):
        store.set_head(None)
    assert store.head() is None
    assert [each.holds for each in store.history()] == [False]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full: free some space"),
        (errno.EDQUOT, "the quota of this user is used up"),
        (errno.EROFS, "the file system is read-only: set XDG_STATE_HOME"),
        (errno.EACCES, "give this user access to it"),
        (errno.EIO, "the disk fails"),
    ],
)
def test_what_the_system_refuses_is_told_with_what_to_do(number, advice):
    problem = unusable("write", Path("/var/x"), OSError(number, os.strerror(number), "/var/x/head.new"))
    assert f"cannot be written: /var/x/head.new: {os.strerror(number)}; {advice}" in str(problem)


def test_what_nobody_knows_a_remedy_for_is_told_all_the_same():
    problem = unusable("read", Path("/var/x"), OSError(errno.EMFILE, "Too many open files"))
    assert str(problem) == "the revisions of the config cannot be read: /var/x: Too many open files"
