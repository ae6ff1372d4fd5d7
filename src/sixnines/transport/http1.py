"""The upstream HTTP/1.1 client: pooled connections, one request at a time on each.

Never retries a request of which a single response byte has come, never follows a redirect, never decodes content,
never pipelines. GET and POST only: the answer to a HEAD request cannot be told from one that was cut.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from sixnines.domain.origin import Origin
from sixnines.transport.connection import Connection, StaleConnectionError
from sixnines.transport.dial import Dialer
from sixnines.transport.exchange import Http1Exchange
from sixnines.transport.interface import Patience, Phase, Transport, TransportError
from sixnines.transport.outbox import PooledOutbox
from sixnines.transport.pool import IdlePool

IDLE_S: Final = 4.0
"""llama.cpp, llama-cpp-python and vLLM close an idle connection after 5 s; a request must not meet that."""

IDLE_PER_ORIGIN: Final = 256
"""Idle connections kept for one origin: more than an engine has slots, and far from the file limit of a process."""

_SHUT_DOWN: Final = "the gateway is shutting down"


class Http1Transport(Transport):
    """Implements `transport.interface.Transport`. Belongs to one event loop.

    Args:
        idle_s: seconds after which an idle connection is closed, unless its server asked for less.
        idle_per_origin: idle connections to keep for one origin.

    Attributes:
        outbox: sends what its connections write.
        opened: connections made so far.
        reused: requests sent over a pooled connection so far.
        stale_replaced: of these, the ones that had to be sent again over a fresh one.
    """

    __slots__ = ("_closed", "_dialer", "_emptied", "_idle", "_open", "opened", "outbox", "reused", "stale_replaced")

    def __init__(self, *, idle_s: float = IDLE_S, idle_per_origin: int = IDLE_PER_ORIGIN) -> None:
        self.outbox = PooledOutbox(asyncio.get_running_loop())
        self.opened = 0
        self.reused = 0
        self.stale_replaced = 0
        self._dialer = Dialer(idle_s=idle_s)
        self._idle: IdlePool[Connection] = IdlePool(idle_per_origin)
        self._open: set[Connection] = set()
        self._closed = False
        self._emptied = asyncio.Event()

    @property
    def certificates(self) -> Mapping[Origin, int]:
        """When the certificate expires that an origin has last shown, in Unix seconds."""
        return self._dialer.certificates

    @property
    def open_count(self) -> int:
        """Connections that are open now, idle ones included."""
        return len(self._open)

    @property
    def idle_count(self) -> int:
        """Connections that are open and wait for a request."""
        return self._idle.size

    async def send(self, origin: Origin, head: bytes, body: bytes, patience: Patience) -> Http1Exchange:
        """See `Transport.send`."""
        connection = self._idle.take(origin)
        if connection is not None:
            self.reused += 1
            try:
                return await connection.exchange(head, body, patience.head_at)
            except StaleConnectionError:
                self.stale_replaced += 1
        connection = await self._fresh(origin, patience)
        return await connection.exchange(head, body, patience.head_at)

    async def aclose(self) -> None:
        """Close every connection; exchanges under way fail. Returns when all sockets are closed."""
        self._closed = True
        for connection in list(self._open):
            connection.shut_down(_SHUT_DOWN)
        while self._open:
            self._emptied.clear()
            await self._emptied.wait()

    async def _fresh(self, origin: Origin, patience: Patience) -> Connection:
        self._refuse_if_closed()
        connection = await self._dialer.dial(origin, patience, owner=self)
        self._open.add(connection)
        self.opened += 1
        try:
            self._refuse_if_closed()
        except TransportError:
            connection.close()
            raise
        return connection

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise TransportError(Phase.CONNECT, _SHUT_DOWN)

    # What connections tell (`connection.Owner`).

    def released(self, connection: Connection) -> None:
        """The connection can carry another request."""
        surplus = self._idle.put(connection.origin, connection)
        if surplus is not None:
            surplus.close()

    def closing(self, connection: Connection) -> None:
        """The connection can carry no other request."""
        self._idle.discard(connection.origin, connection)

    def lost(self, connection: Connection) -> None:
        """The socket of the connection is closed."""
        self._open.discard(connection)
        if not self._open:
            self._emptied.set()
