"""Records to lines of JSON in a file, written by a thread of its own.

Never makes whoever offers a record wait: when the queue is full or the disk fails, records are dropped and counted.
"""

import logging
import threading
from collections import deque
from collections.abc import Mapping

import msgspec

from sixnines.domain.log_file import LogFile
from sixnines.telemetry.rotating_file import RotatingFile

_log = logging.getLogger("sixnines")

# Half a second's worth at 16,000 requests a second; a record takes about a KiB.
_CAPACITY = 8192
# How often the thread looks. Waking it for each record would cost the request more than all the rest.
_EVERY_S = 0.2
# Written at once: encoding these keeps the interpreter for a fraction of a millisecond, and in between others have it.
_AT_ONCE = 64
_CLOSE_S = 2.0


class _Turn(msgspec.Struct, frozen=True):
    """What is behind this in the queue goes there."""

    file: LogFile | None


class LineLog:
    """Takes records from the event loop. Where they go may change while it runs.

    Args:
        capacity: how many records may wait.
    """

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._queue: deque[object] = deque()
        self._overflowed = 0  # by the event loop
        self._unwritten = 0  # by the thread
        self._wanted: LogFile | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        # The thread's own.
        self._file: RotatingFile | None = None
        self._failing = False
        self._encode = msgspec.json.Encoder().encode_lines

    def configure(self, wanted: LogFile | None) -> None:
        """What is offered from now on goes there, or nowhere."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._queue.append(_Turn(wanted))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
            self._thread.start()

    def offer(self, record: object) -> None:
        """Write `record`, something that `msgspec.json` encodes and that nobody changes any more, or drop it."""
        if len(self._queue) < self._capacity:
            self._queue.append(record)
        else:
            self._overflowed += 1

    @property
    def running(self) -> bool:
        """There is something to close."""
        return self._thread is not None

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many records were dropped, by the reason."""
        return {"queue": self._overflowed, "disk": self._unwritten}

    def close(self, within_s: float = _CLOSE_S) -> None:
        """Write what waits and let go of the file. Gives up after `within_s` seconds: a disk may hang."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(within_s)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stopping.wait(_EVERY_S)
            self._drain()
        self._turn_to(None)

    def _drain(self) -> None:
        """Write what waits now; what comes meanwhile is for the next time."""
        batch: list[object] = []
        for _ in range(len(self._queue)):
            each = self._queue.popleft()
            if isinstance(each, _Turn):
                self._write(batch)
                self._turn_to(each.file)
                batch = []
                continue
            batch.append(each)
            if len(batch) == _AT_ONCE:
                self._write(batch)
                batch = []
        self._write(batch)

    def _turn_to(self, settings: LogFile | None) -> None:
        if self._file is not None:
            self._file.close()
        self._failing = False
        self._file = None if settings is None else RotatingFile(settings)

    def _write(self, records: list[object]) -> None:
        if not records:
            return
        try:
            self._append(self._encode(records))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the thread goes on
            self._unwritten += len(records)
            if not self._failing:
                _log.warning("decisions are not recorded: %s", problem)
            self._failing = True
        else:
            if self._failing:
                _log.info("decisions are recorded again")
            self._failing = False

    def _append(self, lines: bytes) -> None:
        if self._file is None:  # the last requests of a config that recorded; the one after it does not
            raise OSError("no file is configured any more")
        self._file.append(lines)
