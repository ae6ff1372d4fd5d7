"""Spans to a collector of OpenTelemetry, by OTLP over HTTP, from a thread of its own.

Never makes whoever offers a request wait: when the collector is slow or gone, spans are dropped and counted. Sends
nothing but to the configured address, with the configured headers: no proxy and no variable of the environment has a
say in that.
"""

import contextlib
import gzip
import http.client
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from sixnines import __version__
from sixnines.domain.log_settings import TracingSettings
from sixnines.telemetry import otlp_encoding
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.span import Span

_log = logging.getLogger("sixnines")

# Requests that wait: 0.4 s of 20,000 requests a second. One takes 1.5 KiB, an unusual one with what it was served by.
_CAPACITY = 8192
_EVERY_S = 1.0
# Requests sent at once, and that do not wait for the second to be over. To make the spans of as many unusual ones
# would keep the interpreter for some milliseconds, so there is a pause for others in between.
_AT_ONCE = 512
_UNUSUAL_AT_ONCE = 64
_BREATH_S = 0.001
_TIMEOUT_S = 5.0
# Before each further try of what the collector did not take: a restart of it takes some seconds.
_PAUSES_S = (0.5, 1.0, 2.0)
_CLOSE_S = 2.0
_MOST_ANSWERED = 64 * 1024
_SCOPE = otlp_encoding.scope_of("sixnines", __version__)
_SCHEMA = "https://opentelemetry.io/schemas/1.44.0"  # that of the names in `engine/spans.py`
# OTLP/HTTP, "Retryable Response Codes": https://opentelemetry.io/docs/specs/otlp/#failures-1
_TRY_AGAIN = frozenset({429, 502, 503, 504})


class SpanExport:
    """Takes requests that have ended, or the spans of some (`otlp_encoding.encoded`), and sends their spans.

    Args:
        settings: where.
        make: the spans of a request; called in the thread.
        instance: names this gateway among others of the same service.
        capacity: how many may wait.
    """

    def __init__(
        self,
        settings: TracingSettings,
        make: Callable[[object], Sequence[Span]],
        instance: str,
        capacity: int = _CAPACITY,
    ) -> None:
        self._settings = settings
        self._make = make
        self._resource = otlp_encoding.resource_of(
            {"service.name": settings.service, "service.version": __version__, "service.instance.id": instance}
        )
        self._capacity = capacity
        self._queue: deque[object] = deque()
        self._overflowed = 0  # by the event loop
        self._offered = 0  # by the event loop
        self._taken = 0  # by the thread
        self._unsent = 0  # by the thread
        self._failing = False
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._given_up = False
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def offer(self, item: object) -> None:
        """Send the spans of a request that has ended, or a parcel of them, or drop them. For one thread only."""
        count = item.count if isinstance(item, Parcel) else 1
        if self._offered - self._taken + count > self._capacity:
            self._overflowed += count
            return
        self._queue.append(item)
        self._offered += count
        if self._offered - self._taken >= _AT_ONCE:
            self._wake.set()

    @property
    def dropped(self) -> Mapping[str, int]:
        """Of how many requests the spans were dropped, by the reason."""
        return {"queue": self._overflowed, "collector": self._unsent}

    def stop(self) -> None:
        """Send what waits and end, without anybody waiting for it."""
        self._stopping.set()
        self._wake.set()

    def close(self, within_s: float = _CLOSE_S) -> None:
        """Send what waits. What the collector does not take within `within_s` seconds is lost."""
        self.stop()
        self._thread.join(within_s)
        self._given_up = True

    def _run(self) -> None:
        wire = _Wire(self._settings)
        stopping = False
        while not stopping:
            self._wake.wait(_EVERY_S)
            self._wake.clear()
            stopping = self._stopping.is_set()
            until = self._offered
            while self._taken < until and not self._given_up:
                self._send_some(wire)
        wire.close()

    def _send_some(self, wire: "_Wire") -> None:
        """Send what waits, some `_AT_ONCE` at most."""
        spans: list[bytes] = []
        unusual: list[bytes] = []
        count = unmade = 0
        problem = ""
        while self._queue and count < _AT_ONCE:
            item = self._queue.popleft()
            if isinstance(item, Parcel):
                spans.append(item.data)
                count += item.count
                continue
            count += 1
            try:
                unusual.append(otlp_encoding.encoded(self._make(item)))
            except Exception as bug:  # noqa: BLE001 - whatever it is, the thread goes on
                unmade += 1
                problem = f"{type(bug).__name__} while they were made"
            if (len(unusual) + unmade) % _UNUSUAL_AT_ONCE == 0:
                time.sleep(_BREATH_S)
        self._taken += count
        if unusual:
            spans.append(b"".join(unusual))
        unsent = self._try(otlp_encoding.message(spans, self._resource, _SCOPE, _SCHEMA), wire) if spans else ""
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

    def _try(self, content: list[bytes], wire: "_Wire") -> str:
        """Post; why it was in vain, or ""."""
        problem, again = wire.post(content)
        # Once it has failed, one try is enough to see whether it works again: the rest of the queue waits for this.
        for pause_s in () if self._failing else _PAUSES_S:
            if not again or self._stopping.wait(pause_s):
                break
            problem, again = wire.post(content)
        return problem


class _Wire:
    """A connection to the collector."""

    def __init__(self, settings: TracingSettings) -> None:
        url = urlsplit(settings.url)
        make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = make(url.hostname or "", url.port, timeout=_TIMEOUT_S)
        self._path = url.path
        self._packed = settings.packed
        fixed = {"Content-Type": "application/x-protobuf"}
        if self._packed:
            fixed["Content-Encoding"] = "gzip"
        self._headers = {"User-Agent": f"sixnines/{__version__}", **dict(settings.headers), **fixed}

    def post(self, content: list[bytes]) -> tuple[str, bool]:
        """Post spans: what speaks against it, if anything does, and whether another try may help."""
        if self._packed:
            content = [gzip.compress(b"".join(content), 1)]
        headers = {**self._headers, "Content-Length": str(sum(map(len, content)))}
        for _ in range(2):  # a connection that was kept may have been closed meanwhile: then at once by a new one
            kept = self._connection.sock is not None
            try:
                self._connection.request("POST", self._path, content, headers)
                answer = self._connection.getresponse()
                answer.read(_MOST_ANSWERED)
            except (OSError, http.client.HTTPException) as problem:
                self.close()
                if not kept or isinstance(problem, TimeoutError):
                    return type(problem).__name__, True
                continue
            if answer.isclosed():
                status = answer.status
                return ("" if status == HTTPStatus.OK else f"status {status}"), status in _TRY_AGAIN
            self.close()
            return "an answer without end", False
        return "it closes connections", True

    def close(self) -> None:
        """Let go of the connection."""
        with contextlib.suppress(OSError):
            self._connection.close()
