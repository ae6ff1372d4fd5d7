"""A caller that sends bytes as they are and reads answers strictly: what a test needs to be rude, and to notice rudeness.

Blocking sockets with a time-out on everything: a server that hangs fails the test instead of stopping it.
"""

import socket
import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PATIENCE_S = 10.0


class IncompleteError(Exception):
    """The server closed before the answer was complete."""


@dataclass(frozen=True)
class Answer:
    """One answer, framing undone."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """The server has said that it will close the connection."""
        return self.headers.get("connection") == "close"


class RawClient:
    """One connection."""

    def __init__(self, address: tuple[str, int], *, receive_buffer: int | None = None) -> None:
        self.sock = socket.socket()
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.sock.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close, whatever is under way."""
        self._file.close()
        self.sock.close()

    def reset(self) -> None:
        """Close with a TCP reset, as a process that dies does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.sock.sendall(data)

    def line(self) -> bytes:
        """The next line, without its line break."""
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise IncompleteError(line)
        return line[:-2]

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes."""
        data = self._file.read(size)
        if len(data) < size:
            raise IncompleteError(data)
        return data

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer. A header given twice is an error."""
        version, status, _ = self.line().split(b" ", 2)
        assert version == b"HTTP/1.1"
        headers: dict[str, str] = {}
        while line := self.line():
            name, value = line.decode("latin-1").split(": ", 1)
            assert name == name.lower()
            assert name not in headers, f"{name} twice"
            headers[name] = value
        return int(status), headers

    def chunk(self) -> bytes:
        """The content of the next chunk; b"" for the last, with the line behind it."""
        data = self.exactly(int(self.line(), 16))
        assert self.line() == b""
        return data

    def answer(self, *, bodiless: bool = False) -> Answer:
        """The next answer. `bodiless`: it is to a HEAD request."""
        status, headers = self.head()
        body = b""
        if bodiless or status in (204, 304) or status < 200:
            pass
        elif headers.get("transfer-encoding") == "chunked":
            assert "content-length" not in headers
            while chunk := self.chunk():
                body += chunk
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:
            assert headers["connection"] == "close"
            body = self._file.read()
        return Answer(status, headers, body)

    def ends(self) -> bool:
        """The server closes without sending anything more."""
        try:
            return self._file.read() == b""
        except ConnectionResetError:
            return False

    def exchange(self, data: bytes, *, bodiless: bool = False) -> Answer:
        """Send bytes, read an answer."""
        self.send(data)
        return self.answer(bodiless=bodiless)
