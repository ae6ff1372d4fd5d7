"""Listens for a stand-in. Unlike the gateway's own server it can refuse, close its port and open it again."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from sixnines.server.protocol import Connection, Service

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, zero seconds
_BACKLOG = 4096  # thousands of callers may come at the same moment; the kernel caps it
_STOP_S = 5.0  # more than cancelled applications ever need


class _Refused(asyncio.Protocol):
    """A connection that is reset as soon as it is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reset it."""
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        cast("asyncio.Transport", transport).abort()


class Listener:
    """One port.

    Args:
        service: what connections share.
        host: address.
        port: 0 lets the kernel choose; it is kept when the port is closed and opened again.
        refuses: asked for every new connection.

    Attributes:
        port: once `open` has been awaited.
    """

    def __init__(self, service: Service, host: str, port: int, refuses: Callable[[], bool]) -> None:
        self.port = port
        self._service = service
        self._host = host
        self._refuses = refuses
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken or may not be used.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connection, self._host, self.port, backlog=_BACKLOG, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening: new connections are refused by the kernel. Open ones live on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def stop(self) -> None:
        """Stop listening and close every connection, whatever it is doing."""
        self.close()
        for connection in tuple(self._connections):
            connection.cancel()
            connection.kill()
        async with asyncio.timeout(_STOP_S):
            await self._empty.wait()

    def joined(self, connection: Connection) -> None:
        """Called by a connection when it begins."""
        self._connections.add(connection)
        self._empty.clear()

    def left(self, connection: Connection) -> None:
        """Called by a connection when it has ended."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def _connection(self) -> asyncio.Protocol:
        return _Refused() if self._refuses() else Connection(self._service, self)
