"""How one invocation talks to another of the same user: one line of JSON each way, over loopback, with a token.

Never trusts a peer that does not know the token, which only this user can read: it is in a file of mode 0600, with the
port, while somebody answers there.
"""

import contextlib
import hmac
import os
import secrets
import socket
from asyncio import StreamReader, StreamWriter, start_server
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

# A plan of a service is a few kilobytes.
_MAX_LINE = 1024 * 1024


class NoAnswer(Exception):  # noqa: N818 - what it is
    """Somebody listens and does not answer in time."""


class State(msgspec.Struct, frozen=True):
    """What the state file says: where somebody listens and what he wants to be told."""

    port: int
    token: str


class _Tokened(msgspec.Struct):
    token: str


class LineServer:
    """Answers lines on a port of its own, and leaves its address in the state file while it does.

    Args:
        state_file: where the address goes.
        answer: from a line to its answer; told lines only whose `token` is right. What it cannot read it may raise
            `msgspec.MsgspecError` for: the line is not answered then.
    """

    def __init__(self, state_file: Path, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._file = state_file
        self._answer = answer
        self._token = secrets.token_hex(32)

    async def __aenter__(self) -> None:
        self._server = await start_server(self._serve, "127.0.0.1", 0, limit=_MAX_LINE)
        port = self._server.sockets[0].getsockname()[1]
        write_private(self._file, msgspec.json.encode(State(port, self._token)))

    async def __aexit__(self, *_: object) -> None:
        self._file.unlink(missing_ok=True)
        self._server.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError, msgspec.MsgspecError), contextlib.closing(writer):
            line = await reader.readline()
            token = msgspec.json.decode(line, type=_Tokened).token
            if hmac.compare_digest(token.encode(), self._token.encode()):
                writer.write(await self._answer(line) + b"\n")
                await writer.drain()


def ask_line(state_file: Path, line: Callable[[str], bytes], *, answer_s: float) -> bytes | None:
    """Ask whoever has left his address in `state_file`.

    Args:
        state_file: where the address is.
        line: from the token to what is asked.
        answer_s: seconds to wait.

    Returns:
        The answer, or None where nobody is there, or somebody else who does not know the token.

    Raises:
        NoAnswer: he did not answer in time.
    """
    try:
        state = msgspec.json.decode(state_file.read_bytes(), type=State)
        connection = socket.create_connection(("127.0.0.1", state.port), timeout=answer_s)
    except (OSError, msgspec.MsgspecError):
        return None
    with connection, connection.makefile("rb") as answers:
        try:
            connection.sendall(line(state.token) + b"\n")
            return answers.readline() or None
        except TimeoutError:
            raise NoAnswer from None
        except OSError:
            return None


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only this user can read, whatever was there before."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
