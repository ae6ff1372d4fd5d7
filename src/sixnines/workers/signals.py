"""Signals as something to wait for together with everything else, and what becomes of them in a fork.

Never does anything when a signal comes but to note it (`signal.set_wakeup_fd`).
"""

import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Self

HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Signals:
    """Notes those that a parent heeds, while it is entered."""

    def __enter__(self) -> Self:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._before = {number: signal.signal(number, _noted) for number in HEEDED}
        self._fd_before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.close()

    def fileno(self) -> int:
        """To wait for signals."""
        return self._read.fileno()

    def caught(self) -> list[int]:
        """Those that have come since the last call, in order."""
        try:
            return list(self._read.recv(4096))
        except BlockingIOError:
            return []

    def close(self) -> None:
        """Note nothing more."""
        self._read.close()
        self._write.close()


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Signals come later: a fork must not begin with one that was meant for its parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def as_a_worker() -> None:
    """Make a fork, which was held back, one that listens to its parent and not to the terminal.

    Ctrl-C and a hang-up reach the whole process group; the parent passes them on in its own way.
    """
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # SIGTERM has its meaning once there is something to drain
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEEDED)


def _noted(number: int, frame: object) -> None:
    del number, frame
