"""The revisions of a config as commands compare them: the one that a gateway serves, the one that holds, any other.

Never changes anything. Secrets are not read: the variables and files that a config names need not be there.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sixnines.cli.reach import Reach
from sixnines.config.document import Document
from sixnines.config.load import Loaded, read_config, read_sources
from sixnines.config.sources import digest_of
from sixnines.control.archive import Archive
from sixnines.control.change_plan import Base
from sixnines.errors import ConfigError, CorruptRevision
from sixnines.registry import CATALOG


@dataclass(frozen=True, slots=True)
class Point:
    """A config that another one is compared with.

    Attributes:
        name: for people, such as `revision 7 (running)`.
        base: its revision; None for a file, and where nothing was recorded.
        document: what it says; None where nothing was recorded.
    """

    name: str
    base: Base | None
    document: Document | None


class Recorded:
    """What is known of the revisions of one config. Closes its connection to the gateway when it is left.

    Args:
        reached: the config, and the gateway that serves it, if one does.
        remote: that gateway keeps the revisions, on another machine.
    """

    def __init__(self, reached: Reach, *, remote: bool) -> None:
        self._directory = reached.config.parent
        self._archive = Archive(reached.store)
        self._gateway = reached.gateway
        self._remote = remote

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gateway is not None:
            self._gateway.close()

    def holding(self) -> Point:
        """The revision that a running gateway serves, else the one that the next start does, else nothing.

        Raises:
            ControlError: what is kept cannot be read, or is not what was recorded; or a gateway runs and does not say
                what it serves.
            ConfigError: this version of sixnines does not take it any more.
        """
        if self._gateway is None:
            head, note = self._archive.head(), "holds"
        else:
            state = self._gateway.state()
            if state.revision:
                return self.revision(state.revision, note="running")
            head, note = state.head, "holds; the gateway serves a config that is not recorded"
        if head is None:
            return Point("nothing: no revision is recorded yet", None, None)
        return self.revision(head, note=note)

    def revision(self, number: int, *, note: str = "") -> Point:
        """One of them.

        Args:
            number: of the revision.
            note: what more to say of it.

        Raises:
            UnknownRevision: none of that number is kept.
            ControlError: it cannot be read, or is not what was recorded.
            ConfigError: this version of sixnines does not take it any more.
        """
        name = f"revision {number}"
        if self._remote and self._gateway is not None:
            shown = self._gateway.revision(number)
            files, digest = tuple(shown.files), shown.revision.digest
            if not files or digest_of(files) != digest:
                raise CorruptRevision(f"{name} came from {self._gateway.where} as something else than was recorded")
        else:
            files, digest = self._archive.sources(number), self._archive.read(number).digest
        loaded = read_sources(files, name, None, CATALOG, directory=self._directory)
        return Point(f"{name} ({note})" if note else name, Base(revision=number, digest=digest), sound(loaded))


def of_file(path: Path) -> Point:
    """A config file that need not be recorded.

    Raises:
        ConfigError: it has errors.
    """
    return Point(str(path), None, sound(read_config(path, None, CATALOG)))


def sound(loaded: Loaded) -> Document:
    """The document of a config.

    Raises:
        ConfigError: it has errors.
    """
    if loaded.snapshot is None or loaded.document is None:
        raise ConfigError(loaded.report().rstrip())
    return loaded.document
