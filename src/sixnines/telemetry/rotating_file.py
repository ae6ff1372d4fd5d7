"""A file that lines are appended to, for its owner's eyes, and a new one when it is full.

Never leaves half a line in front of a whole one, and never writes to anything but a regular file. Several processes
may append to one path: lines are whole in each `write(2)` with O_APPEND, whoever rotates holds a lock (`flock(2)`), and
whose file has been rotated by another goes on with the new one.
"""

import contextlib
import errno
import fcntl
import os
import stat
from pathlib import Path

from sixnines.domain.log_file import LogFile

_MODE = 0o600
_OTHERS = 0o077
# For reading too: so a named pipe in the way is opened and found out, and nobody waits for its reader.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_NONE = -1


class RotatingFile:
    """Appends to the file of `settings`, which is opened when the first line comes."""

    def __init__(self, settings: LogFile) -> None:
        self._path = Path(settings.path)
        self._max_size = settings.max_size
        self._keep = settings.keep
        self._fd = _NONE
        self._torn = False

    def append(self, lines: bytes) -> None:
        """Write whole lines, each with its end.

        Raises:
            OSError: they are not all written. What is left of a line is ended before the next one.
        """
        if self._fd != _NONE and not self._is_current():
            self.close()
        if self._fd == _NONE:
            self._open()
        size = os.fstat(self._fd).st_size
        if size and size + len(lines) > self._max_size:
            self._rotate()
        left = memoryview(b"\n" + lines if self._torn else lines)
        try:
            while left:
                left = left[os.write(self._fd, left) :]
                self._torn = True
        except OSError:
            self.close()
            raise
        self._torn = False

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        fd, self._fd = self._fd, _NONE
        if fd != _NONE:
            os.close(fd)

    def _open(self) -> None:
        fd = os.open(self._path, _FLAGS, _MODE)
        try:
            self._torn = _take(fd)
        except OSError:
            os.close(fd)
            raise
        self._fd = fd

    def _is_current(self) -> bool:
        """Nobody has moved the file away."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._fd))
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        """Make room, unless another process has just done so."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        if self._is_current():
            for number in range(self._keep, 0, -1):
                older = self._path if number == 1 else self._older(number - 1)
                with contextlib.suppress(FileNotFoundError):
                    older.replace(self._older(number))
            if not self._keep:
                self._path.unlink()
        self.close()  # which lets go of the lock
        self._open()
        self._drop_surplus()

    def _drop_surplus(self) -> None:
        """Those that an earlier config kept and this one does not."""
        number = self._keep + 1
        with contextlib.suppress(FileNotFoundError):
            while True:
                self._older(number).unlink()
                number += 1

    def _older(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def _take(fd: int) -> bool:
    """Make an open file ours; whether its last line has no end.

    Raises:
        OSError: it is no regular file, or somebody else's.
    """
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    if found.st_mode & _OTHERS:
        os.fchmod(fd, _MODE)
    return found.st_size > 0 and os.pread(fd, 1, found.st_size - 1) != b"\n"
