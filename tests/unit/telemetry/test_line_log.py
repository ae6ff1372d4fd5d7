"""Records become lines in a thread of their own, and whoever offers them never waits."""

import json
import logging
import os
import threading

import msgspec
import pytest

from sixnines.domain.log_file import LogFile
from sixnines.telemetry.line_log import LineLog

NONE_DROPPED = {"queue": 0, "disk": 0}


class Record(msgspec.Struct):
    number: int


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log"


def settings(path, max_size=1_000_000):
    return LogFile(str(path), max_size, 2)


def lines(path):
    return [json.loads(line)["number"] for line in path.read_text().splitlines()]


def test_what_is_offered_is_in_the_file_once_it_is_closed(path):
    log = LineLog()
    log.configure(settings(path))
    for number in range(200):
        log.offer(Record(number))
    log.close()
    assert lines(path) == [*range(200)]
    assert log.dropped == NONE_DROPPED


def test_when_the_queue_is_full_records_are_dropped_and_counted(path, hanging):
    log = LineLog(capacity=10)
    log.configure(settings(path))
    log.offer(Record(0))
    until(hanging.entered.is_set)
    for number in range(1, 26):
        log.offer(Record(number))
    hanging.go_on()
    log.close()
    assert lines(path) == [*range(11)]
    assert log.dropped == {"queue": 15, "disk": 0}


def test_when_the_disk_fails_records_are_dropped_and_counted_and_it_is_said_once(tmp_path, caplog):
    log = LineLog()
    with caplog.at_level(logging.WARNING, "sixnines"):
        log.configure(settings(tmp_path / "gone" / "log"))
        for number in range(200):
            log.offer(Record(number))
        log.close()
    assert log.dropped == {"queue": 0, "disk": 200}
    assert [each.message for each in caplog.records] == [
        f"decisions are not recorded: [Errno 2] No such file or directory: '{tmp_path}/gone/log'"
    ]


def test_a_record_that_cannot_be_written_takes_no_later_one_with_it(path):
    log = LineLog()
    log.configure(settings(path))
    for number in range(64):
        log.offer(object() if number == 9 else Record(number))
    log.offer(Record(64))
    log.close()
    assert lines(path) == [64]
    assert log.dropped == {"queue": 0, "disk": 64}


def test_what_is_offered_after_a_change_goes_to_the_other_file(tmp_path):
    log = LineLog()
    for name, number in (("one", 1), ("two", 2), ("two", 3), ("one", 4)):
        log.configure(settings(tmp_path / name))
        log.offer(Record(number))
    log.close()
    assert (lines(tmp_path / "one"), lines(tmp_path / "two")) == ([1, 4], [2, 3])
    assert log.dropped == NONE_DROPPED


def test_who_is_told_to_write_nowhere_drops_what_comes_late(path):
    log = LineLog()
    log.configure(settings(path))
    log.offer(Record(1))
    log.configure(None)
    log.offer(Record(2))
    log.close()
    assert lines(path) == [1]
    assert log.dropped == {"queue": 0, "disk": 1}


def test_without_a_file_there_is_no_thread(path):
    log = LineLog()
    log.configure(None)
    assert not log.running
    log.close()


def test_closing_gives_up_on_a_disk_that_hangs(path, hanging):
    log = LineLog()
    log.configure(settings(path))
    log.offer(Record(1))
    log.close(within_s=0.3)
    assert log._thread.is_alive()
    hanging.go_on()
    log._thread.join(10)
    assert lines(path) == [1]


class Hanging:
    """A disk that hangs until it is told to go on."""

    def __init__(self):
        self.entered = threading.Event()
        self._leave = threading.Event()

    def write(self, fd, data, real=os.write):
        self.entered.set()
        self._leave.wait(20)
        return real(fd, data)

    def go_on(self):
        self._leave.set()


@pytest.fixture
def hanging(monkeypatch):
    disk = Hanging()
    monkeypatch.setattr("sixnines.telemetry.rotating_file.os.write", disk.write)
    yield disk
    disk.go_on()


def until(condition):
    """Wait for what the thread is about to do."""
    tick = threading.Event()
    for _ in range(1000):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it never happened")
