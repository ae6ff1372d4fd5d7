"""Whether a system has told of every request: its spans at the collector, its line in the log.

A system that tells of fewer than it served would look cheap. Looks before and after a round, never during one.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from answers import ask

LINE = b'"message":"request ok"'
PATIENCE_S = 5.0
"""For what is still on its way when a round is over: a second until it is sent, and time to take it."""
_LOOK_S = 0.1
_ASK = b"GET / HTTP/1.1\r\nHost: collector\r\n\r\n"


@dataclass(slots=True)
class Told:
    """What has been told so far.

    Attributes:
        collector: the port of the stand-in collector.
        log: where the system writes lines.
    """

    collector: int
    log: Path
    _spans: int = 0
    _read: int = 0

    def look(self) -> None:
        """From now on it counts."""
        self._spans = self._arrived()
        self._read = self.log.stat().st_size

    def faults(self, requests: int) -> tuple[str, ...]:
        """What is missing of so many requests that were answered since `look`."""
        give_up = time.perf_counter() + PATIENCE_S
        while True:
            spans, lines = self._arrived() - self._spans, self._lines()
            counts = {"spans": spans, "lines in the log": lines}
            found = tuple(
                f"{what} of {count} requests came, of {requests}" for what, count in counts.items() if count < requests
            )
            if not found or time.perf_counter() > give_up:
                return found
            time.sleep(_LOOK_S)

    def _arrived(self) -> int:
        return int(ask(self.collector, _ASK).body or 0)

    def _lines(self) -> int:
        with self.log.open("rb") as file:
            file.seek(self._read)
            return file.read().count(LINE)
