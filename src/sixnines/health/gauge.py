"""How busy one engine is: what it said last, and what has been sent to it since. Pure; told the time.

Never more than a few seconds old: what an engine said before that counts as nothing.
"""

from sixnines.providers.interface import EngineLoad

# Times the interval at which it is asked: one answer may be late, and one more be lost.
FRESH_FOR_INTERVALS = 3
# 0.7 * 10 is a little more than 7.
_ROUNDING = 1e-9


class Gauge:
    """The gauge of one provider.

    Our own requests are counted here, to the moment; what an engine says is a moment old, but it knows of everybody's
    requests. So what is not ours is taken from the engine's word, and what is ours from the count.
    """

    __slots__ = ("_at", "_fresh_s", "_others", "load")

    def __init__(self) -> None:
        self.load: EngineLoad | None = None
        self._others = 0
        self._at = 0.0
        self._fresh_s = 0.0

    def note(self, load: EngineLoad, ours: int, now: float, interval_s: float) -> None:
        """The engine says this.

        Args:
            load: what it says.
            ours: the requests that it had from here while it was asked.
            now: monotonic seconds.
            interval_s: it is asked so often.
        """
        self.load = load
        self._others = max(0, load.running + load.waiting - ours)
        self._at = now
        self._fresh_s = FRESH_FOR_INTERVALS * interval_s

    def forget(self) -> None:
        """It says nothing any more."""
        self.load = None

    def age_s(self, now: float) -> float | None:
        """Seconds since it said anything; None where that is too long ago or never was."""
        age_s = now - self._at
        return None if self.load is None or age_s > self._fresh_s else age_s

    def saturated(self, ours: int, part: float, now: float) -> str | None:
        """That the engine has `part` of its places in use, in a few words; None also where it does not tell.

        Args:
            ours: the requests that it has from here.
            part: from 0 to 1.
            now: monotonic seconds.
        """
        if self.load is None or self.load.places is None or self.age_s(now) is None:
            return None
        busy, places = ours + self._others, self.load.places
        return f"saturated: {busy} at the engine, which does {places} at once" if reaches(busy, part, places) else None


def reaches(count: int, part: float, whole: int) -> bool:
    """Whether `count` is `part` of `whole`, or more."""
    return count >= part * whole - _ROUNDING
