"""The one place that reads the time. Everything else takes a `Clock` as an argument."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one that only moves forward, and the wall clock."""

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def unix_s(self) -> float:
        """Seconds since 1970-01-01 UTC; may jump."""
        ...


class SystemClock:
    """The operating system's clocks."""

    __slots__ = ()

    # The functions themselves: a method around each would cost more than what it calls.
    monotonic_s = staticmethod(time.monotonic)
    unix_s = staticmethod(time.time)
