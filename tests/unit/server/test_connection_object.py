"""What only shows when the event loop is interrupted between two steps of one connection."""

import asyncio
import socket

from sixnines.clock import SystemClock
from sixnines.server.answer import DateLine
from sixnines.server.interface import Limits, Request, Responder
from sixnines.server.protocol import Connection, Service
from sixnines.transport.outbox import Outbox
from support.live_server import openai_refusal


class Visitors:
    """Who has come and gone."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.empty = asyncio.Event()

    def joined(self, connection: Connection) -> None:
        self.seen.append("joined")

    def left(self, connection: Connection) -> None:
        self.seen.append("left")
        self.empty.set()


async def test_an_application_cancelled_before_its_first_step_is_never_called_and_not_forgotten() -> None:
    called: list[Request] = []
    bugs: list[Exception] = []

    async def application(request: Request, responder: Responder) -> None:
        called.append(request)

    visitors = Visitors()
    service = Service(
        application, openai_refusal, bugs.append, DateLine(SystemClock()), Limits(), Outbox(asyncio.get_running_loop())
    )
    ours, theirs = socket.socketpair()
    connection = Connection(service, visitors)
    await asyncio.get_running_loop().create_connection(lambda: connection, sock=ours)
    with theirs:
        connection.data_received(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        connection.cancel()
        connection.kill()
        await visitors.empty.wait()
    assert visitors.seen == ["joined", "left"]
    assert called == []
    assert bugs == []
