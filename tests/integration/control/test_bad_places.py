"""Changes where the disk, the rights or another process stand in the way: a clear word, and nothing half done."""

import contextlib
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sixnines.control.archive import Archive, folder_of
from sixnines.control.revision import Fate
from sixnines.control.store import RevisionStore
from sixnines.errors import StoreUnusable
from support.changes import config
from support.checkout import SOURCE
from support.clocks import ManualClock


class Place:
    """A config file with a state of its own, and the commands of it as processes."""

    def __init__(self, folder):
        self.file = folder / "sixnines.yaml"
        self.state = folder / "state"
        self.archive = Archive(folder_of(self.state / "sixnines", self.file))
        self._environment = {
            **os.environ, "XDG_STATE_HOME": str(self.state), "PYTHONPATH": str(SOURCE.parent)
        }  # fmt: skip

    def run(self, *words, largest_file=None):
        """Run a command, which may write files of so many bytes."""

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        return subprocess.run(
            [sys.executable, "-m", "sixnines", *map(str, words)],
            capture_output=True, text=True, env=self._environment, check=False,
            preexec_fn=None if largest_file is None else limit,
        )  # fmt: skip

    def apply(self, text, name="sixnines.yaml", **more):
        file = self.file.with_name(name)
        file.write_text(text)
        return self.run("apply", file, "--no-preflight", "--config", self.file, **more)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("largest_file", [0, 50, 300, 600])
def test_a_full_disk_is_told_and_what_held_goes_on(place, largest_file):
    """Each of these limits is reached by another file: the lock, the source, the revision, the outcome."""
    assert place.apply(config("a")).returncode == 0
    ran = place.apply(config("b") + "# " + "x" * 100 + "\n", largest_file=largest_file)
    assert "Traceback" not in ran.stderr
    if ran.returncode == 0:  # only what became of it could not be written: it holds all the same
        assert "revision 2 holds, and yet:" in ran.stdout
    else:
        assert "the revisions of the config cannot be written" in ran.stderr
        assert "the process may not write files of this size" in ran.stderr
        assert place.archive.head() == 1
    assert [each.problem for each in place.archive.history()] == [""] * len(place.archive.history())
    assert place.apply(config("c")).returncode == 0
    assert place.archive.history()[0].outcome.fate is Fate.APPLIED


@contextlib.contextmanager
def without_rights(folder):
    """Nobody who may do everything, and no right to write into `folder`."""
    folder.chmod(0o500)
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, -1)
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)


def test_a_folder_without_the_right_to_write_is_told_with_what_to_do(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    store = RevisionStore(folder / "sixnines", ManualClock())
    with (
        without_rights(folder),
        pytest.raises(StoreUnusable, match="Permission denied; give this user access to it, or set XDG_STATE_HOME"),
        store.locked("alice", "apply"),
    ):
        pass
    with store.locked("alice", "apply"):
        pass


@pytest.mark.slow
def test_of_many_applies_at_once_one_is_made_and_the_others_are_told_or_all_one_after_the_other(place):
    assert place.apply(config("first")).returncode == 0
    texts = [config(f"m{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        ran = [*pool.map(lambda each: place.apply(each[1], f"{each[0]}.yaml"), enumerate(texts))]
    made = [each for each in ran if each.returncode == 0]
    refused = [each for each in ran if each.returncode == 1]
    assert len(made) + len(refused) == len(ran)
    assert made
    # Who holds the lock may have been stopped by the system before he could sign: then he cannot be named.
    told = ("this config is being changed: apply by", "this config is being changed: by somebody who has only begun")
    assert [each.stderr for each in refused if not any(words in each.stderr for words in told)] == []
    history = place.archive.history()
    assert [each.number for each in history] == [*range(len(made) + 1, 0, -1)]
    assert [(each.problem, each.outcome.fate) for each in history] == [("", Fate.APPLIED)] * len(history)
    assert [each.revision.parent for each in history] == [*range(len(made), 0, -1), None]


@pytest.mark.slow
def test_one_change_keeps_another_process_out_until_its_end(place):
    assert place.apply(config("a")).returncode == 0
    store = RevisionStore(place.archive.folder, ManualClock())
    with store.locked("bob", "apply"):
        ran = place.apply(config("b"))
        assert ran.returncode == 1
        assert f"this config is being changed: apply by bob (process {os.getpid()})" in ran.stderr
    assert place.apply(config("b")).returncode == 0
