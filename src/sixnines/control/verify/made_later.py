"""A verifier that is loaded when it is first wanted, in a thread: a running gateway does not wait for it.

Never loads it for a gateway whose config nobody changes.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from sixnines.config.load import Loaded
from sixnines.control.events import CheckResult
from sixnines.control.interface import Verifier


class MadeLater:
    """Implements `interface.Verifier`.

    Args:
        make: loads and makes the one that does the work. Runs in a thread.
    """

    def __init__(self, make: Callable[[], Verifier]) -> None:
        self._make = make
        self._made: Verifier | None = None

    def __call__(self, loaded: Loaded, revision: int) -> AsyncIterator[CheckResult]:
        """See `interface.Verifier`."""
        return self._verify(loaded, revision)

    async def _verify(self, loaded: Loaded, revision: int) -> AsyncGenerator[CheckResult, None]:
        if self._made is None:
            self._made = await asyncio.to_thread(self._make)
        results = self._made(loaded, revision)
        if not isinstance(results, AsyncGenerator):
            raise TypeError("a verifier gives a generator, so that it can be stopped")
        async with aclosing(results) as each:
            async for result in each:
                yield result
