"""Many callers at once: none lost, bounded time, little memory each."""

import gc
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE

import pytest

from sixnines.server.interface import Request
from sixnines.server.protocol import Connection
from sixnines.server.reader import RequestReader
from support.checkout import ROOT
from support.live_server import LOOPS, LiveServer
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


def resident_bytes(pid: int) -> int:
    """Memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture(params=sorted(LOOPS))
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A server in its own process."""
    affordable(WANTED)  # before the process starts: it inherits the limit
    command = [sys.executable, "-m", "support.streaming_server", request.param]
    environment = {"PYTHONPATH": os.pathsep.join((str(ROOT / "tests"), str(ROOT / "src")))}
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environment) as running:
        yield running
        running.kill()


def test_two_thousand_open_streams_are_all_served(process: subprocess.Popen[str]) -> None:
    count = affordable(WANTED)
    assert count >= 400, "this machine allows too few open files"
    assert process.stdout is not None
    assert process.stdin is not None
    address = ("127.0.0.1", int(process.stdout.readline()))
    with RawClient(address) as first:  # whatever the first request costs once is not a connection's
        first.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
        assert first.head()[0] == 200
        assert first.chunk() == b"x"
    started = time.monotonic()
    before = resident_bytes(process.pid)
    with ExitStack() as stack:
        clients = [stack.enter_context(RawClient(address)) for _ in range(count)]
        for number, client in enumerate(clients):
            body = b"%d" % number
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        for number, client in enumerate(clients):
            assert client.head()[0] == 200
            assert client.chunk() == b"%d" % number
        each = (resident_bytes(process.pid) - before) / count
        print(f"\n{count} open streams: {each / 1024:.1f} KiB each in the server")
        process.stdin.write("go on\n")
        process.stdin.flush()
        for number, client in enumerate(clients):
            assert client.chunk() == b"end of %d" % number
            assert client.chunk() == b""
            assert client.ends(), "a draining server closes behind the answer"
    assert process.wait(10) == 0
    assert time.monotonic() - started < 30
    assert each < 16 * 1024


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


def test_closed_connections_leave_nothing_for_the_garbage_collector(serve: Serve) -> None:
    server = serve()
    gc.collect()
    kinds = (Connection, RequestReader, Request)
    before = {id(thing) for thing in gc.get_objects() if isinstance(thing, kinds)}  # of other tests
    gc.disable()
    try:
        for data in (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HT"):
            for _ in range(20):
                with RawClient(server.address) as client:
                    client.send(data)
                    if data.endswith(b"\r\n"):
                        client.answer()
                    else:
                        server.until(lambda: server.server.connections > 0)
        server.until(lambda: server.server.connections == 0)
        assert server.bugs == []
        left = [thing for thing in gc.get_objects() if isinstance(thing, kinds) and id(thing) not in before]
        assert len(left) == len(server.requests)  # which the server under test keeps for the test
    finally:
        gc.enable()
