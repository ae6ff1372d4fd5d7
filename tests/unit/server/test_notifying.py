"""The gateway tells its service manager how it is, over a real datagram socket."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sixnines.server.notifying import NOBODY, Notifier


class Manager:
    """A service manager that listens."""

    def __init__(self, address: str) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(address)
        self.sock.settimeout(5)

    def heard(self) -> list[str]:
        """The lines of the next message."""
        return self.sock.recv(4096).decode().split("\n")


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Manager, str]]:
    if request.param == "path":
        address = named = str(tmp_path / "notify")
    else:
        named = f"@sixnines-test-{os.getpid()}-{time.monotonic_ns()}"
        address = "\0" + named[1:]
    found = Manager(address)
    with found.sock:
        yield found, named


def test_a_ready_gateway_names_its_process(manager: tuple[Manager, str]) -> None:
    found, named = manager
    Notifier({"NOTIFY_SOCKET": named}, time.monotonic).ready("serving lab.yaml")
    assert found.heard() == ["READY=1", f"MAINPID={os.getpid()}", "STATUS=serving lab.yaml"]


def test_a_reload_says_when_it_began_and_a_stop_that_it_stops(manager: tuple[Manager, str]) -> None:
    found, named = manager
    notifier = Notifier({"NOTIFY_SOCKET": named}, lambda: 12.5)
    notifier.reloading()
    notifier.stopping()
    assert found.heard() == ["RELOADING=1", "MONOTONIC_USEC=12500000", "STATUS=reading the config"]
    assert found.heard()[0] == "STOPPING=1"


async def test_a_loop_that_turns_gives_signs_of_life_and_one_that_hangs_gives_none(
    manager: tuple[Manager, str],
) -> None:
    found, named = manager
    notifier = Notifier({"NOTIFY_SOCKET": named, "WATCHDOG_USEC": "40000"}, time.monotonic)
    assert notifier.beat_s == 0.02
    beating = asyncio.create_task(notifier.keep_beating())
    for _ in range(3):
        assert await asyncio.to_thread(found.heard) == ["WATCHDOG=1"]
    found.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:  # what was sent already
            found.sock.recv(4096)
    time.sleep(0.15)  # the loop hangs for longer than it may
    with pytest.raises(BlockingIOError):
        found.sock.recv(4096)
    beating.cancel()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "1000000"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "0"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "vsock:2:1234", "WATCHDOG_USEC": "1000000"},
    ],
)
async def test_nobody_who_waits_for_signs_of_life_gets_none(environment: dict[str, str]) -> None:
    notifier = Notifier(environment, time.monotonic)
    assert notifier.beat_s is None
    await asyncio.wait_for(notifier.keep_beating(), 1)


def test_the_process_that_is_meant_beats() -> None:
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    assert Notifier(environment, time.monotonic).beat_s == 15.0


def test_a_manager_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}, time.monotonic).ready("x")
    NOBODY.ready("x")


def test_a_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with Manager(address).sock:
        notifier = Notifier({"NOTIFY_SOCKET": address}, time.monotonic)
        began = time.monotonic()
        for _ in range(5000):  # more than any queue of datagrams takes
            notifier.alive()
        assert time.monotonic() - began < 5
