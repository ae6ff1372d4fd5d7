"""Another invocation can talk to the running quickstart, and nobody else can."""

import asyncio
import socket
import stat
from pathlib import Path

import msgspec
import pytest

from sixnines.quickstart.control import Ask, ControlServer, EngineReport, EngineState, Report, State, Wish, ask, running

REPORT = Report("http://127.0.0.1:4000", (EngineReport("a", "http://127.0.0.1:5001", EngineState.READY, 42),))


class Owner:
    """Answers with a fixed report, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Wish, str | None]] = []

    async def answer(self, wish: Wish, engine: str | None) -> Report:
        self.asked.append((wish, engine))
        return REPORT


def send(port: int, line: bytes) -> bytes:
    """What the control port answers to one line."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection, connection.makefile("rb") as answers:
        connection.sendall(line)
        return answers.readline()


def state_of(folder: Path) -> State:
    return msgspec.json.decode((folder / "state.json").read_bytes(), type=State)


async def test_a_wish_reaches_the_owner_and_the_report_comes_back(tmp_path: Path) -> None:
    owner = Owner()
    async with ControlServer(tmp_path, owner.answer):
        assert await asyncio.to_thread(ask, tmp_path, Wish.STOP, "a") == REPORT
    assert owner.asked == [(Wish.STOP, "a")]


async def test_the_token_is_in_a_file_that_only_this_user_can_read(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("left over, readable by everybody")
    file.chmod(0o644)
    async with ControlServer(tmp_path, Owner().answer):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


@pytest.mark.parametrize(
    "line",
    [
        msgspec.json.encode(Ask("0" * 64, Wish.STOP, "a")) + b"\n",
        b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b'{"token": 1}\n',
        b"x" * 200_000 + b"\n",
    ],
    ids=["wrong token", "empty", "http", "wrong type", "endless"],
)
async def test_who_does_not_know_the_token_is_not_answered(tmp_path: Path, line: bytes) -> None:
    owner = Owner()
    async with ControlServer(tmp_path, owner.answer):
        try:
            answer = await asyncio.to_thread(send, state_of(tmp_path).port, line)
        except ConnectionError:
            answer = b""
        assert answer == b""
        # The server is still there for who does.
        assert await asyncio.to_thread(ask, tmp_path, Wish.STATUS) == REPORT
    assert owner.asked == [(Wish.STATUS, None)]


def test_nothing_runs_where_there_is_no_state_file(tmp_path: Path) -> None:
    assert ask(tmp_path, Wish.STATUS) is None
    assert running(tmp_path) == []


def test_a_state_file_left_by_a_killed_quickstart_means_that_nothing_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (tmp_path / "state.json").write_bytes(msgspec.json.encode(State(port, "t")))
    assert ask(tmp_path, Wish.STATUS) is None


def test_a_damaged_state_file_means_that_nothing_runs(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    assert ask(tmp_path, Wish.STATUS) is None


async def test_a_port_that_somebody_else_has_by_now_means_that_nothing_runs(tmp_path: Path) -> None:
    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(stranger, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        (tmp_path / "state.json").write_bytes(msgspec.json.encode(State(port, "t")))
        assert await asyncio.to_thread(ask, tmp_path, Wish.STOP, "a") is None


async def test_every_running_quickstart_is_found(tmp_path: Path) -> None:
    first, second = tmp_path / "quickstart-4000", tmp_path / "quickstart-4100"
    first.mkdir()
    second.mkdir()
    async with ControlServer(first, Owner().answer), ControlServer(second, Owner().answer):
        assert await asyncio.to_thread(running, tmp_path) == [(first, REPORT), (second, REPORT)]
