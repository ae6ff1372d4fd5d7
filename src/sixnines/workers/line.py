"""The line between a parent and one worker: whole messages, with open files beside them. Never waits.

A pair of Unix sockets that keep messages apart (SOCK_SEQPACKET, unix(7)). Each end notices at once when the other is
gone, however it went.
"""

import os
import socket
from collections.abc import Sequence

import msgspec

from sixnines.workers.orders import Order, Word

# A message is a few dozen bytes, the reason of a refusal a few hundred.
_MOST_BYTES = 16 * 1024
_MOST_FILES = 16

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Order | Word).decode


class HungUp(Exception):  # noqa: N818 - it is no error
    """The other end is gone: nothing more will come."""


def close_all(files: Sequence[int]) -> None:
    """Close what came with a message."""
    for file in files:
        os.close(file)


class Line:
    """One end."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock

    def fileno(self) -> int:
        """To wait for messages."""
        return self._sock.fileno()

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def send(self, message: Order | Word, files: Sequence[int] = ()) -> bool:
        """Send a message, and copies of open files; False if the other end is gone or has stopped reading."""
        try:
            socket.send_fds(self._sock, [_encode(message)], files)
        except OSError:
            return False
        return True

    def receive(self) -> tuple[Order | Word, list[int]] | None:
        """The next message, with files that the receiver must close; None if there is none now.

        Raises:
            HungUp: there will be no more.
        """
        try:
            data, files, _, _ = socket.recv_fds(self._sock, _MOST_BYTES, _MOST_FILES)
        except BlockingIOError:
            return None
        except ConnectionError:
            raise HungUp from None
        if not data:
            raise HungUp
        return _decode(data), files


def line_pair() -> tuple[Line, Line]:
    """Both ends of a new line."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Line(one), Line(other)
