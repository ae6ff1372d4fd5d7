"""How another invocation talks to the quickstart that runs: one line of JSON each way, over loopback, with a token.

The processes belong to the supervisor, which alone may signal them: a process id read from a file might be somebody
else's by now. Never trusts a peer that does not know the token, which only this user can read.
"""

import asyncio
import contextlib
import enum
import hmac
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from sixnines.quickstart.trouble import QuickstartError

_MAX_LINE = 64 * 1024
# Starting an engine again takes about a second; a slow disk may need many.
_ANSWER_S = 90.0
_STATE_FILE = "state.json"


class EngineState(enum.StrEnum):
    """What an engine is doing."""

    STARTING = "starting"
    READY = "ready"
    STOPPED = "stopped"
    FAILED = "failed"


class Wish(enum.StrEnum):
    """What can be asked of a running quickstart."""

    STATUS = "status"
    STOP = "stop"
    START = "start"


class Ask(msgspec.Struct, frozen=True):
    """One question. `engine` names the engine to stop or to start."""

    token: str
    wish: Wish
    engine: str | None = None


class EngineReport(msgspec.Struct, frozen=True):
    """One engine as it is now. `pid` is None while no process runs."""

    name: str
    url: str
    state: EngineState
    pid: int | None


class Report(msgspec.Struct, frozen=True):
    """The answer: how things are after the wish was granted, and why it was not where it was not."""

    url: str
    engines: tuple[EngineReport, ...]
    problem: str | None = None


class State(msgspec.Struct, frozen=True):
    """What the state file says: where the supervisor listens and what it wants to be told."""

    port: int
    token: str


class ControlServer:
    """Answers questions on a port of its own, and leaves its address in the state file while it does.

    Args:
        folder: where the state file goes.
        answer: grants a wish; told the wish and the engine's name.
    """

    def __init__(self, folder: Path, answer: Callable[[Wish, str | None], Awaitable[Report]]) -> None:
        self._file = folder / _STATE_FILE
        self._answer = answer
        self._token = secrets.token_hex(32)

    async def __aenter__(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_MAX_LINE)
        port = self._server.sockets[0].getsockname()[1]
        _write_private(self._file, msgspec.json.encode(State(port, self._token)))

    async def __aexit__(self, *_: object) -> None:
        self._file.unlink(missing_ok=True)
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError, msgspec.MsgspecError), contextlib.closing(writer):
            ask = msgspec.json.decode(await reader.readline(), type=Ask)
            if hmac.compare_digest(ask.token, self._token):
                writer.write(msgspec.json.encode(await self._answer(ask.wish, ask.engine)) + b"\n")
                await writer.drain()


def ask(folder: Path, wish: Wish, engine: str | None = None) -> Report | None:
    """Ask the quickstart that keeps its files in `folder`.

    Returns:
        Its report, or None when none runs there.

    Raises:
        QuickstartError: it runs but did not answer.
    """
    try:
        state = msgspec.json.decode((folder / _STATE_FILE).read_bytes(), type=State)
        connection = socket.create_connection(("127.0.0.1", state.port), timeout=_ANSWER_S)
    except (OSError, msgspec.MsgspecError):
        return None
    with connection, connection.makefile("rb") as answers:
        connection.sendall(msgspec.json.encode(Ask(state.token, wish, engine)) + b"\n")
        try:
            line = answers.readline()
            # Somebody else listens there now, and closed on a token that means nothing to them.
            return msgspec.json.decode(line, type=Report) if line else None
        except TimeoutError as error:
            raise QuickstartError(f"the quickstart in {folder} did not answer within {_ANSWER_S:.0f} s") from error
        except (OSError, msgspec.MsgspecError):
            return None


def running(state_home: Path) -> list[tuple[Path, Report]]:
    """Every quickstart of this user that runs, with how it is."""
    folders = sorted(file.parent for file in state_home.glob(f"quickstart-*/{_STATE_FILE}"))
    reports = [(folder, ask(folder, Wish.STATUS)) for folder in folders]
    return [(folder, report) for folder, report in reports if report is not None]


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only this user can read, whatever was there before."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
