"""A raw TCP server whose every byte a test decides: what real servers do when they break, in any order.

Knows no HTTP beyond where a request ends. Each connection runs a script, a coroutine function that gets a `Peer`.
"""

import asyncio
import contextlib
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from sixnines.domain.origin import Origin, TlsSettings

# Brackets within brackets that no interpreter reads: Python 3.14 reads as many as the stack has room for.
TOO_DEEP = 4_000_000


@dataclass(slots=True)
class Peer:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    """0 for the first connection that the server got."""

    async def request(self) -> tuple[bytes, bytes]:
        """Read one request. Returns its head, with the empty line, and its body."""
        head = await self.head()
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head, await self.reader.readexactly(length)

    async def head(self) -> bytes:
        """Read a request's head only."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def send(self, *parts: bytes) -> None:
        """Send `parts`, each as soon as the one before has left this process."""
        for part in parts:
            if self.writer.is_closing():  # where uvloop would raise a RuntimeError
                raise ConnectionResetError
            self.writer.write(part)
            await self.writer.drain()

    async def drip(self, data: bytes, pause_s: float = 0.002) -> None:
        """Send one byte at a time."""
        for index in range(len(data)):
            await self.send(data[index : index + 1])
            await asyncio.sleep(pause_s)

    async def answer(self, response: bytes) -> None:
        """Read a request, send `response`."""
        await self.request()
        await self.send(response)

    async def gone(self) -> None:
        """Wait until the client has closed."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65536):
                pass

    def half_close(self) -> None:
        """Send a bare FIN, below TLS if there is any."""
        # A duplicate, because uvloop forbids it on the original.
        with socket.socket(fileno=os.dup(self.writer.get_extra_info("socket").fileno())) as sock:
            sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@dataclass(slots=True)
class HostileServer:
    """A listening server.

    Attributes:
        port: where, on 127.0.0.1.
        connections: how many were made so far.
        faults: exceptions that scripts raised, other than from the client's leaving.
    """

    scripts: tuple[Script, ...]
    port: int = 0
    connections: int = 0
    faults: list[BaseException] = field(default_factory=list)
    ended: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def origin(self, *, host: str = "127.0.0.1", tls: TlsSettings | None = None) -> Origin:
        """This server, as the client knows it."""
        return Origin("http" if tls is None else "https", host, self.port, tls)

    async def all_ended(self, count: int) -> None:
        """Wait until the scripts of `count` connections have come to their end."""
        while self.ended < count:
            self.changed.clear()
            await self.changed.wait()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Run the script whose turn it is; the last one serves all further connections."""
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        peer = Peer(reader, writer, self.connections)
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._run(script, peer))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _run(self, script: Script, peer: Peer) -> None:
        try:
            await script(peer)
            peer.writer.close()
            await peer.writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client left, as it may
        except Exception as fault:  # noqa: BLE001 - reported by `serving`
            self.faults.append(fault)
        finally:
            peer.writer.transport.abort()
            self.ended += 1
            self.changed.set()


@contextlib.asynccontextmanager
async def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[HostileServer]:
    """Serve on 127.0.0.1 until the block ends; the n-th connection runs the n-th script."""
    hostile = HostileServer(scripts)
    server = await asyncio.start_server(hostile.accept, "127.0.0.1", 0, ssl=tls, limit=1 << 20, backlog=512)
    hostile.port = server.sockets[0].getsockname()[1]
    try:
        yield hostile
    finally:
        server.close()
        for task in list(hostile.running):
            task.cancel()
        await asyncio.gather(*hostile.running, return_exceptions=True)
        await server.wait_closed()
    assert hostile.faults == []
