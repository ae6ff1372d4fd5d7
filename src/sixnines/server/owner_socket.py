"""The Unix socket by which the owner of a gateway reaches it. Nobody else can open it (mode 0600).

Never leaves a moment in which somebody else could, or in which its name leads to a socket that nobody serves: it is
bound under another name, and gets its own when all is ready.
"""

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sixnines.server.lifecycle import BACKLOG

LONGEST = 107
"""Bytes of a path that a Unix socket can have (unix(7): 108 with the zero at the end)."""

OWN_FOLDER = "sixnines-owner-"
"""How the name of a folder begins that was made for a socket."""

_UNFINISHED = ".new"


@dataclass(frozen=True, slots=True)
class OwnerSocket:
    """One that is listened on.

    Attributes:
        sock: to accept from.
        path: where it is found.
        own_folder: it lies in a folder that was made for it.
    """

    sock: socket.socket
    path: Path
    own_folder: bool = False

    def close(self) -> None:
        """Listen no more, and leave nothing behind."""
        self.sock.close()
        with contextlib.suppress(OSError):
            self.path.unlink()
            if self.own_folder:
                self.path.parent.rmdir()


def open_owner_socket(name: str, runtime_home: Path | None, store: Path | None) -> OwnerSocket:
    """Listen.

    Args:
        name: of the socket's file, without its ending; no other gateway's.
        runtime_home: `$XDG_RUNTIME_DIR`, if there is one: the first place that is tried.
        store: the folder of the revisions, where there is one: the second. The last is a new folder among the temporary
            files.

    Raises:
        OSError: there is no place for it.
    """
    for folder in _folders(runtime_home, store):
        path = folder / f"{name}.sock"
        try:
            return OwnerSocket(_listening(path), path)
        except OSError:
            continue
    folder = Path(tempfile.mkdtemp(prefix=OWN_FOLDER))  # mkdtemp: 0700, whatever the umask
    path = folder / f"{name}.sock"
    try:
        return OwnerSocket(_listening(path), path, own_folder=True)
    except OSError:
        folder.rmdir()
        raise


def _folders(runtime_home: Path | None, store: Path | None) -> Iterator[Path]:
    """Where it may be; made if they are not there."""
    if runtime_home is not None and runtime_home.is_absolute() and runtime_home.is_dir():
        folder = runtime_home / "sixnines"
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        yield folder
    if store is not None:
        yield store


def _listening(path: Path) -> socket.socket:
    unfinished = path.with_name(path.name + _UNFINISHED)
    if len(os.fsencode(unfinished)) > LONGEST:
        raise OSError("the path is too long for a Unix socket")
    with contextlib.suppress(FileNotFoundError):
        unfinished.unlink()  # of a predecessor that was killed
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.setblocking(False)
        sock.bind(os.fspath(unfinished))
        unfinished.chmod(0o600)  # before anybody can connect, which takes `listen`
        sock.listen(BACKLOG)
        unfinished.rename(path)
    except OSError:
        sock.close()
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    return sock
