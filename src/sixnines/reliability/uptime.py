"""Whether the gateway itself was running, told from the times at which its processes were seen alive. Pure.

Time without any of them is *down*: callers found nobody. How many asked in vain nobody knows, so it is no part of the
share of requests; it is told beside it. Time that the clock jumped over (it was set, or the machine slept) is
*unknown*, and time before the first recorded process is not measured.
"""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from sixnines.domain.availability import Life

STOPPED: Final = "it was stopped"
ENDED: Final = "it ended without being told to: killed, crashed, or the machine went down"


class Outage(msgspec.Struct, frozen=True):
    """A time in which no process of the gateway was alive: wall clock, and why."""

    start_s: float
    end_s: float
    cause: str


class Uptime(msgspec.Struct, frozen=True):
    """How long the gateway was there in a window.

    Attributes:
        since_s: from when on it is measured; None if no process is recorded.
        up_s: seconds in which at least one process was alive.
        down_s: seconds in which none was.
        unknown_s: seconds that the clock jumped over.
        outages: what `down_s` is made of, in order.
    """

    since_s: float | None
    up_s: float
    down_s: float
    unknown_s: float
    outages: tuple[Outage, ...]

    @property
    def value(self) -> float | None:
        """The share of the known time; None if nothing is known."""
        known_s = self.up_s + self.down_s
        return self.up_s / known_s if known_s > 0 else None


def uptime(lives: Sequence[Life], oldest_s: float | None, *, start_s: float, now_s: float) -> Uptime:
    """The time between `start_s` and `now_s`.

    Args:
        lives: processes, in any order: also the last before `start_s`, if there was one.
        oldest_s: when the first life began that is recorded at all.
        start_s: wall clock.
        now_s: the same; what was recorded at times that are still to come does not count.
    """
    if oldest_s is None:
        return Uptime(None, 0.0, 0.0, 0.0, ())
    since_s = max(start_s, oldest_s)
    up_s = down_s = unknown_s = 0.0
    outages: list[Outage] = []
    reached = since_s  # nobody was seen after that, so far
    last_s, stopped = -math.inf, False  # who was seen last before that
    for life in sorted(lives, key=lambda each: (each.began_s, each.seen_s)):
        begin, end = max(since_s, life.began_s), min(now_s, life.seen_s)
        if life.began_s > now_s:
            break
        if begin > reached:
            gap_s = begin - reached
            if life.after_jump:
                unknown_s += gap_s
            else:
                down_s += gap_s
                outages.append(Outage(reached, begin, STOPPED if stopped else ENDED))
            reached = begin
        if life.seen_s >= last_s:
            last_s, stopped = life.seen_s, life.stopped
        if end > reached:
            up_s += end - reached
            reached = end
    if now_s > reached:
        down_s += now_s - reached
        outages.append(Outage(reached, now_s, STOPPED if stopped else ENDED))
    return Uptime(since_s, up_s, max(0.0, down_s), unknown_s, tuple(outages))
