"""The file in which is kept what was learned."""

import asyncio
import logging
import os
import threading

import pytest

from sixnines.domain.reward import LearningSettings
from sixnines.engine import keeper as keeper_module
from sixnines.engine.keeper import Keeper
from sixnines.routing.learned import KEPT_S, Learned
from support import specs
from support.clocks import ManualClock
from support.learning import GOOD, KIND

USUAL = LearningSettings()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "learned.json"


@pytest.fixture
def clock():
    return ManualClock()


def a_keeper(path, clock, learned=None):
    return Keeper(learned or Learned(), path, snapshot=specs.snapshot, clock=clock)


def some():
    learned = Learned()
    tell(learned)
    return learned


def tell(learned, place="m"):
    learned.note(place, KIND, "x", settings=USUAL, outcome=GOOD)


async def loaded(path, clock):
    learned = Learned()
    await a_keeper(path, clock, learned).load()
    return what(learned)


def what(learned):
    return {name: place.buckets for name, place in learned.places()}


async def test_what_was_saved_is_there_again(path, clock):
    learned = some()
    await a_keeper(path, clock, learned).save()
    assert await loaded(path, clock) == what(learned)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


async def test_where_nothing_was_learned_nothing_is_written(path, clock):
    learned = Learned()
    learned.place("m")
    keeper = a_keeper(path, clock, learned)
    await keeper.load()
    await keeper.save()
    assert not path.parent.exists()


async def test_one_that_does_not_write_begins_with_the_file_and_leaves_it_alone(path, clock):
    await a_keeper(path, clock, some()).save()
    data = path.read_bytes()
    learned = Learned()
    keeper = Keeper(learned, path, snapshot=specs.snapshot, clock=clock, writes=False)
    await keeper.load()
    assert learned.places()
    tell(learned)
    await keeper.save()
    assert path.read_bytes() == data


async def test_it_is_written_again_only_after_something_new(path, clock):
    learned = some()
    keeper = a_keeper(path, clock, learned)
    await keeper.save()
    path.unlink()
    await keeper.save()
    assert not path.exists()
    tell(learned)
    await keeper.save()
    assert path.exists()


@pytest.mark.parametrize("data", [b"", b"not ours", b'{"version":99,"places":{}}', b'{"version":1,"places":{"m":'])
async def test_a_file_that_cannot_be_read_is_reported_and_set_aside(path, clock, data, caplog):
    path.parent.mkdir()
    path.write_bytes(data)
    learned = Learned()
    keeper = a_keeper(path, clock, learned)
    await keeper.load()
    assert learned.places() == []
    assert "learning begins anew" in caplog.text
    assert str(path) in caplog.text
    assert path.read_bytes() == data
    tell(learned)
    await keeper.save()
    assert await loaded(path, clock) == what(learned)
    assert path.with_name("learned.json.unreadable").read_bytes() == data


async def test_a_file_that_is_too_large_is_not_read(path, clock, caplog, monkeypatch):
    monkeypatch.setattr(keeper_module, "_LARGEST", 10)
    path.parent.mkdir()
    path.write_bytes(b" " * 11)
    await a_keeper(path, clock).load()
    assert "it is larger than 10 bytes" in caplog.text


async def test_a_folder_in_its_place_is_reported(path, clock, caplog):
    path.mkdir(parents=True)
    await a_keeper(path, clock).load()
    assert "cannot be read" in caplog.text


async def test_a_folder_that_cannot_be_written_is_reported_once_and_tried_again(path, clock, caplog):
    caplog.set_level(logging.INFO)
    path.parent.write_text("a file where the folder should be")
    learned = some()
    keeper = a_keeper(path, clock, learned)
    for _ in range(3):
        await keeper.save()
    assert caplog.text.count("cannot be kept") == 1
    path.parent.unlink()
    await keeper.save()
    assert "again" in caplog.text
    assert await loaded(path, clock) == what(learned)


async def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(path, clock, monkeypatch, caplog):
    learned = some()
    keeper = a_keeper(path, clock, learned)
    await keeper.save()
    before = path.read_bytes()
    tell(learned)
    monkeypatch.setattr(os, "fsync", fails)
    await keeper.save()
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert "No space left" in caplog.text


def fails(_descriptor):
    raise OSError(28, "No space left on device")


async def test_two_who_save_at_once_do_not_disturb_each_other(path, clock):
    learned = some()
    keeper = a_keeper(path, clock, learned)
    await asyncio.gather(keeper.save(), keeper.save(), keeper.save())
    assert await loaded(path, clock) == what(learned)


async def test_what_is_saved_now_and_then_is_written_to_its_end_before_anything_else_is(
    path, clock, monkeypatch, caplog
):
    monkeypatch.setattr(keeper_module, "SAVE_EVERY_S", 0.0)
    writing, go_on, writes = threading.Event(), threading.Event(), []

    def slow_disk(descriptor):
        writes.append(descriptor)
        writing.set()
        assert go_on.wait(10)

    monkeypatch.setattr(os, "fsync", slow_disk)
    learned = some()
    keeper = a_keeper(path, clock, learned)
    running = asyncio.create_task(keeper.run())
    assert await asyncio.to_thread(writing.wait, 10)
    running.cancel()
    await asyncio.wait((running,))
    tell(learned)
    last = asyncio.create_task(keeper.save())
    # Time enough for another thread to get as far as the first.
    await asyncio.wait((last,), timeout=0.2)
    assert len(writes) == 1
    go_on.set()
    await last
    assert await loaded(path, clock) == what(learned)
    assert caplog.text == ""


async def test_what_left_the_config_is_forgotten_after_a_week(path, clock):
    learned = some()
    keeper = a_keeper(path, clock, learned)
    await keeper.save()
    clock.advance(KEPT_S + 1)
    assert await loaded(path, clock) == {}
    tell(learned, "other")
    await keeper.save()
    assert {*what(learned)} == {*await loaded(path, clock)} == {"other"}
