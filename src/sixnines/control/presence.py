"""Where the running gateway of a config is found: a small file in the folder of its revisions.

Never believed by itself: whoever reads it asks whether somebody answers at its socket. Never synced to the disk: after
a crash of the machine no gateway runs.
"""

import contextlib
import os
import socket
from pathlib import Path

import msgspec

NAME = "gateway.json"
_ANSWER_S = 2.0  # the kernel answers, not the gateway: only a machine that swaps takes longer than microseconds

_encode = msgspec.json.Encoder().encode


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway that runs.

    Attributes:
        pid: its process; with several workers, their parent.
        socket: the Unix socket that its owner reaches it by.
        address: where it listens for callers, as a URL.
        instance: tells it from the one that was started before it.
        version: of sixnines.
        started_unix_s: when it was started.
    """

    pid: int
    socket: str
    address: str
    instance: str
    version: str
    started_unix_s: float


_decode = msgspec.json.Decoder(Presence).decode


def announce(folder: Path, presence: Presence) -> None:
    """Say that a gateway runs.

    Raises:
        OSError: the folder cannot be written.
    """
    fresh = folder / f"{NAME}.{presence.pid}"
    fresh.write_bytes(msgspec.json.format(_encode(presence)) + b"\n")
    fresh.rename(folder / NAME)


def withdraw(folder: Path, presence: Presence) -> None:
    """It runs no more. Nothing is done where another gateway has announced itself since."""
    with contextlib.suppress(OSError):
        if announced(folder) == presence:
            (folder / NAME).unlink()


def announced(folder: Path) -> Presence | None:
    """What the file says, whether it is true or not; None where there is none, or one that nobody can have written."""
    try:
        return _decode((folder / NAME).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def find(folder: Path) -> Presence | None:
    """The gateway that runs, if one does.

    Raises:
        PermissionError: one does, and it belongs to somebody else.
    """
    said = announced(folder)
    return said if said is not None and answers(Path(said.socket)) else None


def answers(path: Path) -> bool:
    """Whether somebody listens at a Unix socket.

    Raises:
        PermissionError: it belongs to somebody else.
    """
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(_ANSWER_S)
        try:
            sock.connect(os.fspath(path))
        except PermissionError:
            raise
        except OSError:  # nobody listens, or there is no such file
            return False
    return True
