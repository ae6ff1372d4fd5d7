"""A lab: the real gateway and stand-in engines on a loop and thread of their own, so that tests are plain callers.

Everything listens on free ports of 127.0.0.1 and is closed when the block ends, also when the test fails.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

import httpx
import uvloop

from sixnines.bootstrap import LIMITS, build
from sixnines.config.load import read_text
from sixnines.gateway import Gateway
from sixnines.health.deployment import ProviderHealth
from sixnines.health.places import Places
from sixnines.registry import CATALOG
from sixnines.testing.mock_engine import MockEngine

WAIT_S = 20.0


class Lab:
    """Engines and at most one gateway."""

    gateway: Gateway
    address: tuple[str, int]

    def __init__(self):
        self._started = Future()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._clients: list[httpx.Client] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self.loop, self._stop, self._stack = self._started.result(WAIT_S)
        return self

    def __exit__(self, *_):
        for client in self._clients:
            client.close()
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive(), "the lab did not stop"

    def _run(self):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._main())

    async def _main(self):
        async with AsyncExitStack() as stack:
            stop = asyncio.Event()
            self._started.set_result((asyncio.get_running_loop(), stop, stack))
            await stop.wait()

    def call(self, coroutine):
        """Run a coroutine on the lab's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(WAIT_S)

    def engine(self, kind="openai", script=None) -> MockEngine:
        """Start a stand-in engine."""
        return self.call(
            self._stack.enter_async_context(MockEngine(kind=kind, script={"models": ["up"], **(script or {})}))
        )

    def serve(
        self, config: str, environment=None, limits=LIMITS, *, watch=False, state_home=None, ledger=None
    ) -> httpx.Client:
        """Start the gateway with `config` (YAML; `version` and `listen` are added); a client for it.

        Without `watch` nothing is probed, so that engines see the requests of the test and no others; without
        `state_home` nothing is kept, and without `ledger` no outcomes.
        """
        loaded = read_text(config_text(config), "lab.yaml", environment or {}, CATALOG, directory=Path.cwd())
        assert loaded.snapshot is not None, loaded.report()
        snapshot = loaded.snapshot
        if not watch:
            snapshot = replace(snapshot, health=replace(snapshot.health, active=False))
        self.address = self.call(self._serve(snapshot, limits, state_home, ledger))
        return self.client()

    def client(self) -> httpx.Client:
        """A client for the gateway."""
        client = httpx.Client(base_url=self.url, timeout=WAIT_S, trust_env=False)
        self._clients.append(client)
        return client

    @property
    def url(self) -> str:
        """The gateway's base URL, without `/v1`."""
        return f"http://{self.address[0]}:{self.address[1]}"

    async def _serve(self, snapshot, limits, state_home, ledger):
        self.gateway = build(snapshot, limits=limits, state_home=state_home, ledger=ledger)
        (address,) = await self.gateway.start()
        self._stack.push_async_callback(self._stop_gateway, self.gateway)
        return address

    async def _stop_gateway(self, gateway):
        gateway.app.draining = True
        await gateway.server.drain(0)
        await gateway.stop_watching()
        await gateway.services.transport.aclose()
        if gateway.books is not None:
            await gateway.books.stop()
        gateway.lines.close()
        await gateway.observing.aclose()

    def provider(self, name: str) -> ProviderHealth:
        """What the gateway knows of a provider."""
        return self.gateway.services.board.provider(self.gateway.cell.current.snapshot.providers[name])

    def places(self, provider: str) -> Places:
        """The places of a provider."""
        return self.provider(provider).places

    def until(self, condition: Callable[[], bool]):
        """Wait for something that is about to happen."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, "it never happened"
            time.sleep(0.01)


def config_text(config: str) -> str:
    """A complete config: the gateway listens on a free port unless told otherwise."""
    listen = "" if "server:" in config else 'server: {listen: "127.0.0.1:0"}\n'
    return f"version: 1\n{listen}{config}"


def two_engines(a: MockEngine, b: MockEngine, *, kind="openai-compatible", model="", provider="") -> str:
    """A config with one model `m` that falls over from provider `a` to provider `b`."""
    return f"""
providers:
  a: {{kind: {kind}, base_url: "{a.base_url}"{provider}}}
  b: {{kind: {kind}, base_url: "{b.base_url}"{provider}}}
models:
  m:
    deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}]
    {model}
"""


def one_engine(engine: MockEngine, *, kind="openai-compatible", model="", provider="") -> str:
    """A config with one model `m` served by provider `a`."""
    return f"""
providers:
  a: {{kind: {kind}, base_url: "{engine.base_url}"{provider}}}
models:
  m:
    deployments: [{{provider: a, model: up}}]
    {model}
"""


def chat(stream=False, **more):
    """A chat request's body."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Say hello."}], **more}
    return {**body, "stream": True} if stream else body
