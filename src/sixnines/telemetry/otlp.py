"""Spans to a collector of OpenTelemetry: what waits, what is sent when, and what is given up.

Never makes whoever offers a request wait: when the collector is slow or gone, spans are dropped and counted.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from sixnines import __version__
from sixnines.telemetry import otlp_encoding
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.span import Span

_log: Final = logging.getLogger("sixnines")

# Requests that wait: 0.4 s of 20,000 requests a second. One takes 1.5 KiB, an unusual one with what it was served by.
_CAPACITY: Final = 8192
_EVERY_S: Final = 1.0
# Requests sent at once, and that do not wait for the second to be over.
_AT_ONCE: Final = 256
# Unusual ones whose spans are made at once: a millisecond for which everybody else waits.
_UNUSUAL_AT_ONCE: Final = 8
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
    """Takes requests that have ended, or the spans of some (`otlp_encoding.encoded`), and sends their spans.

    Belongs to the event loop that it is made in.

    Args:
        make: the spans of a request.
        wire: where they go.
        service: what this gateway is called.
        instance: names it among others of the same service.
    """

    def __init__(self, make: Callable[[object], Sequence[Span]], wire: Wire, service: str, instance: str) -> None:
        self._make = make
        self._wire = wire
        self._resource = otlp_encoding.resource_of(
            {"service.name": service, "service.version": __version__, "service.instance.id": instance}
        )
        self._after = asyncio.get_running_loop().call_later
        self._capacity = _CAPACITY
        self._queue: deque[object] = deque()
        self._overflowed = 0
        self._offered = 0
        self._taken = 0
        self._unsent = 0
        self._failing = False
        self._timed = False
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="traces")

    def offer(self, item: object) -> None:
        """Send the spans of a request that has ended, or a parcel of them, or drop them."""
        count = item.count if isinstance(item, Parcel) else 1
        if self._offered - self._taken + count > self._capacity:
            self._overflowed += count
            return
        self._queue.append(item)
        self._offered += count
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
        try:
            while not self._stopping.is_set():
                await self._wake.wait()
                self._wake.clear()
                until = self._offered
                while self._taken < until:
                    await self._send_some()
        finally:
            await self._wire.aclose()

    async def _send_some(self) -> None:
        """Send what waits, some `_AT_ONCE` at most."""
        spans: list[bytes] = []
        count = made = unmade = 0
        problem = ""
        while self._queue and count < _AT_ONCE:
            item = self._queue.popleft()
            if isinstance(item, Parcel):
                spans.append(item.data)
                count += item.count
                continue
            count += 1
            made += 1
            try:
                spans.append(otlp_encoding.encoded(self._make(item)))
            except Exception as bug:  # noqa: BLE001 - whatever it is, the others are sent
                unmade += 1
                problem = f"{type(bug).__name__} while they were made"
            if made % _UNUSUAL_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._taken += count
        unsent = await self._try(otlp_encoding.message(spans, self._resource, _SCOPE, _SCHEMA)) if spans else ""
        self._unsent += count if unsent else unmade
        self._tell(unsent or problem)

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
