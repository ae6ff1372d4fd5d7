"""Files that are there whole or not at all, whatever ends in the middle: the process, the system, the power.

Never leaves a name pointing at half of a file. What a dead writer has left is told by its name (`leftovers`).
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

SUFFIX = ".new"
"""Of a file that is not finished."""


def nothing(_point: str) -> None:
    """What is done at the points of a write when nobody asks for anything else."""


def write(path: Path, data: bytes, *, at: Callable[[str], None] = nothing) -> None:
    """Have `path` hold `data`, on the disk.

    Written beside its place, synced, renamed, and the folder synced (what `rename(2)` and `fsync(2)` promise together).
    Whoever writes holds the lock of the folder: there is one writer at a time.

    Args:
        path: in a folder that exists. The file gets mode 0600, whatever the umask lets through.
        data: what it shall hold.
        at: called with `opened NAME`, `written NAME`, `synced NAME` and `renamed NAME`: where tests kill the process.

    Raises:
        OSError: it cannot be written; `path` is as it was, unless it was only the last sync that failed.
    """
    fresh = path.with_name(path.name + SUFFIX)
    # What a dead writer has left; and the new file is ours alone, not one that something else put there.
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            at(f"opened {path.name}")
            file.write(data)
            file.flush()
            at(f"written {path.name}")
            os.fsync(descriptor)
        at(f"synced {path.name}")
        fresh.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()  # a full disk needs the room
        raise
    at(f"renamed {path.name}")
    sync_folder(path.parent)


def remove(folder: Path, names: Iterable[str], *, at: Callable[[str], None] = nothing) -> None:
    """Have files be gone, on the disk; nothing where they are gone already.

    Args:
        folder: theirs. It is synced once, whatever their number.
        names: of the files.
        at: called with `removed NAME` for each.

    Raises:
        OSError: one cannot be removed.
    """
    removed = False
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
            removed = True
            at(f"removed {name}")
    if removed:
        sync_folder(folder)


def make_folder(path: Path) -> None:
    """Have `path` be a folder that only its owner can look into (mode 0700); one that exists is made so.

    Raises:
        OSError: it cannot be made.
    """
    if path.is_dir():
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def leftovers(folder: Path) -> list[str]:
    """The names of what writers that ended in the middle have left. Only who holds the lock may take it for that.

    Raises:
        OSError: the folder cannot be read.
    """
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(SUFFIX))


def sync_folder(folder: Path) -> None:
    """Have the disk know the names in `folder` too.

    Raises:
        OSError: it cannot.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
