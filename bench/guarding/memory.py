"""What a gateway takes in memory: idle, and for each stream that is open. A real `sixnines serve`, without valgrind.

Resident memory as the kernel counts it (VmRSS): with the interpreter and its libraries, without the buffers of sockets.
It repeats within two in a hundred.
"""

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from machine import resident_bytes
from processes import BenchError, exchange, free_port, running, until

from guarding.cases import STREAM, caller_request, named
from guarding.wire import message_size

IDLE_MB = 47.5
STREAM_KB = 18.0
"""The budgets: a tenth over what was measured when they were set. Promised are 60 MB and 25 KB."""

PROVIDERS = 10
FIRST, MORE = 100, 300
"""Streams: those that fill the pools, and those that are counted. Two descriptors each, of 1,024."""
SETTLE_S = 1.0
"""From ready to idle: the providers are asked once how they are, and what that took is freed."""
_CALM_S = 0.3
_PATIENCE_S = 20.0
_READY = b"GET /health/ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: of the idle gateway, and of one more open stream."""

    idle: int
    stream: float


def measure(python: str, folder: Path, variables: Mapping[str, str]) -> Memory:
    """Start a gateway, look, open streams, look again.

    Raises:
        BenchError: it did not start, or a stream did not open.
    """
    return asyncio.run(_measure(python, folder, variables))


async def _measure(python: str, folder: Path, variables: Mapping[str, str]) -> Memory:
    loop = asyncio.get_running_loop()
    engine = await loop.create_server(_Engine, "127.0.0.1", 0)
    port = free_port()
    config, log = folder / "memory.yaml", folder / "memory.log"
    config.write_text(_config(port, engine.sockets[0].getsockname()[1]))
    alone = ("env", "-i", *(f"{name}={value}" for name, value in variables.items()))
    with running((*alone, python, "-m", "sixnines", "serve", "--config", str(config)), log) as gateway:
        await asyncio.to_thread(until, lambda: exchange(port, _READY).startswith(b"HTTP/1.1 200 "), gateway, log)
        await asyncio.sleep(SETTLE_S)
        idle = resident_bytes(gateway.pid)
        callers = [await _open(port) for _ in range(FIRST)]
        await asyncio.sleep(_CALM_S)
        before = resident_bytes(gateway.pid)
        callers += [await _open(port) for _ in range(MORE)]
        await asyncio.sleep(_CALM_S)
        each = (resident_bytes(gateway.pid) - before) / MORE
        for sock in callers:
            sock.close()
    engine.close()
    return Memory(idle, each)


class _Engine(asyncio.Protocol):
    """Begins to answer, and never ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._held = b""

    def data_received(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= message_size(self._held):
            self._transport.write(STREAM.pieces[0])


async def _open(port: int) -> socket.socket:
    """A stream whose first content has come."""
    loop = asyncio.get_running_loop()
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setblocking(False)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await loop.sock_sendall(sock, caller_request(named("stream, a chunk")))
            answer = b""
            while b"word000" not in answer:
                data = await loop.sock_recv(sock, 65536)
                if not data:
                    raise BenchError(f"a stream did not open: {answer!r}")
                answer += data
    except TimeoutError:
        raise BenchError(f"a stream did not open within {_PATIENCE_S:.0f} s") from None
    return sock


def _config(port: int, engine_port: int) -> str:
    """The engine of the streams, and others where nobody listens."""
    nowhere = free_port()
    providers = {f"engine-{number}": ("llamacpp", nowhere) for number in range(PROVIDERS - 1)}
    providers[STREAM.name] = (STREAM.kind, engine_port)
    document = {
        "version": 1,
        "server": {"listen": f"127.0.0.1:{port}"},
        "providers": {
            name: {"kind": kind, "base_url": f"http://127.0.0.1:{at}"} for name, (kind, at) in providers.items()
        },
        "models": {name: {"deployments": [{"provider": name, "model": "m"}]} for name in providers},
    }
    return json.dumps(document)  # which is YAML
