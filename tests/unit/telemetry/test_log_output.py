"""The log of a process: whole lines, written by a thread, and nobody waits for whoever reads them."""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time

import pytest

from sixnines.domain.log_settings import LogFormat, LogLevel, LogSettings
from sixnines.telemetry.log_output import LogOutput
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.redaction import Redactor

JSON = LogSettings(LogFormat.JSON, LogLevel.INFO, requests=True)


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        os.close(fd)


@pytest.fixture
def root():
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


@pytest.fixture
def logger(root):
    logger = logging.getLogger("test-log-output")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield logger
    logger.handlers.clear()


def attached(logger, fd, **more):
    output = LogOutput(fd, **more)
    logger.addHandler(output)
    return output


def read_lines(reader, count):
    data = b""
    while data.count(b"\n") < count:
        data += os.read(reader, 65536)
    return data.decode().splitlines()


def test_a_message_becomes_a_line_of_text(logger, pipe):
    attached(logger, pipe[1], who="worker 2: ")
    logger.warning("provider %s is down", "a")
    (line,) = read_lines(pipe[0], 1)
    assert line.endswith(" WARNING worker 2: provider a is down")


def test_a_message_becomes_an_object_with_its_traceback_in_one_line(logger, pipe):
    output = attached(logger, pipe[1], who="worker 2: ")
    output.dress(JSON, Redactor(["planted-secret"]))
    try:
        raise ValueError("two\nlines with planted-secret")  # noqa: TRY301
    except ValueError:
        logger.exception("it failed:\n%s", "planted-secret")
    (line,) = read_lines(pipe[0], 1)
    told = json.loads(line)
    assert (told["level"], told["message"], told["process"]) == ("error", "it failed:\n[secret]", "worker 2")
    assert told["exception"].endswith("ValueError: two\nlines with [secret]")


def test_a_message_that_cannot_be_made_fails_nobody(pipe):
    LogOutput(pipe[1]).emit(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    assert read_lines(pipe[0], 1) == ["a message could not be written: %d"]


def test_parcels_and_messages_keep_their_order(logger, pipe):
    output = attached(logger, pipe[1])
    output.dress(JSON, Redactor())
    output.offer(Parcel(b"one\n", 1))
    output.offer(Parcel(b"a\nb\n", 2))
    logger.info("two")
    first, a, b, second = read_lines(pipe[0], 4)
    assert (first, a, b, json.loads(second)["message"]) == ("one", "a", "b", "two")


def test_lines_in_parcels_count_one_by_one(root, pipe):
    reader, writer = pipe
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    output = LogOutput(writer, capacity=10)
    output.dress(JSON, Redactor())
    output.offer(Parcel(b"stuck\n", 1))
    give_up = time.monotonic() + 10
    while output._queue:  # until the thread waits for a reader, with it
        assert time.monotonic() < give_up
    for _ in range(4):
        output.offer(Parcel(b"a\nb\nc\n", 3))
    output.offer(Parcel(b"d\n", 1))
    output.offer(Parcel(b"e\n", 1))
    assert output.dropped == {"queue": 4, "write": 0}
    seen = b""
    while b"d\n" not in seen:
        seen += os.read(reader, 1 << 20)
    assert seen.lstrip(b"x").startswith(b"stuck\n")
    assert b"4 lines of the log were dropped" in seen
    assert seen.endswith(b"a\nb\nc\n" * 3 + b"d\n")
    output.offer(Parcel(b"a\n" * 10, 10))  # there is room again
    while seen.count(b"a\n") < 13:
        seen += os.read(reader, 1 << 20)
    output.close()
    assert output.dropped["queue"] == 4


def test_when_nobody_reads_lines_are_dropped_counted_and_told_of(logger, pipe):
    reader, writer = pipe
    output = attached(logger, writer, capacity=10)
    for number in range(3000):
        logger.info("%d %s", number, "x" * 1000)
    dropped = output.dropped["queue"]
    assert dropped > 2000
    lines = []
    with open(reader, closefd=False) as stream:
        while len([line for line in lines if "x" * 1000 in line]) < 3000 - dropped:
            lines.append(stream.readline())
        logger.info("read again")
        while "read again" not in lines[-1]:
            lines.append(stream.readline())
    told = [int(line.split("WARNING ")[1].split()[0]) for line in lines if "of the log were dropped" in line]
    assert sum(told) == dropped


def test_whoever_reads_no_more_costs_a_counter(logger):
    reader, writer = os.pipe()
    os.close(reader)
    output = attached(logger, writer)
    logger.info("one")
    output.flush()
    assert output.dropped == {"queue": 0, "write": 1}
    output.close()
    os.close(writer)


def test_closing_writes_what_waits_and_waits_for_nobody(logger, pipe):
    reader, writer = pipe
    output = attached(logger, writer)
    output.dress(JSON, Redactor())
    output.offer(Parcel(b"last\n", 1))
    output.close()
    assert read_lines(reader, 1) == ["last"]
    full = attached(logger, writer)
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    full.offer(Parcel(b"never read\n", 1))
    closer = threading.Thread(target=full.close)
    closer.start()
    closer.join(5)
    assert not closer.is_alive()
    while os.read(reader, 1 << 20)[-11:] != b"never read\n":  # so that its thread ends
        pass


@pytest.mark.parametrize(("level", "number"), [("info", 20), ("warning", 30), ("error", 40)])
def test_a_level_is_that_of_the_root(root, pipe, level, number):
    LogOutput(pipe[1]).dress(LogSettings(level=LogLevel(level)), Redactor())
    assert logging.getLogger().level == number


WRITER = """
import os, sys
from sixnines.telemetry.log_output import LogOutput
from sixnines.telemetry.parcel import Parcel
fd, lock, who = map(int, sys.argv[1:])
output = LogOutput(fd, lock=lock)
for _ in range(40):
    output.offer(Parcel(str(who).encode() * 100_000 + b"\\n", 1))
output.flush()
while output._queue or not output._idle.is_set():
    output.flush()
output.close()
"""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="several workers need Linux")
def test_lines_of_several_processes_stay_whole(pipe):
    reader, writer = pipe
    lock = os.memfd_create("lock")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(writer), str(lock), str(who)], pass_fds=(writer, lock))
        for who in (1, 2, 3)
    ]
    try:
        with open(reader, closefd=False) as stream:
            lines = [stream.readline() for _ in range(120)]
        assert [writer.wait(30) for writer in writers] == [0, 0, 0]
    finally:
        for each in writers:
            each.kill()
            each.wait()
        os.close(lock)
    assert sorted({(line[0], len(line), len(set(line))) for line in lines}) == [
        ("1", 100_001, 2), ("2", 100_001, 2), ("3", 100_001, 2),
    ]  # fmt: skip
