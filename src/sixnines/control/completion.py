"""Waiting for what must not be left in the middle: a file that is being written, a config that is being taken up.

Never swallows a cancellation: it comes out once the work has ended.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import ParamSpec, TypeVar

from sixnines.control.unnoticed import small_turns

P = ParamSpec("P")
T = TypeVar("T")


async def complete(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end, whoever stops waiting for it.

    Raises:
        asyncio.CancelledError: the caller was cancelled meanwhile. The work has ended by then.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as problem:
            cancelled = problem
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains that it was not
        raise cancelled
    return task.result()


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what waits for the disk, or computes for long, beside the loop, to its end.

    Raises:
        asyncio.CancelledError: the caller was cancelled meanwhile.
    """

    def run() -> T:
        with small_turns():
            return function(*args, **kwargs)

    return await complete(asyncio.to_thread(run))
