"""Stands before the web page until somebody wants to see it. Loads nothing before, and never on the event loop's time.

A gateway is started for its callers: what draws pages takes a tenth of a start, and most gateways are never looked at.
"""

import asyncio
from collections.abc import Callable

from sixnines.control.unnoticed import small_turns
from sixnines.server.app import Visit
from sixnines.server.later import Serves

ROOT = "/ui"
"""Its first page; all others lie below."""

_BELOW = f"{ROOT}/"


class Door:
    """See the top.

    Args:
        make: loads the code and puts the site together; called once, in a thread.
    """

    def __init__(self, make: Callable[[], Serves]) -> None:
        self._make = make
        self._site: Serves | None = None
        self._under_way = asyncio.Lock()

    def takes(self, visit: Visit) -> bool:
        """Whether it is for the web page, and there is one: also a person's browser that asks for no page at all."""
        request = visit.request
        path = request.path
        if not visit.ticket.generation.snapshot.server.ui:
            return False
        if path == ROOT or path.startswith(_BELOW):
            return True
        return path == "/" and request.method == "GET" and b"text/html" in (request.header(b"accept") or b"")

    async def serve(self, visit: Visit) -> None:
        """Answer it, as the site does."""
        site = self._site or await self._made()
        await site.serve(visit)

    async def _made(self) -> Serves:
        async with self._under_way:
            if self._site is None:
                self._site = await asyncio.to_thread(self._made_quietly)
        return self._site

    def _made_quietly(self) -> Serves:
        with small_turns():
            return self._make()
