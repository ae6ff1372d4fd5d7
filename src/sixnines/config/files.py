"""Reads the files of a config, and those that it names: ordinary files only, so that nothing can keep it waiting.

Never reads more than it was told to, and never outside the folder of a config what that config includes.
"""

import os
import stat
from pathlib import Path, PurePosixPath

from sixnines.config.sources import MOST_BYTES, UnreadableError, is_match

_KINDS = (
    (stat.S_ISDIR, "Is a directory"),  # in the system's own words
    (stat.S_ISFIFO, "a pipe, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
)


def read_file(path: Path, most: int) -> bytes:
    """The first bytes of an ordinary file: all of them, or one more than `most`.

    A pipe would keep its reader waiting for a writer, and a device may never end.

    Raises:
        UnreadableError: it is not there, may not be read, or is no ordinary file.
    """
    try:
        _check_kind(path.stat().st_mode)  # before it is opened: to open some devices does something
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _check_kind(os.fstat(descriptor).st_mode)
            return file.read(most + 1)
    except OSError as problem:
        raise _unreadable(problem) from None
    except ValueError:  # a zero byte
        raise UnreadableError("cannot be read: not a path") from None


class FolderFiles:
    """What lies in a folder and below (`sources.Files`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        """The content of a file, up to one byte more than `MOST_BYTES`.

        Raises:
            UnreadableError: it cannot be read, or lies elsewhere.
        """
        return read_file(self._inside(path), MOST_BYTES)

    def matching(self, pattern: str) -> list[str]:
        """The files whose paths match, sorted; wildcards stand in the last part only.

        Raises:
            UnreadableError: the folder cannot be looked into, or lies elsewhere.
        """
        folder = PurePosixPath(pattern).parent
        try:
            with os.scandir(self._inside(str(folder))) as entries:
                names = [each.name for each in entries if is_match(each.name, pattern) and not _is_folder(each)]
        except OSError as problem:
            raise _unreadable(problem) from None
        return sorted(str(folder / name) for name in names)

    def _inside(self, path: str) -> Path:
        """Where `path` really is, links followed."""
        try:
            home, real = os.path.realpath(self._folder), os.path.realpath(self._folder / path, strict=True)
        except OSError as problem:
            raise _unreadable(problem) from None
        if os.path.commonpath([home, real]) != home:
            hint = "all of a config lies in the folder of its first file or below: copy the file there"
            raise UnreadableError("is a link that leads out of the folder of the config", hint=hint)
        return Path(real)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads nowhere: whoever reads it says so
        return False


def _check_kind(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for is_it, name in _KINDS if is_it(mode)), "a device, not a file")
    raise UnreadableError(f"cannot be read: {kind}")


def _unreadable(problem: OSError) -> UnreadableError:
    return UnreadableError(f"cannot be read: {problem.strerror}")
