"""Encoded spans to a collector of OpenTelemetry: what waits, what is sent when, and what is given up.

Never makes whoever offers a request wait: when the collector is slow or gone, spans are dropped and counted.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from sixnines import __version__
from sixnines.telemetry import otlp_encoding
from sixnines.telemetry.parcel import Parcel

_log: Final = logging.getLogger("sixnines")

# Requests that wait: 0.4 s of 20,000 requests a second. One takes 1 KiB, one with many attempts some more.
_CAPACITY: Final = 8192
_EVERY_S: Final = 1.0
# Requests sent at once, and that do not wait for the second to be over.
_AT_ONCE: Final = 256
# Before each further try of what the collector did not take: a restart of it takes some seconds.
_PAUSES_S: Final = (0.5, 1.0, 2.0)
_CLOSE_S: Final = 2.0
_SCOPE: Final = otlp_encoding.scope_of("sixnines", __version__)
_SCHEMA: Final = "https://opentelemetry.io/schemas/1.44.0"  # that of the names in `engine/spans.py`


class Wire(Protocol):
    """A way to a collector."""

    async def post(self, content: Sequence[bytes]) -> tuple[str, bool]:
        """Post the pieces of a message: what speaks against it, or "", and whether another try may help."""
        ...

    async def aclose(self) -> None:
        """Let go of it."""
        ...


class SpanExport:
    """Takes the spans of requests that have ended (`otlp_encoding.encoded`), and sends them.

    Belongs to the event loop that it is made in.

    Args:
        wire: where they go.
        service: what this gateway is called.
        instance: names it among others of the same service.
    """

    def __init__(self, wire: Wire, service: str, instance: str) -> None:
        self._wire = wire
        self._resource = otlp_encoding.resource_of(
            {"service.name": service, "service.version": __version__, "service.instance.id": instance}
        )
        self._after = asyncio.get_running_loop().call_later
        self._capacity = _CAPACITY
        self._queue: deque[Parcel] = deque()
        self._overflowed = 0
        self._offered = 0
        self._taken = 0
        self._unsent = 0
        self._failing = False
        self._timed = False
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="traces")

    def offer(self, spans: Parcel) -> None:
        """Send the spans of some requests, or drop them."""
        if self._offered - self._taken + spans.count > self._capacity:
            self._overflowed += spans.count
            return
        self._queue.append(spans)
        self._offered += spans.count
        if self._offered - self._taken >= _AT_ONCE:
            self._wake.set()
        elif not self._timed:
            self._timed = True
            self._after(_EVERY_S, self._on_time)

    @property
    def dropped(self) -> Mapping[str, int]:
        """Of how many requests the spans were dropped, by the reason."""
        return {"queue": self._overflowed, "collector": self._unsent}

    @property
    def ended(self) -> bool:
        """It was stopped, and nothing waits."""
        return self._task.done()

    def stop(self) -> None:
        """Send what waits and end, without anybody waiting for it."""
        self._stopping.set()
        self._wake.set()

    async def aclose(self, within_s: float = _CLOSE_S) -> None:
        """Send what waits. What the collector does not take within `within_s` seconds is lost."""
        self.stop()
        await asyncio.wait([self._task], timeout=within_s)
        self._task.cancel()
        await asyncio.wait([self._task])

    def _on_time(self) -> None:
        self._timed = False
        self._wake.set()

    async def _run(self) -> None:
        stopping = False
        try:
            while not stopping:
                await self._wake.wait()
                self._wake.clear()
                stopping = self._stopping.is_set()  # looked at before what waits, which is sent all the same
                until = self._offered
                while self._taken < until:
                    await self._send_some()
        finally:
            await self._wire.aclose()

    async def _send_some(self) -> None:
        """Send what waits, some `_AT_ONCE` at most."""
        spans: list[bytes] = []
        count = 0
        while self._queue and count < _AT_ONCE:
            parcel = self._queue.popleft()
            spans.append(parcel.data)
            count += parcel.count
        self._taken += count
        try:
            problem = await self._try(otlp_encoding.message(spans, self._resource, _SCOPE, _SCHEMA))
        except Exception as bug:  # noqa: BLE001 - whatever it is, what comes later is sent
            _log.exception("spans cannot be sent")
            problem = type(bug).__name__
        if problem:
            self._unsent += count
        self._tell(problem)

    def _tell(self, problem: str) -> None:
        """Say so when it begins and when it is over."""
        if bool(problem) != self._failing:
            self._failing = bool(problem)
            if problem:
                _log.warning("traces are lost: the collector of server.tracing does not take them: %s", problem)
            else:
                _log.info("the collector of server.tracing takes traces again")

    async def _try(self, content: Sequence[bytes]) -> str:
        """Post; why it was in vain, or ""."""
        problem, again = await self._wire.post(content)
        # Once it has failed, one try is enough to see whether it works again: the rest of the queue waits for this.
        for pause_s in () if self._failing else _PAUSES_S:
            if not again or await self._stopped_within(pause_s):
                break
            problem, again = await self._wire.post(content)
        return problem

    async def _stopped_within(self, pause_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)
        return self._stopping.is_set()
