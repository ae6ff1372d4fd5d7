"""Where the config of a gateway is from, where its revisions are kept, and how its owner finds it. Values only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile
from sixnines.control.durable import nothing
from sixnines.control.store import RevisionStore
from sixnines.domain.kind import Catalog
from sixnines.errors import ControlError
from sixnines.server.attendance import Attendance

if TYPE_CHECKING:  # loaded with what changes configs, which few starts need
    from sixnines.control.interface import Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """See the top.

    Attributes:
        file: the config file.
        read: reads the config from it as it is now; waits for the disk.
        load: reads a config from files that are given.
        adjusted: what becomes of a config before it is served here: another port than the one that it says.
        store: the revisions.
        attendance: of the gateway.
        catalog: what is built in.
        owner: who runs it, as the system knows him.
        watch: whether its files are looked at again and again.
        verifier: looks at what is served; None: nobody does.
        step: called after each step of a change, where tests kill the process.
    """

    file: Path
    read: Callable[[], Loaded]
    load: Callable[[Sequence[SourceFile]], Loaded]
    adjusted: Callable[[Loaded], Loaded]
    store: RevisionStore
    attendance: Attendance
    catalog: Catalog
    owner: str
    watch: bool = False
    verifier: "Verifier | None" = None
    step: Callable[[str], None] = nothing

    def head(self) -> int | None:
        """The revision that holds; None if there is none, or it cannot be told."""
        try:
            return self.store.head()
        except ControlError:
            return None

    def files(self, loaded: Loaded) -> Iterable[Path]:
        """The files on disk of a config that is served."""
        return {self.file: None, **{self.file.parent / each.path: None for each in loaded.sources[1:]}}
