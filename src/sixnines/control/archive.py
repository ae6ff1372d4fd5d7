"""The revisions that were recorded, for whoever reads: a folder for each config file. Never writes.

Every file is compared with its SHA-256 before anything of it is believed. What differs is reported, with a word on what
to do, and never given out.

```
sources/<sha256>         the bytes of a source file, once
revisions/<number>.json  a `Revision`
outcomes/<number>.json   an `Outcome`
head                     a `Head`
applying                 a `Journal`
lock                     see `control.lock`
```
"""

import errno
import hashlib
import os
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.lock import Holder, holder
from sixnines.control.revision import Entry, Head, Journal, Outcome, Revision, Source
from sixnines.control.sealed import unseal
from sixnines.errors import CorruptRevision, StoreUnusable, UnknownRevision

T = TypeVar("T")

_NUMBERED = re.compile(r"([1-9][0-9]{0,17})\.json")
_LARGEST = 64 * 1024 * 1024  # of one file: the evidence of ten thousand checks is a tenth of this


def folder_of(state_home: Path, config: Path) -> Path:
    """Where the revisions of a config file are: by its absolute path, as it is named (links are not followed).

    Args:
        state_home: `Settings.state_home`.
        config: the file.
    """
    name = hashlib.sha256(os.fsencode(os.path.abspath(config))).hexdigest()[:16]  # noqa: PTH100 - resolve() follows links
    return state_home / "revisions" / name


class Archive:
    """What is kept in one folder.

    Args:
        folder: `folder_of` a config file; it need not exist.

    Attributes:
        folder: the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources = folder / "sources"
        self._revisions = folder / "revisions"
        self._outcomes = folder / "outcomes"
        self._head = folder / "head"
        self._journal = folder / "applying"
        self._lock = folder / "lock"

    def head(self) -> int | None:
        """The number of the revision that holds; None before the first.

        Raises:
            CorruptRevision: that cannot be told. The next change finds it again.
            StoreUnusable: it cannot be read.
        """
        try:
            found = self._unsealed(self._head, Head)
        except ValueError as problem:
            raise CorruptRevision(
                f"which revision holds cannot be told: {self._head}: {problem}; the next `sixnines apply` or "
                "`sixnines rollback NUMBER` finds that out from what became of the revisions"
            ) from None
        return None if found is None else found.number

    def read(self, number: int) -> Revision:
        """One revision.

        Raises:
            UnknownRevision: there is none of that number.
            CorruptRevision: what is kept of it is not what was recorded.
            StoreUnusable: it cannot be read.
        """
        path = self._revisions / f"{number}.json"
        try:
            found = self._unsealed(path, Revision)
        except ValueError as problem:
            raise _corrupt(number, f"{path}: {problem}") from None
        if found is None:
            raise UnknownRevision(f"no revision {number} is kept; `sixnines history` lists those that are")
        if found.number != number:
            raise _corrupt(number, f"{path}: it is revision {found.number} under a wrong name")
        return found

    def sources(self, number: int) -> tuple[SourceFile, ...]:
        """The files of a revision, each of them what was recorded.

        Raises:
            UnknownRevision: there is none of that number.
            CorruptRevision: a file is not what was recorded.
            StoreUnusable: a file cannot be read.
        """
        revision = self.read(number)
        files = tuple(SourceFile(each.path, self._source(number, each)) for each in revision.sources)
        if not files or digest_of(files) != revision.digest:
            raise _corrupt(number, "its files together are not what was recorded")
        return files

    def outcome(self, number: int) -> Outcome | None:
        """What became of a revision; None while that is not known.

        Raises:
            CorruptRevision: what is kept of it is not what was recorded.
            StoreUnusable: it cannot be read.
        """
        path = self._outcomes / f"{number}.json"
        try:
            return self._unsealed(path, Outcome)
        except ValueError as problem:
            raise CorruptRevision(f"what became of revision {number} cannot be told: {path}: {problem}") from None

    def journal(self) -> Journal | None:
        """The change that is under way, or that was when its process died.

        Raises:
            CorruptRevision: it is not what was written. The next change settles what was left.
            StoreUnusable: it cannot be read.
        """
        try:
            return self._unsealed(self._journal, Journal)
        except ValueError as problem:
            raise CorruptRevision(f"the journal of a change cannot be read: {self._journal}: {problem}") from None

    def holder(self) -> Holder | None:
        """Who changes the config at the moment, if somebody does.

        Raises:
            StoreUnusable: that cannot be read.
        """
        try:
            return holder(self._lock)
        except OSError as problem:
            raise unusable("read", self._lock, problem) from None

    def numbers(self) -> list[int]:
        """The revisions that are kept, sound or not, the newest first.

        Raises:
            StoreUnusable: the folder cannot be read.
        """
        return _numbers(self._revisions)

    def _outcome_numbers(self) -> list[int]:
        """The revisions of which it is known what became of them, the newest first."""
        return _numbers(self._outcomes)

    def history(self) -> list[Entry]:
        """All that is kept, the newest first. What is corrupt is an entry that says so.

        Raises:
            StoreUnusable: the folder cannot be read.
        """
        try:
            head = self.head()
        except CorruptRevision:
            head = None
        sound: set[str] = set()
        return [self._entry(number, head, sound) for number in self.numbers()]

    def _entry(self, number: int, head: int | None, sound: set[str]) -> Entry:
        """One of them.

        Args:
            number: of it.
            head: the one that holds.
            sound: digests of sources that have been looked at; those of this one are added.
        """
        problems: list[str] = []
        revision = outcome = None
        try:
            revision = self.read(number)
            for each in revision.sources:
                if each.sha256 not in sound:
                    self._source(number, each)
                    sound.add(each.sha256)
        except (CorruptRevision, UnknownRevision, StoreUnusable) as problem:  # unknown: it was pruned meanwhile
            problems.append(str(problem))
        try:
            outcome = self.outcome(number)
        except (CorruptRevision, StoreUnusable) as problem:
            problems.append(str(problem))
        if outcome is not None:
            outcome = msgspec.structs.replace(outcome, evidence=msgspec.Raw(b"{}"))
        return Entry(
            number=number, revision=revision, outcome=outcome, holds=number == head, problem="; ".join(problems)
        )

    def _source(self, number: int, source: Source) -> bytes:
        path = self._sources / source.sha256
        if not re.fullmatch("[0-9a-f]{64}", source.sha256):
            raise _corrupt(number, f"{source.path}: its SHA-256 is none")
        try:
            with path.open("rb") as file:
                content = file.read(source.size + 1)
        except FileNotFoundError:
            raise _corrupt(number, f"{source.path}: the file {path} is gone") from None
        except OSError as problem:
            raise unusable("read", path, problem) from None
        if hashlib.sha256(content).hexdigest() != source.sha256:
            raise _corrupt(number, f"{source.path}: the file {path} is not what was recorded (its SHA-256 differs)")
        return content

    def _unsealed(self, path: Path, form: type[T]) -> T | None:
        """What a file holds; None where there is none.

        Raises:
            ValueError: it is not what was written.
            StoreUnusable: it cannot be read.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise unusable("read", path, problem) from None
        return unseal(data, form)


