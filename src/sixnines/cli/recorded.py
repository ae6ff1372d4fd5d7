"""The revisions of a config as commands compare them: the one that a gateway serves, the one that holds, any other.

Never changes anything. Secrets are not read: the variables and files that a config names need not be there.
"""

from dataclasses import dataclass
from pathlib import Path

from sixnines.config.document import Document
from sixnines.config.load import Loaded, read_config, read_sources
from sixnines.control.archive import Archive, folder_of
from sixnines.control.change_plan import Base
from sixnines.control.presence import find
from sixnines.errors import ConfigError, GatewayUnreachable
from sixnines.registry import CATALOG
from sixnines.settings import Settings


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
    """What is known of the revisions of one config file.

    Args:
        config: the file; it need not be there any more.
        settings: where state is kept.
    """

    def __init__(self, config: Path, settings: Settings) -> None:
        self._config = config
        self._archive = Archive(folder_of(settings.state_home, config))

    def holding(self) -> Point:
        """The revision that a running gateway serves, else the one that the next start does, else nothing.

        Raises:
            ControlError: what is kept cannot be read, or is not what was recorded.
            GatewayUnreachable: a gateway runs and does not say what it serves.
        """
        running = self._running()
        if running:
            return self.revision(running, note="running")
        head = self._archive.head()
        if head is not None:
            return self.revision(head, note="holds" if running is None else "holds; the gateway runs one not recorded")
        return Point("nothing: no revision is recorded yet", None, None)

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
        files = self._archive.sources(number)
        loaded = read_sources(files, name, None, CATALOG, directory=self._config.parent)
        base = Base(revision=number, digest=self._archive.read(number).digest)
        return Point(f"{name} ({note})" if note else name, base, sound(loaded))

    def _running(self) -> int | None:
        """The number of the revision that a gateway serves, 0 for one not recorded; None if none runs."""
        try:
            presence = find(self._archive.folder)
        except PermissionError:
            raise GatewayUnreachable(
                "a gateway runs that belongs to another user; run this as that user, or name a revision with --against"
            ) from None
        if presence is None:
            return None
        from sixnines.client.gateway import GatewayClient

        with GatewayClient.at_socket(Path(presence.socket)) as gateway:
            return gateway.state().revision


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
