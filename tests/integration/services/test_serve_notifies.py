"""`sixnines serve` as a service of Type=notify: what its manager hears from start to end."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.gateway_process import GatewayProcess

CONFIG = "server: {listen: '127.0.0.1:0', drain: 1s}"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(10)
        yield sock


def heard(manager: socket.socket, first: str) -> dict[str, str]:
    """The next message that begins so; signs of life come in between."""
    while True:
        lines = manager.recv(4096).decode().split("\n")
        if lines[0] == first:
            return dict(line.split("=", 1) for line in lines)


def beats_until_silence(manager: socket.socket) -> int:
    """Signs of life that still come."""
    for count in range(20):
        try:
            manager.recv(4096)
        except TimeoutError:
            return count
    return 20


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one process", "workers"])
def test_the_manager_is_told_of_every_turn(tmp_path: Path, manager: socket.socket, words: tuple[str, ...]) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
    with GatewayProcess(tmp_path, CONFIG, environment, words) as gateway:
        pid = str(gateway.process.pid)
        assert heard(manager, "READY=1") == {
            "READY": "1",
            "MAINPID": pid,
            "STATUS": f"serving {gateway.file}",
        }
        with gateway.client() as client:
            assert client.get("/health/ready").status_code == 200
        heard(manager, "WATCHDOG=1")
        heard(manager, "WATCHDOG=1")
        gateway.signal(signal.SIGHUP)
        assert int(heard(manager, "RELOADING=1")["MONOTONIC_USEC"]) > 0
        heard(manager, "READY=1")
        gateway.file.write_text("no: config")
        gateway.signal(signal.SIGHUP)
        heard(manager, "RELOADING=1")
        heard(manager, "READY=1")  # what runs goes on
        gateway.signal(signal.SIGTERM)
        heard(manager, "STOPPING=1")
        assert gateway.ended() == 0


def test_a_process_that_hangs_gives_no_more_signs_of_life(tmp_path: Path, manager: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "100000"}
    with GatewayProcess(tmp_path, CONFIG, environment) as gateway:
        heard(manager, "READY=1")
        gateway.signal(signal.SIGSTOP)
        manager.settimeout(0.5)
        assert beats_until_silence(manager) < 20  # those that were under way
        gateway.signal(signal.SIGCONT)
        manager.settimeout(10)
        heard(manager, "WATCHDOG=1")