_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the quota of this user is used up: free some space",
    errno.EFBIG: "the process may not write files of this size (`ulimit -f`)",
    errno.EACCES: "give this user access to it, or set XDG_STATE_HOME to a folder that is his",
    errno.EPERM: "give this user access to it, or set XDG_STATE_HOME to a folder that is his",
    errno.EROFS: "the file system is read-only: set XDG_STATE_HOME to a folder that can be written",
    errno.ENOTDIR: "something that is no folder stands where one is needed: move it away",
    errno.EEXIST: "something that is no folder stands where one is needed: move it away",
    errno.EISDIR: "a folder stands where a file is needed: move it away",
    errno.EIO: "the disk fails",
}


def unusable(verb: str, path: Path, problem: OSError) -> StoreUnusable:
    """What is said when the folder of the revisions fails.

    Args:
        verb: `read` or `write`.
        path: what was to be read or written.
        problem: what the system says.
    """
    advice = _ADVICE.get(problem.errno or 0)
    where = problem.filename if isinstance(problem.filename, str) else path
    said = (
        f"the revisions of the config cannot be {'read' if verb == 'read' else 'written'}: {where}: {problem.strerror}"
    )
    return StoreUnusable(f"{said}; {advice}" if advice else said)


def _numbers(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names only
    except FileNotFoundError:
        return []
    except OSError as problem:
        raise unusable("read", folder, problem) from None
    return sorted((int(match[1]) for name in names if (match := _NUMBERED.fullmatch(name))), reverse=True)


def _corrupt(number: int, what: str) -> CorruptRevision:
    return CorruptRevision(f"revision {number} is not what was recorded and cannot be used: {what}")
