"""One change at a time: a lock that its holder signs, and that its death gives back.

Hardly waits: who comes second is told who holds it. Never removes the file: a lock on a file that has lost its name
locks nothing out.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sixnines.errors import ChangeUnderWay

_LONGEST = 4096  # bytes of a signature
# Who only asks for the holder has the lock himself for some microseconds. He shall not pass for one who changes things.
_TRIES, _PAUSE_S = 10, 0.01
# Who has signed nothing has only begun, or is about to end: he is waited for somewhat longer, to be told by name.
_TRIES_UNSIGNED = 100

_encode = msgspec.json.Encoder().encode


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something.

    Attributes:
        pid: the process.
        who: the person, as the system knows him.
        since_unix_s: when that was begun.
        what: such as `apply` or `rollback`.
    """

    pid: int
    who: str
    since_unix_s: float
    what: str

    def told(self) -> str:
        """Such as `apply by alice (process 4242) since 2026-05-01 12:00:00 UTC`."""
        try:
            since = f"{datetime.fromtimestamp(self.since_unix_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
        except (ValueError, OverflowError, OSError):  # no time that a calendar knows: somebody else wrote it
            since = "an unknown time"
        return f"{self.what} by {self.who} (process {self.pid}) since {since}"


_decode = msgspec.json.Decoder(Holder).decode


@contextmanager
def held(path: Path, signature: Holder) -> Iterator[None]:
    """Hold the lock in `path`; the system gives it back if this process dies.

    It also keeps out who asks a second time in this same process (`flock(2)`: the lock is of the opened file).

    Raises:
        ChangeUnderWay: somebody holds it; the message says who.
        OSError: the file cannot be made or written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _taken(descriptor):
            other = _signature(descriptor)
            told = "by somebody who has only begun" if other is None else other.told()
            raise ChangeUnderWay(
                f"this config is being changed: {told}; wait until that has ended, or end it: then it is taken back"
            )
        try:
            _sign(descriptor, _encode(signature))
            yield
        finally:
            with contextlib.suppress(OSError):  # who it was is for people only
                os.ftruncate(descriptor, 0)
            # Said aloud: closing alone would leave it with a process that was forked meanwhile.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def holder(path: Path) -> Holder | None:
    """Who holds the lock, if somebody does. By the time that it is read it may be over.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _signature(descriptor)
    else:
        return None  # whatever it says was signed by a process that died
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    for attempt in range(_TRIES_UNSIGNED):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt >= _TRIES - 1 and _signature(descriptor) is not None:
                return False
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _signature(descriptor: int) -> Holder | None:
    return _signed(os.pread(descriptor, _LONGEST, 0))


def _sign(descriptor: int, signature: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, signature, 0)


def _signed(data: bytes) -> Holder | None:
    try:
        return _decode(data)
    except msgspec.MsgspecError:
        return None
