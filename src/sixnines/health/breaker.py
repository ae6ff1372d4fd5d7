"""A circuit breaker as a plain state machine: outcomes and times in, admission out.

Never reads a clock and never sleeps: every method takes `now` in seconds of a monotonic clock.
Closed: all pass. Open: none pass until `open_s` is over. Half-open: one at a time; a success closes, a failure opens.
"""

import enum
from collections import deque

from sixnines.config.snapshot import BreakerSettings


class BreakerState(enum.StrEnum):
    """The three classic states."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


_CLOSED = BreakerState.CLOSED  # looked up once: on Python 3.11 that takes as long as a call


class Breaker:
    """The breaker of one deployment."""

    __slots__ = ("_failures", "_probing_until", "_settings", "open_until", "state")

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._failures: deque[float] = deque(maxlen=settings.failures)
        self._probing_until = 0.0
        self.state = _CLOSED
        self.open_until = 0.0

    def configure(self, settings: BreakerSettings) -> None:
        """Go by other settings from now on; what has been seen stays seen."""
        self._settings = settings
        self._failures = deque(self._failures, maxlen=settings.failures)

    def admits(self, now: float) -> bool:
        """Whether a request may pass now."""
        if self.state is _CLOSED:
            return True
        return now >= (self.open_until if self.state is BreakerState.OPEN else self._probing_until)

    def began(self, now: float) -> None:
        """A request passes. In half-open it is the one probe; a probe that is never heard of again frees its place."""
        if self.state is not _CLOSED:
            self.state = BreakerState.HALF_OPEN
            self._probing_until = now + self._settings.open_s

    def succeeded(self) -> None:
        """A request was answered."""
        self._failures.clear()
        self.state = _CLOSED

    def abandoned(self) -> None:
        """A request ended without saying anything about health (the caller left, or the request was at fault)."""
        if self.state is BreakerState.HALF_OPEN:
            self._probing_until = 0.0

    def failed(self, now: float) -> None:
        """A request failed in a way that counts."""
        if self.state is BreakerState.HALF_OPEN:
            self._open(now)
            return
        self._failures.append(now)
        full = len(self._failures) == self._settings.failures
        if full and now - self._failures[0] <= self._settings.window_s:
            self._open(now)

    def _open(self, now: float) -> None:
        self.state = BreakerState.OPEN
        self.open_until = now + self._settings.open_s
        self._failures.clear()
