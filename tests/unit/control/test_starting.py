"""Which config a start serves."""

import pytest

from sixnines.config.load import Loaded
from sixnines.control.deployment import Deployment
from sixnines.control.revision import Draft, Fate, Origin, Revision
from sixnines.control.starting import Serves, begin, decide
from sixnines.control.store import RevisionStore
from support.changes import Desk, config, files, load, terms

A, B = config("a"), config("b")
BROKEN = "version: 3\n"


def held(file_digest):
    return Revision(
        number=4, parent=3, digest="d", sources=(), created_unix_s=0.0, author="", note="", origin=Origin.APPLY,
        file_digest=file_digest,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "file_digest", "serves"),
    [
        (None, "one", Serves.FILE),
        (None, None, Serves.FILE),
        (held("one"), "one", Serves.HEAD),
        (held("one"), "two", Serves.FILE),
        (held("one"), None, Serves.HEAD),  # the file is gone
        (held(None), "two", Serves.FILE),  # there was none when that was applied
        (held(None), None, Serves.HEAD),
    ],
)
def test_what_holds_is_served_unless_the_file_has_been_edited_since(head, file_digest, serves):
    assert decide(head, file_digest) is serves


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "store")


def start(desk, **more):
    def read_file():
        return load(files(desk.disk))

    return begin(more.get("store", desk.store), more.get("read_file", read_file), load, "alice")


def test_the_first_start_serves_the_file_and_records_it(desk):
    desk.disk = A
    started = start(desk)
    assert (started.revision, started.loaded.sources, started.warnings) == (1, files(A), ())
    assert started.why == "serving the file as revision 1: nothing was recorded before it"
    assert (desk.store.head(), desk.store.read(1).origin, desk.store.outcome(1).fate) == (1, Origin.START, Fate.APPLIED)


def test_the_next_one_records_nothing_more(desk):
    desk.disk = A
    start(desk)
    started = start(desk)
    assert (started.revision, desk.store.numbers()) == (1, [1])
    assert started.why == "serving revision 1, which is the file"


async def test_a_file_that_was_edited_takes_effect_by_a_restart(desk):
    desk.disk = A
    start(desk)
    desk.disk = B
    started = start(desk)
    assert (started.revision, started.loaded.sources) == (2, files(B))
    assert started.why == "serving the file as revision 2: it has changed since revision 1"


async def test_what_was_rolled_back_does_not_come_back_by_a_restart(desk):
    for desk.disk in (A, B):
        await Deployment(desk.ports()).apply(files(desk.disk), terms())
    await Deployment(desk.ports()).rollback(None, terms())
    started = start(desk)
    assert (started.revision, started.loaded.sources) == (3, files(A))
    assert started.why == "serving revision 3, which holds: the file has not changed since that was applied"


async def test_a_file_that_is_gone_is_a_warning_where_something_holds(desk):
    desk.disk = A
    start(desk)
    started = start(desk, read_file=lambda: Loaded("sixnines.yaml", None, None, ()))
    assert (started.revision, started.loaded.sources) == (1, files(A))
    assert "sixnines.yaml cannot be read" in started.warnings[0]


def test_a_file_with_errors_is_not_recorded_and_the_way_back_is_told(desk):
    desk.disk = A
    start(desk)
    desk.disk = BROKEN
    started = start(desk)
    assert (started.revision, started.loaded.snapshot) == (0, None)
    assert started.warnings == ("revision 1 held before: `sixnines rollback 1` has it served again",)
    assert desk.store.numbers() == [1]


async def test_and_that_way_back_works(desk):
    desk.disk = A
    start(desk)
    desk.disk = BROKEN
    await Deployment(desk.ports()).rollback(1, terms())
    assert start(desk).loaded.sources == files(A)


def test_a_file_with_errors_at_the_first_start_is_only_that(desk):
    desk.disk = BROKEN
    started = start(desk)
    assert (started.revision, started.loaded.snapshot, started.warnings) == (0, None, ())


def test_a_revision_that_is_corrupt_is_not_served(desk):
    desk.disk = A
    start(desk)
    (desk.store.folder / "sources" / files(A)[0].digest).write_bytes(B.encode())
    started = start(desk)
    assert (started.revision, started.loaded.sources) == (2, files(A))
    assert "revision 1 is not what was recorded" in started.warnings[0]


def test_a_store_that_cannot_be_used_is_a_warning_and_the_file_is_served(tmp_path, desk):
    (tmp_path / "file").write_bytes(b"")
    desk.disk = A
    started = start(desk, store=RevisionStore(tmp_path / "file", desk.clock))
    assert (started.revision, started.loaded.sources) == (0, files(A))
    assert any("nothing can be recorded now" in each for each in started.warnings)


def test_while_somebody_changes_the_config_what_holds_is_served_all_the_same(desk):
    desk.disk = A
    start(desk)
    with desk.store.locked("bob", "apply"):
        other = RevisionStore(desk.store.folder, desk.clock)
        started = start(desk, store=other)
        assert (started.revision, started.loaded.sources) == (1, files(A))
        assert "apply by bob" in started.warnings[0]
        desk.disk = B
        started = start(desk, store=other)
        assert (started.revision, started.loaded.sources) == (0, files(B))


def test_what_a_killed_change_has_left_is_settled(desk):
    desk.disk = A
    start(desk)
    with desk.store.locked("bob", "apply"):
        desk.store.record(files(B), Draft(author="bob", origin=Origin.APPLY))
        desk.store.begin(2, "verify")
    assert start(desk).revision == 1
    assert desk.store.outcome(2).fate is Fate.INTERRUPTED
