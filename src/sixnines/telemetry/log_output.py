"""The log of this process: lines to standard error, written by a thread of its own.

Never makes whoever logs wait: when nobody reads what is written, lines are dropped and counted, and a line says how
many when somebody reads again. Lines of several processes stay whole: who writes holds a lock that all of them share.
"""

import contextlib
import fcntl
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping

from sixnines.domain.log_settings import LogSettings, ObservingSettings
from sixnines.telemetry.log_style import LogStyle
from sixnines.telemetry.parcel import Parcel
from sixnines.telemetry.redaction import Redactor

_CAPACITY = 4096
# Lines about requests do not wake the thread: that would cost a request more than all the rest.
_EVERY_S = 0.2
_MANY = 1024  # lines that wait, on the other hand: at 20,000 requests a second the queue would be full before that
_AT_ONCE = 64  # parcels in one write
_CLOSE_S = 1.0
_NEWLINE = b"\n"


class LogOutput(logging.Handler):
    """Writes lines to a file descriptor.

    Args:
        fd: where.
        who: see `LogStyle`.
        lock: a file to lock while writing, for several processes; -1 for none.
        capacity: how many lines may wait.
    """

    def __init__(self, fd: int, who: str = "", *, lock: int = -1, capacity: int = _CAPACITY) -> None:
        super().__init__()
        self.lock_file = lock
        self._fd = fd
        self._who = who
        self._capacity = capacity
        self._queue: deque[Parcel] = deque()
        # Lines in parcels beyond one for each, which the queue counts: each is added to by one thread.
        self._packed = 0
        self._unpacked = 0
        self._overflowed = 0  # by those who log
        self._unwritten = 0  # by the thread
        self._told = 0
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._stopping = False
        self._patience_s: float | None = None
        self._thread: threading.Thread | None = None
        self.style = LogStyle(LogSettings(), Redactor(), who)
        self.setFormatter(self.style)

    def dress(self, settings: LogSettings, redactor: Redactor) -> None:
        """From now on write like this."""
        self.style = LogStyle(settings, redactor, self._who)
        self.setFormatter(self.style)
        self._patience_s = _EVERY_S if settings.requests else None
        self._wake.set()
        logging.getLogger().setLevel(settings.level.number)

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        try:
            line = self.format(record).encode(errors="backslashreplace") + _NEWLINE
        except Exception:  # noqa: BLE001 - a message that cannot be made must not fail what it is about
            line = b"a message could not be written: %b\n" % record.msg.encode(errors="replace")[:200]
        self.offer(Parcel(line, 1))
        self._idle.clear()
        self._wake.set()

    def offer(self, lines: Parcel) -> None:
        """Write lines soon, or drop them. Parcels of several may come from one thread only."""
        waiting = len(self._queue) + self._packed - self._unpacked + lines.count
        if waiting > self._capacity:
            self._overflowed += lines.count
            return
        self._queue.append(lines)
        self._packed += lines.count - 1
        if waiting >= _MANY:
            self._wake.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many lines were dropped, by the reason."""
        return {"queue": self._overflowed, "write": self._unwritten}

    def flush(self) -> None:
        """Wait until what waits is written, but not for long: nobody may be reading."""
        if self._thread is not None and self._thread.is_alive() and self._queue:
            self._idle.clear()
            self._wake.set()
            self._idle.wait(_CLOSE_S)

    def close(self) -> None:
        """Write what waits, if somebody reads it, and end."""
        self.flush()
        self._stopping = True
        self._wake.set()
        super().close()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._patience_s)
            self._wake.clear()
            self._drain()
            self._idle.set()

    def _drain(self) -> None:
        while self._queue:
            lines, count = [], 0
            for _ in range(min(len(self._queue), _AT_ONCE)):
                parcel = self._queue.popleft()
                self._unpacked += parcel.count - 1
                lines.append(parcel.data)
                count += parcel.count
            self._write(lines, count)

    def _write(self, lines: list[bytes], count: int) -> None:
        dropped = self._overflowed + self._unwritten
        if dropped > self._told:
            record = logging.makeLogRecord(
                {"msg": "%d lines of the log were dropped: nobody read them in time", "args": (dropped - self._told,),
                 "levelno": logging.WARNING, "levelname": "WARNING"}
            )  # fmt: skip
            lines.insert(0, self.style.format(record).encode(errors="backslashreplace") + _NEWLINE)
            self._told = dropped
        try:
            with self._alone():
                left = memoryview(b"".join(lines))
                while left:
                    left = left[os.write(self._fd, left) :]
        except OSError:  # the reader is gone, or the disk is full
            self._unwritten += count

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process writes meanwhile."""
        if self.lock_file < 0:
            yield
            return
        fcntl.lockf(self.lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self.lock_file, fcntl.LOCK_UN)


def installed() -> LogOutput | None:
    """The log of this process, if it has one."""
    return next((each for each in logging.getLogger().handlers if isinstance(each, LogOutput)), None)


def follow(settings: ObservingSettings) -> None:
    """Have the log of this process, if it has one, written as `settings` say."""
    output = installed()
    if output is not None:
        output.dress(settings.log, Redactor(settings.secrets))


def install(who: str = "", fd: int = 2) -> LogOutput:
    """Have everything that is logged written to `fd`, also in a process that was forked from one that did."""
    before = installed()
    if before is None:
        # Only Linux has several workers, and files without a name or a place.
        output = LogOutput(fd, who, lock=os.memfd_create("sixnines-log") if hasattr(os, "memfd_create") else -1)
    else:  # locks of POSIX belong to processes: those that share the file are alone in turns
        output = LogOutput(fd, who, lock=before.lock_file)
        output.dress(before.style.settings, before.style.redactor)
    root = logging.getLogger()
    for each in tuple(root.handlers):
        root.removeHandler(each)
    root.addHandler(output)
    root.setLevel(output.style.settings.level.number)
    return output
