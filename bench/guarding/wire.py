"""Both ends of the gateway for `make bench-guard`: callers and engines on bare sockets, in the gateway's event loop.

Everything happens in one thread and strictly in turn, so that the same happens in every run: callers ask all at once,
and again only when each has its answer. Does as little as it can, because it is counted too; what it costs is counted
once more without the gateway, and taken off. Every answer is checked by its size.
"""

import asyncio
import socket
from collections.abc import Iterator

from guarding.cases import Engine

_READ = 128 * 1024
_BUFFER = 4 * 1024 * 1024
"""Of each socket, so that whatever is sent goes out in one piece."""


class WireError(Exception):
    """What came is not what should have come."""


class EngineServer:
    """Listens where a provider should be and plays its answers.

    Attributes:
        port: where it listens.
        request: the last request that came.
    """

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self.request = b""
        self._pieces = engine.pieces
        self._loop = loop
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._held: dict[socket.socket, bytes] = {}
        self._size = 0
        self._latest = self._listener
        self._rest: Iterator[bytes] = iter(())
        loop.add_reader(self._listener, self._accept)

    def expect_any(self) -> None:
        """The next request may be of another size than those before."""
        self._size = 0

    def go_on(self) -> None:
        """Send the next piece of the answer that was begun last, if there is one."""
        piece = next(self._rest, None)
        if piece is not None:
            self._latest.sendall(piece)

    def close(self) -> None:
        """Stop, with all connections."""
        for sock in (self._listener, *self._held):
            self._loop.remove_reader(sock)
            sock.close()

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        _prepare(sock)
        self._held[sock] = b""
        self._loop.add_reader(sock, self._more, sock)

    def _more(self, sock: socket.socket) -> None:
        data = sock.recv(_READ)
        if not data:
            self._loop.remove_reader(sock)
            return
        request = self._held[sock] + data
        if len(request) < (self._size or message_size(request)):
            self._held[sock] = request
            return
        self._held[sock] = b""
        self._size, self.request = len(request), request
        self._latest, self._rest = sock, iter(self._pieces)
        self.go_on()


class Callers:
    """Some callers, each with a connection, who ask at the same moment.

    Args:
        port: whom they ask.
        count: how many they are.
        engine: of a stream; it sends a piece when the caller has got something of the one before. One caller only.
    """

    def __init__(self, port: int, count: int, engine: EngineServer | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._engine = engine
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self._held = [0] * count
        self._waiting = 0
        self._size = 0
        self._done: asyncio.Future[None]
        for number, sock in enumerate(self._sockets):
            _prepare(sock)
            self._loop.add_reader(sock, self._more, number)

    async def learn(self, request: bytes) -> bytes:
        """One answer. All that follow must be of its size."""
        sock = self._sockets[0]
        self._loop.remove_reader(sock)
        sock.sendall(request)
        answer = b""
        while len(answer) < message_size(answer):
            data = await self._loop.sock_recv(sock, _READ)
            if not data:
                raise WireError(f"the answer ends too early: {answer[:2000]!r}")
            answer += data
            if self._engine is not None:
                self._engine.go_on()
        self._size = len(answer)
        self._loop.add_reader(sock, self._more, 0)
        return answer

    async def ask(self, request: bytes, *, times: int) -> None:
        """Send `request` from each caller, and again when all have their answers, so many times in all."""
        for _ in range(times):
            self._waiting = len(self._sockets)
            self._done = self._loop.create_future()
            for sock in self._sockets:
                sock.sendall(request)
            await self._done

    def close(self) -> None:
        """Hang up."""
        for sock in self._sockets:
            self._loop.remove_reader(sock)
            sock.close()

    def _more(self, number: int) -> None:
        data = self._sockets[number].recv(_READ)
        size = self._held[number] + len(data)
        if size < self._size and data:
            self._held[number] = size
            if self._engine is not None:
                self._engine.go_on()
            return
        self._held[number] = 0
        self._waiting -= 1
        if size != self._size:
            self._done.set_exception(WireError(f"an answer of {size} bytes instead of {self._size}"))
        elif not self._waiting:
            self._done.set_result(None)


def message_size(data: bytes) -> int:
    """How long a message is, head and body; longer than what there is as long as that cannot be told."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return len(data) + 1
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(head) + len(end) + int(line.partition(b":")[2])
    return len(data) + (not body.endswith(b"0\r\n\r\n"))


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
