"""What is told of each request beside the figures: its line in the log, and its spans.

Never fails a request. What is told of usual requests is made a slice at a time; the others take some thirty times as
long, and are told of a few at a time, between turns of the event loop. (Threads that did it would keep the interpreter
for 5 ms at a time.)
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from sixnines.domain.log_settings import LogSettings, ObservingSettings, TracingSettings
from sixnines.domain.trace_context import Roots, continued, read_parent
from sixnines.engine.ended import TAIL, Ended
from sixnines.engine.recent import Entry
from sixnines.engine.ticket import Ticket
from sixnines.server.interface import Request, Responder
from sixnines.server.tap import Tap
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.redaction import Redactor

if TYPE_CHECKING:
    from sixnines.engine.usual import Shapes

SLICE: Final = 64
"""Requests that are told of at once: 0.2 ms for which the event loop waits, and few enough to be in the caches."""

_log: Final = logging.getLogger("sixnines")
_PARENT: Final = b"traceparent"
_EVERY_S: Final = 0.2
_FEW: Final = 8
"""Requests that are not usual and told of in one turn of the event loop: half a millisecond. More where many wait."""
_MOST_TURNS: Final = 64


class Traces(Protocol):
    """Takes the spans of requests that have ended."""

    def offer(self, spans: Parcel) -> None:
        """Send the spans of some requests, or drop and count them."""
        ...

    @property
    def dropped(self) -> Mapping[str, int]:
        """Of how many requests the spans were dropped, by the reason."""
        ...

    def stop(self) -> None:
        """Send what waits and end, without anybody waiting for it."""
        ...

    @property
    def ended(self) -> bool:
        """It was stopped, and nothing waits."""
        ...

    async def aclose(self) -> None:
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

    def offer(self, lines: Parcel) -> None:
        """Write some lines, or drop and count them."""
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
        after: calls something after so many seconds (the event loop's `call_later`).

    Attributes:
        tells_requests: each request gets a line.
    """

    def __init__(
        self,
        rng: random.Random,
        log: Callable[[], Log | None],
        export: Callable[[TracingSettings], Traces],
        after: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self.tells_requests = False
        self._rng = rng
        self._find_log = log
        self._log: Log | None = None
        self._export = export
        self._settings: ObservingSettings | None = None
        self._traces: Traces | None = None
        self._former: list[Traces] = []
        self._dropped_before: dict[str, int] = {}
        self._keep = 0
        self._roots = Roots(rng.getrandbits, rng.random, 0.0)
        self._failing = False
        self._after = after
        self._waiting: list[Ended] = []
        self._timed = False
        self._shapes: Shapes | None = None
        self._put_off: deque[tuple[Ended, Log | None, Traces | None]] = deque()

    @property
    def is_on(self) -> bool:
        """Something is told of each request."""
        return self.tells_requests or self._traces is not None

    def configure(self, settings: ObservingSettings) -> None:
        """From now on tell what `settings` say. What has ended before goes where it was to go."""
        self._finish()
        before, self._settings = self._settings, settings
        self._log = self._find_log()
        if self._log is not None:
            self._log.dress(settings.log, Redactor(settings.secrets))
        self.tells_requests = settings.log.requests and self._log is not None
        self._keep = 2 * settings.log.max_content + 1025 if settings.log.log_content and self.tells_requests else 0
        if self._shapes is None and (self.tells_requests or settings.tracing is not None):
            self._shapes = _shapes()
        if before is not None and before.tracing == settings.tracing:
            return
        if self._traces is not None:
            self._traces.stop()
            self._former = [*(each for each in self._former if not each.ended), self._traces]
            self._dropped_before = dict(self.dropped_spans)
        self._traces = None
        if settings.tracing is not None:
            self._roots = Roots(self._rng.getrandbits, self._rng.random, settings.tracing.sample)
            self._traces = self._export(settings.tracing)

    def begin(self, request: Request, fields: Mapping[bytes, bytes], ticket: Ticket, responder: Responder) -> None:
        """A call has come."""
        if self._traces is not None:
            parent = read_parent(request.headers) if _PARENT in fields else None
            ticket.trace = self._roots.take() if parent is None else continued(parent, self._rng.getrandbits)
        if self._keep:
            ticket.tap = Tap(responder, request.body[: self._keep], self._keep)

    def listen(self, ticket: Ticket, responder: Responder) -> None:
        """A call for a stream is about to be served: of a stream the end is heard, of a whole answer it is known."""
        if ticket.tap is None and ticket.trace is not None and ticket.trace.sampled:
            ticket.tap = Tap(responder, b"", 0)

    def ended(self, entry: Entry, ticket: Ticket) -> None:
        """A call has ended."""
        trace, tap, reasons = ticket.trace, ticket.tap, ticket.reasons
        if not self.tells_requests and (trace is None or not trace.sampled):
            return
        snapshot = ticket.generation.snapshot
        if isinstance(tap, Tap):
            ended = Ended(entry, snapshot, trace, tap.asked, bytes(tap.head), reasons, tap.tail)
        else:
            ended = Ended(
                entry, snapshot, trace, b"", b"", reasons, b"" if reasons is not None else ticket.body[-TAIL:]
            )
        waiting = self._waiting
        waiting.append(ended)
        if len(waiting) == SLICE:
            self._work_off()
        elif not self._timed:
            self._timed = True
            self._after(_EVERY_S, self._on_time)

    def _on_time(self) -> None:
        self._timed = False
        self._work_off()

    def _work_off(self) -> None:
        """What has ended is told: many at a time, because the code and what it needs are in the caches then."""
        waiting, self._waiting = self._waiting, []
        if not waiting or self._shapes is None:
            return
        traces, log = self._traces, self._log if self.tells_requests else None
        try:
            told = self._shapes.told(waiting, None if log is None else log.style, spans=traces is not None)
        except Exception:  # noqa: BLE001 - nobody's answer is to be spoilt by the books
            self._say_that_it_fails(len(waiting))
            return
        if log is not None and told.lines is not None:
            log.offer(told.lines)
        if traces is not None and told.spans is not None:
            traces.offer(told.spans)
        if told.without_lines or told.without_spans:
            if not self._put_off:
                self._after(0.0, self._tell_of_a_few)
            self._put_off.extend((ended, log, None) for ended in told.without_lines)
            self._put_off.extend((ended, None, traces) for ended in told.without_spans)

    def _tell_of_a_few(self) -> None:
        for _ in range(min(len(self._put_off), max(_FEW, len(self._put_off) // _MOST_TURNS))):
            self._tell_of_one(*self._put_off.popleft())
        if self._put_off:
            self._after(0.0, self._tell_of_a_few)

    def _tell_of_one(self, ended: Ended, log: Log | None, traces: Traces | None) -> None:
        if self._shapes is None:
            return
        try:
            if log is not None and (line := self._shapes.line(ended, log.style)) is not None:
                log.offer(line)
            if traces is not None:
                traces.offer(self._shapes.spans(ended))
        except Exception:  # noqa: BLE001 - as above
            self._say_that_it_fails(1)

    def _finish(self) -> None:
        """Everything that has ended is told, however long it takes."""
        self._work_off()
        while self._put_off:
            self._tell_of_one(*self._put_off.popleft())

    def _say_that_it_fails(self, count: int) -> None:
        if not self._failing:
            _log.exception("nothing can be told of %d requests", count)
        self._failing = True

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

    async def aclose(self) -> None:
        """Send what waits. Takes some seconds at most."""
        self._finish()
        open_ = self._former if self._traces is None else [*self._former, self._traces]
        await asyncio.gather(*(each.aclose() for each in open_))


def _shapes() -> "Shapes":
    """Loaded where config wants something told: nobody else waits for it at the start."""
    from sixnines.engine.usual import Shapes  # noqa: PLC0415

    return Shapes()
