"""Every test of this folder runs on both event loops, and none may leave anything behind."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from sixnines.transport.http1 import Http1Transport


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def transport() -> AsyncIterator[Http1Transport]:
    """A client that closes all its connections, and whose loop saw no stray exception."""
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gc.freeze()  # so that the collection below looks at this test's objects alone
    client = Http1Transport()
    yield client
    await client.aclose()
    assert (client.open_count, client.idle_count) == (0, 0)
    gc.collect()  # unclosed sockets and unread failures of futures complain when they are collected
    gc.unfreeze()
    assert complaints == []
