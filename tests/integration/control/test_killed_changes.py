"""`apply` and `rollback` are killed at each of their points: what is left is the old or the new one, never half."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from sixnines.control.deployment import Deployment
from sixnines.control.durable import leftovers
from sixnines.control.events import Ending
from sixnines.control.revision import Fate
from support.changes import Desk, config, files, terms
from support.checkout import ROOT, SOURCE

RUNS = 100
SCRIPT = ROOT / "tests" / "support" / "dying_change.py"


def change(desk, what, text, point):
    """Make a change in a process that kills itself at its Nth point; the points it passed, or None if it died."""
    file = desk.store.folder.parent / "wanted.yaml"
    file.write_text(text)
    command = [sys.executable, str(SCRIPT), str(desk.store.folder), str(file), what, str(point)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE.parent), str(ROOT / "tests")])}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if ran.returncode == -signal.SIGKILL:
        return None
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def state(folder):
    """Every file of a store with its content, to put it back as it was."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_back(folder, before):
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, content in before.items():
        (folder / name).write_bytes(content)


def look(desk, old, new):
    """What a killed change has left, as anybody may find it before the next one: the config that holds."""
    head = desk.store.head()
    held = desk.store.sources(head)  # every digest is compared
    assert held in (files(old), files(new))
    history = desk.store.history()
    assert [each.problem for each in history] == [""] * len(history)
    assert [each.number for each in history if each.holds] == [head]
    applied = [each.number for each in history if each.outcome is not None and each.outcome.fate is Fate.APPLIED]
    assert max(applied) <= head  # what is said to hold does
    assert desk.store.holder() is None
    return held


def settle(desk):
    """The next change works, and after it nothing is open."""
    text = config("next")
    desk.disk = text
    ended = asyncio.run(Deployment(desk.ports()).apply(files(text), terms()))
    assert (ended.ending, desk.store.sources(desk.store.head())) == (Ending.APPLIED, files(text))
    history = desk.store.history()
    assert [each for each in history if each.outcome is None or each.problem] == []
    assert {each.outcome.fate for each in history} <= {Fate.APPLIED, Fate.INTERRUPTED}
    assert [each.outcome.fate for each in history if each.holds] == [Fate.APPLIED]
    assert desk.store.journal() is None
    assert [half for folder in (desk.store.folder, *(p for p in desk.store.folder.iterdir() if p.is_dir()))
            for half in leftovers(folder)] == []  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    """Four revisions that held, so that the next one has something to prune."""
    desk = Desk(tmp_path / "store")
    for model in "abcd":
        desk.disk = config(model, keep=4)
        asyncio.run(Deployment(desk.ports()).apply(files(desk.disk), terms()))
    return desk


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", ["apply", "rollback"])
def test_a_change_that_is_killed_at_any_point_leaves_the_old_or_the_new_one(desk, what):
    old, new = config("d", keep=4), config("e" if what == "apply" else "c", keep=4)
    before = state(desk.store.folder)
    points = change(desk, what, config("e", keep=4), 10**6)
    assert look(desk, old, new) == files(new)
    assert points > 20
    found = []
    for run in range(RUNS // 2):
        put_back(desk.store.folder, before)
        assert change(desk, what, config("e", keep=4), 1 + run % points) is None
        found.append(look(desk, old, new))
        settle(desk)
    assert {*found[:points]} == {files(old), files(new)}
    # In one rename: before it the old one holds, after it the new one.
    moved = found.index(files(new))
    assert (found[:moved], found[moved:points]) == ([files(old)] * moved, [files(new)] * (points - moved))


@pytest.mark.slow
def test_a_change_that_is_killed_again_and_again_comes_through_in_the_end(desk):
    """Each one finds what the one before has left, in all states one after the other."""
    old, new = config("d", keep=4), config("e", keep=4)
    for point in (8, 17, 26, 35, 44):
        change(desk, "apply", new, point)
        look(desk, old, new)
    settle(desk)
