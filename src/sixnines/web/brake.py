"""Slows down who guesses the admin key at the form. Pure: the time comes in.

Never keeps out for long: who waits as he is told is let in with the right key, however often others guessed wrong.
"""

from typing import Final

FIRST_S: Final = 0.25
LONGEST_S: Final = 4.0
FORGOTTEN_S: Final = 60.0
"""So long after the last wrong key, it is as if there had been none."""

MOST_WAITING: Final = 4
"""Wrong keys that are being answered slowly at once: more would be as many guesses a second, so they are not read."""


class Brake:
    """Counts wrong keys, of everybody together: an address proves nothing behind a proxy.

    Attributes:
        waiting: how many are being answered slowly now.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._wrong = 0
        self._last_s = 0.0

    @property
    def is_full(self) -> bool:
        """No further key is read for now."""
        return self.waiting >= MOST_WAITING

    def wrong(self, now_s: float) -> float:
        """Count a wrong key; the seconds after which its sender is told."""
        if now_s - self._last_s > FORGOTTEN_S:
            self._wrong = 0
        self._last_s = now_s
        self._wrong += 1
        return float(min(LONGEST_S, FIRST_S * 2 ** min(self._wrong - 1, 10)))
