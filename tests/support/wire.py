"""A connection without a network: the event loop's side of it, which a test plays by hand."""

import asyncio
import socket
from collections.abc import Iterable

from sixnines.domain.origin import Origin
from sixnines.transport.connection import Connection
from sixnines.transport.outbox import Line, PooledLine, Post


class Wire(asyncio.Transport):
    """Takes what the connection writes. Never calls the connection.

    Args:
        sock: any socket; asked only whether it is readable.

    Attributes:
        written: all bytes, in order.
        aborted: the connection has closed itself.
        reading: the connection wants to read.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__({"socket": sock})
        self.written = bytearray()
        self.aborted = False
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.aborted
        self.written += data

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        for data in list_of_data:
            self.write(data)

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True


class AtOnce:
    """A `Post` that sends without waiting for the end of the turn."""

    def add(self, line: Line) -> None:
        line.flush()

    def add_pooled(self, line: PooledLine) -> None:
        line.flush()


class Book:
    """The owner of a connection: writes down what it is told.

    Attributes:
        told: `released`, `closing`, `lost`, in order.
        outbox: sends at once unless another is given.
    """

    def __init__(self, outbox: Post | None = None) -> None:
        self.told: list[str] = []
        self.outbox: Post = outbox or AtOnce()

    def released(self, _: Connection) -> None:
        self.told.append("released")

    def closing(self, _: Connection) -> None:
        self.told.append("closing")

    def lost(self, _: Connection) -> None:
        self.told.append("lost")


def connect(wire: Wire, book: Book) -> Connection:
    """A connection over `wire`, on the running loop."""
    origin = Origin("http", "wire.test", 80)
    connection = Connection(origin, book, loop=asyncio.get_running_loop(), idle_s=4.0)
    connection.connection_made(wire)
    return connection
