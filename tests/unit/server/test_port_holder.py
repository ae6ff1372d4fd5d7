import os
import socket
from pathlib import Path

import pytest

from sixnines.server.port_holder import PortHolder, find_port_holder

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def row(local: str, inode: int, state: str = "0A") -> str:
    return f"   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 x\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    rows = row("0100007F:0FA0", 11) + row("00000000:2CAA", 12) + row("0100007F:1F90", 13, state="01")
    (tmp_path / "net" / "tcp").write_text(HEADER + rows)
    loopback, wildcard = "00000000000000000000000001000000", "0" * 32
    (tmp_path / "net" / "tcp6").write_text(HEADER + row(f"{loopback}:0FA1", 21) + row(f"{wildcard}:0FA2", 22))
    for pid, name, inodes in ((7, "ollama", (11, 12)), (8, "python3", (21, 22, 13))):
        files = tmp_path / str(pid) / "fd"
        files.mkdir(parents=True)
        (tmp_path / str(pid) / "comm").write_text(name + "\n")
        (files / "0").symlink_to("/dev/null")
        for number, inode in enumerate(inodes, 1):
            (files / str(number)).symlink_to(f"socket:[{inode}]")
    (tmp_path / "9").mkdir()  # a process that has just ended
    return tmp_path


@pytest.mark.parametrize(
    ("host", "port", "pid"),
    [
        ("127.0.0.1", 4000, 7),
        ("0.0.0.0", 4000, 7),
        ("127.0.0.2", 4000, None),
        ("127.0.0.2", 11434, 7),
        ("localhost", 4000, 7),
        ("::1", 4001, 8),
        ("::", 4001, 8),
        ("127.0.0.1", 4002, 8),
        ("127.0.0.1", 8080, None),
        ("127.0.0.1", 4003, None),
    ],
)
def test_the_process_that_is_in_the_way_is_found(proc: Path, host: str, port: int, pid: int | None) -> None:
    names = {7: "ollama", 8: "python3"}
    expected = None if pid is None else PortHolder(pid, names[pid])
    assert find_port_holder(host, port, proc=proc) == expected


def test_a_system_without_proc_tells_nothing(tmp_path: Path) -> None:
    assert find_port_holder("127.0.0.1", 4000, proc=tmp_path) is None


def test_a_real_listener_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        holder = find_port_holder("127.0.0.1", listener.getsockname()[1])
    assert holder is not None
    assert holder.pid == os.getpid()
    assert holder.command == Path("/proc/self/comm").read_text().strip()
