"""Listening, draining and stopping. Never handles signals: the caller decides when.

start: listen. drain: stop accepting, close idle connections, let answers end, and after a time end them.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Sequence

from sixnines.server.port_holder import find_port_holder
from sixnines.server.protocol import Connection, Service

BACKLOG = 2048
"""Connections that the kernel accepts for us while we are busy; the kernel caps it at net.core.somaxconn."""

LAST_WORDS_S = 1.0
"""Seconds that streams have to end with an error event once the deadline of a drain has passed."""

CANCEL_S = 1.0
"""Seconds that cancelled applications have to clean up before their connections are closed under them."""


class ListenError(OSError):
    """The server cannot listen where it should; the message says why and what to do."""


class Server:
    """Serves one address.

    Attributes:
        connections: how many are open, idle ones included.
    """

    __slots__ = (
        "_connections", "_draining", "_empty", "_host", "_listeners", "_on_deadline", "_port", "_service", "_sockets",
    )  # fmt: skip

    def __init__(
        self, service: Service, *, host: str, port: int, sockets: Sequence[socket.socket] = (),
        on_deadline: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Prepare to serve `service` on `host`:`port`.

        Args:
            service: what connections share.
            host: name or address.
            port: 0 lets the kernel choose.
            sockets: what is listened on instead, if somebody else has bound it; closed with the server.
            on_deadline: called when the time of a drain is up and answers are still being sent, so that the
                application can end them with an error event within `LAST_WORDS_S`.
        """
        self._service = service
        self._host = host
        self._port = port
        self._on_deadline = on_deadline
        self._connections: set[Connection] = set()
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._listeners: list[asyncio.Server] = []
        self._sockets = sockets

    @property
    def connections(self) -> int:
        """Open connections, and closed ones whose application has not ended."""
        return len(self._connections)

    async def start(self) -> list[tuple[str, int]]:
        """Listen; the addresses and ports that are bound.

        Raises:
            ListenError: the address is taken, is not ours, or may not be used.
        """
        if self._sockets:
            return [address for each in self._sockets for address in _bound(await self.accept_from(each))]
        loop = asyncio.get_running_loop()
        try:
            listener = await loop.create_server(
                self._connection, self._host, self._port, backlog=BACKLOG, reuse_address=True
            )
        except OSError as error:
            raise ListenError(error.errno, explain(error, self._host, self._port)) from error
        self._listeners.append(listener)
        return _bound(listener)

    async def accept_from(self, sock: socket.socket) -> asyncio.Server:
        """Serve what connects to a socket that is bound already, until `stop_accepting` or the end of the server.

        Args:
            sock: a Unix socket is taken for one that its owner alone can open: see `interface.OWNER`.
        """
        loop = asyncio.get_running_loop()
        if sock.family == socket.AF_UNIX:
            listener = await loop.create_unix_server(self._owners_connection, sock=sock, backlog=BACKLOG)
        else:
            listener = await loop.create_server(self._connection, sock=sock, backlog=BACKLOG)
        self._listeners.append(listener)
        return listener

    def stop_accepting(self, listener: asyncio.Server) -> None:
        """Leave to others what connects there from now on."""
        self._listeners.remove(listener)
        listener.close()

    async def drain(self, timeout_s: float) -> None:
        """Stop accepting and return when every connection is closed.

        Idle connections close at once; requests that are being read or answered have `timeout_s` seconds. Then
        `on_deadline` is called, then applications are cancelled, then connections are closed. May be called again
        while it runs, to cut the time short.
        """
        self._draining = True
        for listener in self._listeners:
            listener.close()
        for connection in tuple(self._connections):
            connection.wind_down()
        if not await self._emptied_within(timeout_s):
            self._on_deadline()
            await self._emptied_within(LAST_WORDS_S)
        for connection in tuple(self._connections):
            connection.cancel()
        await self._emptied_within(CANCEL_S)
        for connection in tuple(self._connections):
            connection.kill()
        await self._emptied_within(CANCEL_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CANCEL_S):
                for listener in self._listeners:
                    await listener.wait_closed()

    def _owners_connection(self) -> Connection:
        return Connection(self._service, self, of_owner=True)

    def _connection(self) -> Connection:
        return Connection(self._service, self)

    async def _emptied_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def joined(self, connection: Connection) -> None:
        """Called by a connection when it begins."""
        self._connections.add(connection)
        self._empty.clear()
        if self._draining:
            connection.wind_down()  # it was accepted in the moment in which the listener closed

    def left(self, connection: Connection) -> None:
        """Called by a connection when it has ended."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()


def url_of(host: str, port: int) -> str:
    """An address as callers write it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bound(listener: asyncio.Server) -> list[tuple[str, int]]:
    return [sock.getsockname()[:2] for sock in listener.sockets]


def explain(error: OSError, host: str, port: int) -> str:
    """What a person is told who wants to listen on `host`:`port` and cannot."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if error.errno != errno.EADDRINUSE:
        return f"cannot listen on {where}: {error.strerror or error}"
    holder = find_port_holder(host, port)
    by = "another process" if holder is None else f"{holder.command} (process {holder.pid})"
    return f"cannot listen on {where}: it is taken by {by}; stop that, or choose another port"
