"""Which config a start serves: what holds, or the file if that has been edited since.

Never keeps a gateway from starting because something cannot be recorded: that is a warning.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.revision import Draft, Fate, Origin, Revision
from sixnines.control.store import RevisionStore
from sixnines.errors import ControlError


class Serves(enum.Enum):
    """Where a start takes its config from."""

    HEAD = enum.auto()
    FILE = enum.auto()


@dataclass(frozen=True, slots=True)
class Start:
    """What a start serves.

    Attributes:
        loaded: the config; it may have errors, and then nothing was recorded.
        revision: its number; 0 if it could not be recorded.
        why: one sentence for the log.
        warnings: what the operator should know besides.
    """

    loaded: Loaded
    revision: int
    why: str
    warnings: tuple[str, ...] = ()


def decide(head: Revision | None, file_digest: str | None) -> Serves:
    """Which of the two a start serves.

    Args:
        head: the revision that holds, if there is one that can be read.
        file_digest: of the config file now; None if it cannot be read.
    """
    if head is None:
        return Serves.FILE
    # A file that is gone has not been edited: what held goes on.
    return Serves.HEAD if file_digest in (None, head.file_digest) else Serves.FILE


def begin(
    store: RevisionStore,
    read_file: Callable[[], Loaded],
    load: Callable[[Sequence[SourceFile]], Loaded],
    author: str,
) -> Start:
    """Find out what a start serves, and record it if it is new. Waits for the disk.

    Args:
        store: the revisions of the config file.
        read_file: reads the config file as it is now.
        load: reads a config from its files.
        author: who starts the gateway.
    """
    file = read_file()
    try:
        with store.locked(author, "start"):
            return _start(store, file, load, author)
    except ControlError as problem:
        # What holds can be read without the lock, if it can be read at all.
        head, warnings = _head(store)
        warnings += (f"nothing can be recorded now: {problem}",)
        if head is not None and decide(head.revision, _digest(file)) is Serves.HEAD:
            return _serve(head, file, load, warnings)
        return Start(file, 0, "serving the file, which could not be recorded", warnings)


@dataclass(frozen=True, slots=True)
class _Head:
    """What holds."""

    revision: Revision
    files: tuple[SourceFile, ...]


def _start(store: RevisionStore, file: Loaded, load: Callable[[Sequence[SourceFile]], Loaded], author: str) -> Start:
    head, warnings = _head(store)
    digest = _digest(file)
    if head is not None and decide(head.revision, digest) is Serves.HEAD:
        return _serve(head, file, load, warnings)
    if file.snapshot is None:
        if head is not None:
            number = head.revision.number
            warnings += (f"revision {number} held before: `sixnines rollback {number}` has it served again",)
        return Start(file, 0, "the file has errors", warnings)
    revision = store.record(file.sources, Draft(author=author, origin=Origin.START, file_digest=digest))
    store.set_head(revision.number)
    store.set_outcome(revision.number, Fate.APPLIED)
    why = f"it has changed since revision {head.revision.number}" if head else "nothing was recorded before it"
    return Start(file, revision.number, f"serving the file as revision {revision.number}: {why}", warnings)


def _serve(
    head: _Head, file: Loaded, load: Callable[[Sequence[SourceFile]], Loaded], warnings: tuple[str, ...]
) -> Start:
    number = head.revision.number
    # Reading it a second time would take as long as the first.
    loaded = file if _digest(file) == head.revision.digest else load(head.files)
    if not file.sources:
        why = f"serving revision {number}, which holds: the file cannot be read"
        warnings += (f"{file.name} cannot be read; what held before is served all the same",)
    elif _digest(file) == head.revision.digest:
        why = f"serving revision {number}, which is the file"
    else:
        why = f"serving revision {number}, which holds: the file has not changed since that was applied"
    return Start(loaded, number, why, warnings)


def _head(store: RevisionStore) -> tuple[_Head | None, tuple[str, ...]]:
    """What holds, and what the operator should know if that cannot be told."""
    try:
        number = store.head()
        return (None if number is None else _Head(store.read(number), store.sources(number))), ()
    except ControlError as problem:
        return None, (str(problem),)


def _digest(file: Loaded) -> str | None:
    return digest_of(file.sources) if file.sources else None
