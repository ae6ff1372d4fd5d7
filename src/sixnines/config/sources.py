"""The files that a config is made of, as values: what was read, where more of them come from, what all is told by.

Never reads a file: `config.files` does.
"""

import fnmatch
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Protocol

import msgspec

MOST_BYTES = 8 * 1024 * 1024  # of all files together; 2,000 models are half a megabyte
TOO_LARGE = f"larger than {MOST_BYTES // 1024**2} MiB: not a config"


class SourceFile(msgspec.Struct, frozen=True):
    """One file as it was read.

    Attributes:
        path: relative to the folder of the first one, with `/`.
        content: its bytes.
    """

    path: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def digest_of(sources: Sequence[SourceFile]) -> str:
    """What tells one config from another, in hex: the digest of its only file, or that of all paths and digests."""
    if len(sources) == 1:
        return sources[0].digest
    listed = "".join(f"{each.digest}  {each.path}\n" for each in sources)  # as sha256sum writes them
    return hashlib.sha256(listed.encode()).hexdigest()


class UnreadableError(Exception):
    """A file cannot be read.

    Attributes:
        reason: goes on after "the file": `cannot be read: Permission denied`.
        hint: what to do about it, or None.
    """

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Files(Protocol):
    """Where the files are that a config includes. Paths are relative to the folder of its first file, with `/`."""

    def read(self, path: str) -> bytes:
        """The content of a file, up to one byte more than `MOST_BYTES`.

        Raises:
            UnreadableError: it cannot be had.
        """
        ...

    def matching(self, pattern: str) -> list[str]:
        """The files whose paths match, sorted; wildcards stand in the last part only.

        Raises:
            UnreadableError: the folder cannot be looked into.
        """
        ...


class StoredFiles:
    """Files that have been read before: nothing on the disk is looked at."""

    def __init__(self, sources: Iterable[SourceFile]) -> None:
        self._content = {each.path: each.content for each in sources}

    def read(self, path: str) -> bytes:
        """See `Files`."""
        content = self._content.get(path)
        if content is None:
            raise UnreadableError("is not among the files that are given")
        return content

    def matching(self, pattern: str) -> list[str]:
        """See `Files`."""
        folder = PurePosixPath(pattern).parent
        paths = [PurePosixPath(each) for each in self._content]
        return sorted(str(each) for each in paths if each.parent == folder and is_match(each.name, pattern))


def is_match(name: str, pattern: str) -> bool:
    """Does a file's name match the last part of `pattern`? A hidden file only where the pattern says so."""
    wanted = PurePosixPath(pattern).name
    return fnmatch.fnmatchcase(name, wanted) and (not name.startswith(".") or wanted.startswith("."))
