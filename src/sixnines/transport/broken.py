"""The way to a provider that is broken on purpose: what goes through it fails as it would if the provider were broken.

Never invents a kind of failure: whoever sends meets what a transport or a provider really does. In use only while an
operator wants it; nothing else goes through here.
"""

import asyncio
from typing import Final, assert_never

from sixnines.domain.injected_fault import FaultKind, InjectedFault
from sixnines.domain.origin import Origin
from sixnines.transport.interface import Exchange, Patience, Phase, Transport, TransportError

CUT_AFTER: Final = 600
"""Bytes of an answer that come through before it is cut: two or three events of a stream, so that it has begun."""

_REFUSED: Final = "the connection was refused (broken on purpose)"
_SILENT: Final = "nothing came in time (broken on purpose)"
_CUT: Final = "the connection was closed (broken on purpose)"
_ERROR: Final = b'{"error":{"message":"This provider is broken on purpose.","type":"server_error","code":null}}'


class BrokenTransport:
    """Implements `transport.interface.Transport` for one provider.

    Args:
        way: where requests go when they do.
        fault: what they suffer.
    """

    def __init__(self, way: Transport, fault: InjectedFault) -> None:
        self.fault = fault
        self._way = way
        self._over = asyncio.Event()

    def mend(self) -> None:
        """It is over: what waits goes on, as it would if a stopped process went on."""
        self._over.set()

    async def send(self, origin: Origin, head: bytes, body: bytes, patience: Patience) -> Exchange:
        """See `Transport.send`."""
        match self.fault.kind:
            case FaultKind.REFUSE:
                raise TransportError(Phase.CONNECT, _REFUSED)
            case FaultKind.HANG:
                await self._wait(patience.head_at, patience)
            case FaultKind.ERROR:
                return _Told(self.fault.status, _ERROR)
            case FaultKind.SLOW:
                await self._wait(asyncio.get_running_loop().time() + self.fault.delay_s, patience)
            case FaultKind.CUT:
                return CutExchange(await self._way.send(origin, head, body, patience))
            case never:
                assert_never(never)
        return await self._way.send(origin, head, body, patience)

    async def aclose(self) -> None:
        """Nothing here is open: the connections are those of the way behind."""

    async def _wait(self, until: float, patience: Patience) -> None:
        """Let time pass up to `until` (loop time), or until it is over.

        Raises:
            TransportError: the sender's patience ended first.
        """
        try:
            async with asyncio.timeout_at(min(until, patience.head_at)):
                await self._over.wait()
        except TimeoutError:
            if until >= patience.head_at:
                raise TransportError(Phase.HEAD, _SILENT, timed_out=True) from None


class _Told:
    """A whole answer that nobody sent. Implements `transport.interface.Exchange`."""

    reused = False

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        self._left = body

    def header(self, name: bytes) -> bytes | None:
        """See `Exchange.header`."""
        return next((value for key, value in self.headers if key == name), None)

    def expire_at(self, when: float, phase: Phase) -> None:
        """It is all here."""

    async def read(self) -> bytes:
        """See `Exchange.read`."""
        data, self._left = self._left, b""
        return data

    async def read_all(self, limit: int) -> bytes:
        """See `Exchange.read_all`: it is short."""
        del limit
        return await self.read()

    def abort(self) -> None:
        """Nothing more is read."""
        self._left = b""


class CutExchange:
    """An answer that breaks off, at the latest in the middle of its last piece. Implements `Exchange`.

    Args:
        whole: the answer as it comes.
    """

    def __init__(self, whole: Exchange) -> None:
        self.status = whole.status
        self.headers = whole.headers
        self.reused = whole.reused
        self._whole = whole
        self._held: bytes | None = None
        self._passed = 0
        self._is_cut = False

    def header(self, name: bytes) -> bytes | None:
        """See `Exchange.header`."""
        return self._whole.header(name)

    def expire_at(self, when: float, phase: Phase) -> None:
        """See `Exchange.expire_at`."""
        self._whole.expire_at(when, phase)

    async def read(self) -> bytes:
        """The next bytes, each piece once there is another one after it.

        Raises:
            TransportError: it is cut, or what really happened to it.
        """
        if self._is_cut:
            self.abort()
            raise TransportError(Phase.BODY, _CUT)
        if self._held is None:
            self._held = await self._whole.read()
        data, self._held = self._held, await self._whole.read()
        room = CUT_AFTER - self._passed
        if not self._held or len(data) >= room:  # this is the last of it
            self._is_cut = True
            data = data[: min(room, len(data) // 2 if not self._held else room)]
        self._passed += len(data)
        return data or await self.read()

    async def read_all(self, limit: int) -> bytes:
        """See `Exchange.read_all`: it never comes to its end."""
        await self._whole.read_all(limit)
        raise TransportError(Phase.BODY, _CUT)

    def abort(self) -> None:
        """See `Exchange.abort`."""
        self._whole.abort()
