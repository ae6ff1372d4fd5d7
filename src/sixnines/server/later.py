"""What it takes to change the config of a running gateway, put together when it is first asked for.

Loading it takes a tenth of a start, and few starts are followed by a change. Never loads it on the event loop's time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from sixnines.control.unnoticed import small_turns
from sixnines.server.app import Visit

PAGES = ("/admin/v1/gateway", "/admin/v1/revisions", "/admin/v1/revisions/")
"""What it serves with GET."""

ACTIONS = ("/admin/v1/apply", "/admin/v1/rollback")
"""What it serves with POST."""


class Serves(Protocol):
    """A page or an action."""

    async def serve(self, visit: Visit) -> None:
        """Answer a request."""
        ...


class Changing(Protocol):
    """What is put together (`server.changing`)."""

    @property
    def serves(self) -> Mapping[str, Serves]:
        """Pages and actions by their paths."""
        ...

    async def renew(self) -> None:
        """Read the files of the config, and serve what they say."""
        ...

    async def close(self) -> None:
        """Have what is under way go back, and wait for it."""
        ...


class Later:
    """See the top.

    Args:
        load: loads the code.
        make: puts it together; called once, after that.
    """

    def __init__(self, load: Callable[[], object], make: Callable[[], Changing]) -> None:
        self._load = load
        self._make = make
        self._made: Changing | None = None
        self._under_way = asyncio.Lock()

    async def made(self) -> Changing:
        """All of it."""
        async with self._under_way:
            if self._made is None:
                await asyncio.to_thread(self._loaded)
                self._made = self._make()
        return self._made

    async def renew(self) -> None:
        """See `Changing.renew`."""
        await (await self.made()).renew()

    async def close(self) -> None:
        """See `Changing.close`; nothing where nothing was ever asked for."""
        if self._made is not None:
            await self._made.close()

    def _loaded(self) -> None:
        with small_turns():
            self._load()


class Shell:
    """Stands for a page or an action until that is put together.

    Attributes:
        path: of it.
    """

    def __init__(self, path: str, made: Callable[[], Awaitable[Changing]]) -> None:
        self.path = path
        self._made = made

    async def serve(self, visit: Visit) -> None:
        """Answer a request."""
        await (await self._made()).serves[self.path].serve(visit)
