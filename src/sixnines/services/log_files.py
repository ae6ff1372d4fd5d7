"""Log files that other processes write to, kept from filling the disk.

Whoever writes holds the file open and appends (O_APPEND), so it is copied and emptied, as logrotate's `copytruncate`
does: what is written between the two, a moment, is lost. Never raises: a log that cannot be turned over grows.
"""

import contextlib
import os
import shutil
from collections import deque
from pathlib import Path

MAX_SIZE = 10 * 1024**2
KEEP = 3


def turn_over(path: Path, *, max_size: int = MAX_SIZE, keep: int = KEEP) -> bool:
    """Begin the log anew when it is larger than `max_size` bytes; `keep` older ones stay, `.1` the youngest.

    Returns:
        Whether it was.
    """
    with contextlib.suppress(OSError):
        if path.stat().st_size <= max_size:
            return False
        for number in range(keep - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                _older(path, number).replace(_older(path, number + 1))
        shutil.copyfile(path, _older(path, 1))
        _older(path, 1).chmod(0o600)
        os.truncate(path, 0)
        return True
    return False


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, maxlen=count)]
    except FileNotFoundError:
        return []


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
