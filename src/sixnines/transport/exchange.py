"""One response being read by one reader: what has come, what is waited for, and until when.

Does no I/O of its own: the connection feeds it. Never keeps a connection after the response's last byte.
"""

import asyncio
import math
from typing import Final, Protocol, Self

from sixnines.transport.interface import Exchange, Phase, TransportError

# Looked up once: on Python 3.11 that takes as long as a call.
_HEAD: Final = Phase.HEAD
_BODY: Final = Phase.BODY


class Line(Protocol):
    """What an exchange needs of its connection."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop it runs on."""
        ...

    @property
    def alarm_at(self) -> float:
        """Loop time at which deadlines will be looked at next; infinity when never."""
        ...

    def set_alarm(self, when: float) -> None:
        """Look at the deadline at loop time `when` instead."""
        ...

    def resume(self) -> None:
        """Everything that came has been read: more may come."""
        ...

    def expire(self) -> None:
        """The deadline has passed: fail the exchange and close."""
        ...

    def close(self) -> None:
        """Close at once."""
        ...


class Http1Exchange(Exchange):
    """Implements `transport.interface.Exchange`.

    Only the connection writes its attributes.

    Attributes:
        status: 0 until the head is complete.
        headers: names in lower case, in wire order.
        reused: came over a pooled connection.
        pieces: the body as it came and has not been read.
        held: bytes from the wire since the last read; at least the size of `pieces`.
        deadline: loop time from which waiting is over.
        phase: what the deadline is for.
    """

    __slots__ = (
        "_failure",
        "_line",
        "_loop",
        "_waiter",
        "deadline",
        "headers",
        "held",
        "phase",
        "pieces",
        "reused",
        "status",
    )

    def __init__(self, line: Line, *, reused: bool, head_at: float) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.reused = reused
        self.pieces: list[bytes] = []
        self.held = 0
        self.deadline = head_at
        self.phase = _HEAD
        self._line: Line | None = line
        self._loop = line.loop
        self._waiter: asyncio.Future[None] | None = None
        self._failure: TransportError | None = None

    # The reader's side.

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header `name` (given in lower case), or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def expire_at(self, when: float, phase: Phase) -> None:
        """See `Exchange.expire_at`. A response that has come to its end is handed out however late it is read."""
        self.deadline = when
        self.phase = phase
        if self._waiter is not None and self._line is not None and when < self._line.alarm_at:
            self._line.set_alarm(when)

    async def read(self) -> bytes:
        """See `Exchange.read`. Bytes that came before a failure of the peer are handed out before it is raised."""
        if self._line is not None:
            if self._loop.time() >= self.deadline:
                self.pieces.clear()
                self._line.expire()
            while not self.pieces and self._line is not None:
                try:
                    await self._woken()
                except asyncio.CancelledError:
                    self.abort()
                    raise
        if self.pieces:
            data = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
            self.pieces.clear()  # in place: the parser appends to this list
            self.held = 0
            if self._line is not None:
                self._line.resume()
            return data
        if self._failure is not None:
            raise self._failure
        return b""

    async def read_all(self, limit: int) -> bytes:
        """See `Exchange.read_all`."""
        if self._line is None and self._failure is None:  # all has come: nothing to wait for
            whole = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
            if len(whole) <= limit:
                self.pieces.clear()
                return whole
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read():
            size += len(piece)
            if size > limit:
                self.abort()
                raise TransportError(Phase.BODY, f"the body is larger than {limit} bytes", violation=True)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def abort(self) -> None:
        """See `Exchange.abort`."""
        line = self._line
        if line is None:
            return
        self.pieces.clear()
        self.fail(TransportError(self.phase, "the exchange was aborted"))
        line.close()

    # The connection's side.

    @property
    def waiting(self) -> bool:
        """A reader waits, and nothing has woken it yet."""
        return self._waiter is not None and not self._waiter.done()

    async def headed(self) -> Self:
        """This exchange, once `status` is set.

        Raises:
            TransportError: it never will be.
        """
        while not self.status and self._failure is None:
            try:
                await self._woken()
            except asyncio.CancelledError:
                self.abort()
                raise
        if not self.status and self._failure is not None:
            raise self._failure
        return self

    def begin_body(self, status: int) -> None:
        """The head is complete. No deadline holds until the reader sets one."""
        self.status = status
        self.deadline = math.inf
        self.phase = _BODY

    def wake(self) -> None:
        """Let a waiting reader look again."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def finish(self) -> None:
        """The response has come to its end."""
        self._line = None
        self.wake()

    def fail(self, error: TransportError) -> None:
        """Nothing more will come."""
        self._line = None
        self._failure = error
        self.wake()

    def _woken(self) -> asyncio.Future[None]:
        """What a reader waits for: something has come, or nothing will."""
        line = self._line
        if line is not None and self.deadline < line.alarm_at:
            line.set_alarm(self.deadline)
        self._waiter = waiter = self._loop.create_future()
        return waiter
