"""Puts together what it takes to have the config of a running gateway changed: the paths, and who serves them.

Decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sixnines.clock import Clock
from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile
from sixnines.control.lookup import Lookup
from sixnines.control.on_disk import digest_on_disk
from sixnines.control.ports import Ports
from sixnines.control.preflight import ProviderPreflight
from sixnines.control.unnoticed import unnoticed
from sixnines.server.admin_changes import Apply, Rollback
from sixnines.server.admin_control import About, GatewayPage, RevisionDetail, RevisionList
from sixnines.server.changes import Changes, Files
from sixnines.server.home import Home
from sixnines.server.later import Serves
from sixnines.server.running import Running


@dataclass(frozen=True, slots=True)
class Changing:
    """What is put together.

    Attributes:
        changes: runs them.
        serves: pages and actions by their paths.
    """

    changes: Changes
    serves: Mapping[str, Serves]

    async def renew(self) -> None:
        """Read the files of the config, and serve what they say."""
        await self.changes.renew()

    async def close(self) -> None:
        """Have what is under way go back, and wait for it."""
        await self.changes.close()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is there already.

    Attributes:
        lookup: asks providers themselves.
        clock: for times.
        settled: called after each change.
        count: counts what came of each.
    """

    lookup: Lookup
    clock: Clock
    settled: Callable[[], None]
    count: Callable[[str], None]


def put_together(
    home: Home,
    running: Running,
    about: About,
    around: Surroundings,
) -> Changing:
    """All of it.

    Args:
        home: of the gateway.
        running: the gateway.
        about: it, for who asks.
        around: what else it needs.
    """
    last: list[tuple[SourceFile, ...]] = []

    def load(files: Sequence[SourceFile]) -> Loaded:
        last[:] = [tuple(files)]
        with unnoticed():
            return home.load(files)

    def read() -> Loaded:
        with unnoticed():
            return home.read()

    ports = Ports(
        store=home.store,
        load=load,
        on_disk=lambda: digest_on_disk(home.file, [*last, running.loaded.sources], read),
        clock=around.clock,
        gateway=running,
        catalog=home.catalog,
        preflight=ProviderPreflight(around.lookup, around.clock),
        verifier=home.verifier,
        step=home.step,
    )
    changes = Changes(
        ports, running, Files(read, str(home.file), home.owner), settled=around.settled, count=around.count
    )
    parts = (
        GatewayPage(running, home.store, about), RevisionList(home.store), RevisionDetail(home.store),
        Apply(changes), Rollback(changes),
    )  # fmt: skip
    return Changing(changes, {each.path: each for each in parts})
