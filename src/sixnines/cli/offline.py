"""Changes where no gateway runs: the procedure in this process. Nothing is served by them before the next start."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from sixnines.cli.reach import Reach
from sixnines.clock import SystemClock
from sixnines.config.load import Loaded, read_config, read_sources
from sixnines.config.sources import SourceFile
from sixnines.control.deployment import Deployment
from sixnines.control.events import CheckResult, Ended, Event
from sixnines.control.on_disk import digest_on_disk
from sixnines.control.ports import Ports
from sixnines.control.preflight import ProviderPreflight
from sixnines.control.store import RevisionStore
from sixnines.registry import CATALOG
from sixnines.settings import Settings


def run_offline(
    reached: Reach,
    settings: Settings,
    change: Callable[[Deployment], Awaitable[Ended]],
    tell: Callable[[Event], None],
    *,
    known: Sequence[SourceFile] = (),
) -> Ended:
    """Make a change where no gateway runs.

    Args:
        reached: the config.
        settings: where state is kept, and where secrets are.
        change: what is asked of the deployment.
        tell: what is done with each event.
        known: what the config file was seen to hold just now.

    Raises:
        SixNinesError: see `Deployment`.
    """
    clock = SystemClock()

    def load(files: Sequence[SourceFile]) -> Loaded:
        name, directory = str(reached.config), reached.config.parent
        return read_sources(files, name, settings.environment, CATALOG, directory=directory)

    def read() -> Loaded:
        return read_config(reached.config, None, CATALOG)

    ports = Ports(
        store=RevisionStore(reached.store, clock),
        load=load,
        on_disk=lambda: digest_on_disk(reached.config, [known], read),
        clock=clock,
        catalog=CATALOG,
        preflight=_ask_providers,
        tell=tell,
    )

    async def run() -> Ended:
        return await change(Deployment(ports))

    return asyncio.run(run())


async def _ask_providers(old: Loaded | None, new: Loaded) -> AsyncIterator[CheckResult]:
    """See `control.interface.Preflight`."""
    from sixnines.bootstrap import looking_up

    async with looking_up() as lookup:
        async for result in ProviderPreflight(lookup, SystemClock())(old, new):
            yield result
