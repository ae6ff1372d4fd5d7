"""Many callers at once: none lost, bounded time, little memory each."""

import asyncio
import resource
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sixnines.server.interface import Request
from sixnines.server.responder import HttpResponder
from support.live_server import LiveServer
from support.raw_http import RawClient

Serve = Callable[..., LiveServer]
WANTED = 2000
FILES_OF_OTHERS = 200


def affordable(wanted: int) -> int:
    """As many connections as this process may have files for: each takes one here and one in the server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + FILES_OF_OTHERS
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(wanted, (soft - FILES_OF_OTHERS) // 2)


def resident_bytes() -> int:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_two_thousand_open_streams_are_all_served(serve: Serve) -> None:
    go_on = asyncio.Event()

    async def stream(request: Request, responder: HttpResponder) -> None:
        responder.start(200, [(b"content-type", b"text/event-stream")])
        await responder.write(request.body)
        await go_on.wait()
        await responder.write(b"end of " + request.body)
        responder.end()

    count = affordable(WANTED)
    assert count >= 400, "this machine allows too few open files"
    server = serve(stream)
    started = time.monotonic()
    before = resident_bytes()
    with ExitStack() as stack:
        clients = [stack.enter_context(RawClient(server.address)) for _ in range(count)]
        for number, client in enumerate(clients):
            body = b"%d" % number
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        for number, client in enumerate(clients):
            assert client.head()[0] == 200
            assert client.chunk() == b"%d" % number
        each = (resident_bytes() - before) / count
        print(f"\n{count} open streams: {each / 1024:.1f} KiB each, both ends of the connection together")
        server.loop.call_soon_threadsafe(go_on.set)
        for number, client in enumerate(clients):
            assert client.chunk() == b"end of %d" % number
            assert client.chunk() == b""
    assert time.monotonic() - started < 30
    assert each < 64 * 1024


def test_a_thousand_callers_at_the_same_moment_find_room_in_the_backlog(serve: Serve) -> None:
    server = serve()
    count = min(1000, affordable(1000), int(Path("/proc/sys/net/core/somaxconn").read_text()))

    async def occupy() -> None:
        time.sleep(0.5)

    busy = server.spawn(occupy())
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(server.address, timeout=10)) for _ in range(count)]
        for sock in sockets:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        busy.result(10)
        for sock in sockets:
            assert sock.recv(12) == b"HTTP/1.1 200"
