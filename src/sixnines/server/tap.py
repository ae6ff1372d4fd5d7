"""Listens to an answer on its way to the caller, where config wants to know more of it than its numbers.

Never holds an answer back and never keeps more of it than was asked for: its beginning, and a few KiB of its end.
"""

from sixnines.engine.ended import TAIL
from sixnines.engine.interface import Sink

_PIECES = 8
# An event of some 200 bytes holds some five of text.
_EVENTS = 40


class Tap:
    """A sink that passes everything on to another.

    Args:
        inner: the other.
        asked: the beginning of the request's body.
        most: bytes of the beginning that are kept; of a stream as many times more as its events are longer than text.

    Attributes:
        asked: as above.
        head: the beginning of the body.
    """

    def __init__(self, inner: Sink, asked: bytes, most: int) -> None:
        self._inner = inner
        self._most = most
        self._whole = True
        self._pieces: list[bytes] = []
        self.asked = asked
        self.head = bytearray()

    @property
    def started(self) -> bool:
        """See `Sink`."""
        return self._inner.started

    @property
    def tail(self) -> bytes:
        """The end of the body."""
        return b"".join(self._pieces)

    def send(self, status: int, headers: list[tuple[bytes, bytes]] | bytes, body: bytes) -> None:
        """See `Sink`."""
        self._hear(body)
        self._inner.send(status, headers, body)

    def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """See `Sink`."""
        self._whole = False
        self._inner.start(status, headers)

    async def write(self, data: bytes) -> None:
        """See `Sink`."""
        self._hear(data)
        await self._inner.write(data)

    def end(self) -> None:
        """See `Sink`."""
        self._inner.end()

    def _hear(self, data: bytes) -> None:
        room = (self._most if self._whole else _EVENTS * self._most) - len(self.head)
        if room > 0:
            self.head += data[:room]
        self._pieces.append(data[-TAIL:])
        if len(self._pieces) > _PIECES:
            del self._pieces[0]
