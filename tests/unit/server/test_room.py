"""How much room is left where state is kept."""

import shutil
import threading

from sixnines.server.room import Room, RoomGauge


async def test_room_is_that_of_the_file_system_also_before_the_folder_is_made(tmp_path):
    found = await RoomGauge(tmp_path / "not" / "yet").look()
    assert found is not None
    assert found.size == shutil.disk_usage(tmp_path).total
    assert 0 <= found.free <= found.size


async def test_where_nothing_is_kept_there_is_no_room_to_tell_of():
    assert await RoomGauge(None).look() is None


def refuse(folder):
    raise PermissionError(13, "Permission denied", str(folder))


async def test_a_disk_that_cannot_be_looked_at_is_one_of_which_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", refuse)
    assert await RoomGauge(tmp_path).look() is None


async def test_a_disk_that_hangs_holds_up_nobody_and_takes_one_thread_only(tmp_path):
    asked, hanging = [], threading.Event()

    def look(folder):
        asked.append(folder)
        hanging.wait(10)
        return Room(1, 2)

    gauge = RoomGauge(tmp_path, look)
    assert [await gauge.look(), await gauge.look()] == [None, None]
    assert asked == [tmp_path]
    hanging.set()
    assert await gauge.look() == Room(1, 2)
