"""The server under test runs on both event loops that people use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sixnines.server.interface import Application, Limits
from support.live_server import LOOPS, LiveServer, echo

Serve = Callable[..., LiveServer]


@pytest.fixture(params=sorted(LOOPS))
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Starts a server; it is stopped after the test, which fails if anything is left over."""
    with ExitStack() as stack:

        def start(application: Application = echo, limits: Limits | None = None) -> LiveServer:  # type: ignore[assignment]
            return stack.enter_context(LiveServer(application, loop=request.param, limits=limits))

        yield start


@pytest.fixture(params=sorted(LOOPS), scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """An echo server for all tests of a module, with limits small enough to be exceeded."""
    limits = Limits(max_body=10_000, max_head=12_000, max_headers=50, head_s=5.0, body_gap_s=5.0)
    with LiveServer(loop=request.param, limits=limits) as server:
        yield server
