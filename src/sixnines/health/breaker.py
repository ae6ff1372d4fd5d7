"""A circuit breaker as a plain state machine: outcomes and times in, admission out.

Never reads a clock and never sleeps: every method takes `now` in seconds of a monotonic clock.
Closed: all pass. Open: none pass until `open_until`. Half-open: one at a time; a success closes, a failure opens.
Each opening without a success in between lasts twice as long as the one before, up to `max_open_s`.
An operator may open and close it by hand; what he has opened stays so until his time is over, whatever is answered.
"""

import enum
from collections import deque
from typing import Final

from sixnines.config.snapshot import BreakerSettings


class BreakerState(enum.StrEnum):
    """The three classic states."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


# Looked up once: on Python 3.11 that takes as long as a call.
_CLOSED: Final = BreakerState.CLOSED
_OPEN: Final = BreakerState.OPEN


class Breaker:
    """The breaker of one deployment."""

    __slots__ = (
        "_by_hand",
        "_failures",
        "_openings",
        "_probing_until",
        "_settings",
        "_unreached",
        "open_until",
        "state",
    )

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._failures: deque[float] = deque(maxlen=settings.failures)
        self._openings = 0
        self._probing_until = 0.0
        self._unreached = False
        self._by_hand = False
        self.state = _CLOSED
        self.open_until = 0.0

    @property
    def by_hand(self) -> bool:
        """An operator has opened it, and nobody has tried since."""
        return self._by_hand and self.state is _OPEN

    @property
    def quiet(self) -> bool:
        """Closed, and without a failure that it remembers."""
        return self.state is _CLOSED and not self._failures

    def configure(self, settings: BreakerSettings) -> None:
        """Go by other settings from now on; what has been seen stays seen."""
        self._settings = settings
        self._failures = deque(self._failures, maxlen=settings.failures)

    def admits(self, now: float) -> bool:
        """Whether a request may pass now."""
        if self.state is _CLOSED:
            return True
        return now >= (self.open_until if self.state is _OPEN else self._probing_until)

    def began(self, now: float) -> None:
        """A request passes. In half-open it is the one probe; a probe that is never heard of again frees its place.

        A request that is let through an open breaker before its time, because nobody else was left, is no probe.
        """
        if self.state is not _CLOSED and self.admits(now):
            self.state = BreakerState.HALF_OPEN
            self._by_hand = False
            self._probing_until = now + self._settings.open_s

    def succeeded(self) -> None:
        """A request was answered."""
        if self.by_hand:  # by one that was under way, or that nobody else could serve
            return
        self._failures.clear()
        self._openings = 0
        self.state = _CLOSED

    def abandoned(self) -> None:
        """A request ended without saying anything about health (the caller left, or the request was at fault)."""
        if self.state is BreakerState.HALF_OPEN:
            self._probing_until = 0.0

    def failed(self, now: float, *, not_before: float = 0.0, unreached: bool = False) -> None:
        """A request failed in a way that counts.

        Args:
            now: monotonic seconds.
            not_before: the provider asked not to be tried before; of two rests the longer one holds.
            unreached: no connection came about.
        """
        if self.state is _OPEN:
            self.open_until = max(self.open_until, not_before)
            return
        self._unreached = unreached
        if self.state is BreakerState.HALF_OPEN:
            self._open(now, not_before)
            return
        self._failures.append(now)
        full = len(self._failures) == self._settings.failures
        if full and now - self._failures[0] <= self._settings.window_s:
            self._open(now, not_before)

    def reached(self, now: float) -> None:
        """The provider answers its health path again.

        That says nothing of an engine that hung behind it, so it ends only the rest of one that could not be reached.
        """
        if self.state is _OPEN and self._unreached:
            self.open_until = min(self.open_until, now)

    def open_by_hand(self, until: float) -> None:
        """An operator wants none to pass until then."""
        self._by_hand = True
        self._unreached = False
        self.state = _OPEN
        self.open_until = until
        self._failures.clear()

    def close_by_hand(self) -> None:
        """An operator says that it works: what has been seen is forgotten, and what he had opened is over."""
        self._by_hand = False
        self._unreached = False
        self._openings = 0
        self.state = _CLOSED
        self.open_until = 0.0
        self._failures.clear()

    def _open(self, now: float, not_before: float) -> None:
        settings = self._settings
        # Bounded before it is raised to a power: an outage may last.
        rest_s = min(settings.max_open_s, settings.open_s * 2 ** min(self._openings, 30))
        self._openings += 1
        self.state = _OPEN
        self.open_until = max(now + rest_s, not_before)
        self._failures.clear()
