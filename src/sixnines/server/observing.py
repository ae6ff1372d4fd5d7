"""What is told of each request beside the figures: its line in the log, and its spans.

Never makes a request wait and never fails one. Everything that takes time happens in the threads behind.
"""

import logging
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from sixnines.domain.log_settings import LogSettings, ObservingSettings, TracingSettings
from sixnines.domain.trace_context import read_parent, traced
from sixnines.engine.ended import TAIL, Ended
from sixnines.engine.recent import Entry
from sixnines.engine.request_line import RequestLine
from sixnines.engine.ticket import Ticket
from sixnines.server.interface import Request, Responder
from sixnines.server.tap import Tap
from sixnines.telemetry.log_output import Event
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.redaction import Redactor

if TYPE_CHECKING:
    from sixnines.engine.usual import Shapes

_log = logging.getLogger("sixnines")
_PARENT = b"traceparent"


class Traces(Protocol):
    """Takes requests that have ended, for their spans."""

    def offer(self, ended: object) -> None:
        """Send its spans, or these if they are encoded already, or drop and count it."""
        ...

    @property
    def dropped(self) -> Mapping[str, int]:
        """Of how many requests the spans were dropped, by the reason."""
        ...

    def stop(self) -> None:
        """Send what waits and end, without anybody waiting for it."""
        ...

    def close(self) -> None:
        """Send what waits, and wait a little for that."""
        ...


class Log(Protocol):
    """Takes lines."""

    def dress(self, settings: LogSettings, redactor: Redactor) -> None:
        """From now on write like this."""
        ...

    @property
    def style(self) -> LogStyle:
        """How lines are written."""
        ...

    def offer(self, event: Event | bytes) -> None:
        """Write a line, one that is made already too, or drop and count it."""
        ...

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many lines were dropped, by the reason."""
        ...


class Observing:
    """Tells of requests as config wants it.

    Args:
        rng: for ids and samples.
        log: where lines go; None where this process has no log of its own.
        export: sends traces as the settings say.

    Attributes:
        tells_requests: each request gets a line.
    """

    def __init__(
        self, rng: random.Random, log: Callable[[], Log | None], export: Callable[[TracingSettings], Traces]
    ) -> None:
        self.tells_requests = False
        self._rng = rng
        self._find_log = log
        self._log: Log | None = None
        self._export = export
        self._settings: ObservingSettings | None = None
        self._traces: Traces | None = None
        self._dropped_before: dict[str, int] = {}
        self._keep = 0
        self._sample = 0.0
        self._failing = False
        self._shapes: Shapes | None = None

    @property
    def is_on(self) -> bool:
        """Something is told of each request."""
        return self.tells_requests or self._traces is not None

    def configure(self, settings: ObservingSettings) -> None:
        """From now on tell what `settings` say. What has ended before goes where it was to go."""
        before, self._settings = self._settings, settings
        self._log = self._find_log()
        if self._log is not None:
            self._log.dress(settings.log, Redactor(settings.secrets))
        self.tells_requests = settings.log.requests and self._log is not None
        self._keep = 2 * settings.log.max_content + 1025 if settings.log.log_content and self.tells_requests else 0
        self._sample = 0.0 if settings.tracing is None else settings.tracing.sample
        if self._shapes is None and (self.tells_requests or settings.tracing is not None):
            self._shapes = _shapes()
        if before is not None and before.tracing == settings.tracing:
            return
        if self._traces is not None:
            self._traces.stop()
            self._dropped_before = dict(self.dropped_spans)
        self._traces = None if settings.tracing is None else self._export(settings.tracing)

    def begin(self, request: Request, fields: Mapping[bytes, bytes], ticket: Ticket, responder: Responder) -> None:
        """A call has come."""
        if self._traces is not None:
            parent = read_parent(request.headers) if _PARENT in fields else None
            sampled = parent.sampled if parent is not None else self._rng.random() < self._sample
            ticket.trace = traced(parent, self._rng.getrandbits, sampled=sampled)
        if self._keep:
            ticket.tap = Tap(responder, request.body[: self._keep], self._keep)

    def listen(self, ticket: Ticket, responder: Responder) -> None:
        """A call for a stream is about to be served: of a stream the end is heard, of a whole answer it is known."""
        if ticket.tap is None and ticket.trace is not None and ticket.trace.sampled:
            ticket.tap = Tap(responder, b"", 0)

    def ended(self, entry: Entry, ticket: Ticket) -> None:
        """A call has ended."""
        try:
            self._tell(entry, ticket)
        except Exception:  # noqa: BLE001 - the answer has been given, and must not be spoilt by the books
            if not self._failing:
                _log.exception("nothing can be told of request %s", entry.id)
            self._failing = True

    def _tell(self, entry: Entry, ticket: Ticket) -> None:
        trace = ticket.trace
        traces = self._traces if trace is not None and trace.sampled else None
        log = self._log if self.tells_requests else None
        if self._shapes is None or (traces is None and log is None):
            return
        snapshot = ticket.generation.snapshot
        shape = self._shapes.of(entry, snapshot, trace)
        if shape is not None:
            if traces is not None and trace is not None:
                traces.offer(shape.spans(entry, trace, ticket.body))
                traces = None
            if log is not None and log.style.tells_usual:
                log.offer(shape.line(entry, trace, log.style))
                log = None
            if log is None:
                return
        tap = ticket.tap
        heard = (tap.asked, bytes(tap.head), tap.tail) if isinstance(tap, Tap) else (b"", b"", ticket.body[-TAIL:])
        ended = Ended(entry, snapshot, trace, *heard)
        if log is not None:
            log.offer(RequestLine(ended))
        if traces is not None:
            traces.offer(ended)

    @property
    def dropped_spans(self) -> Mapping[str, int]:
        """Of how many requests the spans were dropped, by the reason."""
        now: Mapping[str, int] = {} if self._traces is None else self._traces.dropped
        before = self._dropped_before
        return {reason: before.get(reason, 0) + now.get(reason, 0) for reason in {**before, **now}}

    @property
    def dropped_lines(self) -> Mapping[str, int]:
        """How many lines of the log were dropped, by the reason."""
        return {} if self._log is None else self._log.dropped

    def close(self) -> None:
        """Send what waits. Takes as long as that may take."""
        if self._traces is not None:
            self._traces.close()


def _shapes() -> "Shapes":
    """Loaded where config wants something told: nobody else waits for it at the start."""
    from sixnines.engine.usual import Shapes  # noqa: PLC0415

    return Shapes()
