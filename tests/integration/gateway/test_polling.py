"""Who is asked how busy it is, and when: only those in use, and only where config goes by it."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from sixnines.config.load import read_text
from sixnines.health.board import IN_USE_FOR_S, Board
from sixnines.health.poller import Poller
from sixnines.health.prober import Prober
from sixnines.registry import CATALOG, KINDS
from sixnines.testing.mock_engine import MockEngine
from sixnines.transport.http1 import Http1Transport

INTERVAL_S = 2.0
CONFIG = """
version: 1
providers:
  a: {{kind: llamacpp, base_url: "{a}", saturation: 0.5}}
  b: {{kind: llamacpp, base_url: "{a}", max_in_flight: 3}}
models:
  m: {{deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}]}}
"""


class ManualClock:
    """Stands still."""

    def __init__(self):
        self.now = 100.0

    def monotonic_s(self):
        return self.now

    def unix_s(self):
        return self.now


class Polled:
    """A poller in front of a real engine, and the time in one's hands."""

    def __init__(self, engine, transport, config=CONFIG):
        loaded = read_text(config.format(a=engine.base_url), "x.yaml", {}, CATALOG, directory=Path.cwd())
        assert loaded.snapshot is not None, loaded.report()
        self.snapshot, self.engine, self.clock = loaded.snapshot, engine, ManualClock()
        self.board = Board(self.snapshot)
        self.ended = asyncio.Semaphore(0)
        kinds = {kind.info.name: kind for kind in KINDS}
        self.poller = Poller(
            Prober(transport), self.board, kinds, snapshot=lambda: self.snapshot, clock=self.clock, rng=Random(1)
        )
        self.poller.ended = self.ended.release

    @property
    def deployment(self):
        return self.snapshot.models["m"].deployments[0]

    @property
    def asked(self):
        return self.engine.by_path.get("/slots", 0)

    def look(self):
        """Routing goes by the load now."""
        return self.board.saturated(self.deployment, self.clock.now)

    async def turn(self, questions=0):
        """One turn of the watcher, in which so many questions are asked; returns when their answers have come."""
        before = len(asyncio.all_tasks())
        due = self.poller.start_due(self.clock.now)
        assert len(asyncio.all_tasks()) - before == questions
        for _ in range(questions):
            await asyncio.wait_for(self.ended.acquire(), 5)
        return due


@pytest.fixture
async def polled():
    transport = Http1Transport()
    async with MockEngine("llamacpp", {"slots": 2}) as engine:
        made = Polled(engine, transport)
        yield made
        await made.poller.close()
        await transport.aclose()


async def test_nobody_is_asked_until_routing_goes_by_it(polled):
    assert await polled.turn() == float("inf")
    assert polled.asked == 0
    polled.look()
    await polled.turn(questions=1)
    assert polled.asked == 1
    assert polled.board.provider(polled.deployment.provider).gauge.load.places == 2


async def test_it_is_asked_again_after_the_interval_and_not_before(polled):
    polled.look()
    await polled.turn(questions=1)
    due = await polled.turn()
    assert 0.8 * INTERVAL_S <= due - polled.clock.now <= 1.2 * INTERVAL_S
    polled.clock.now = due - 0.01
    await polled.turn()
    assert polled.asked == 1
    polled.clock.now = due
    await polled.turn(questions=1)
    assert polled.asked == 2


async def test_it_is_left_alone_when_it_is_no_longer_in_use(polled):
    polled.look()
    await polled.turn(questions=1)
    polled.clock.now += IN_USE_FOR_S + 0.1
    assert await polled.turn() == float("inf")
    assert polled.asked == 1
    places = polled.board.provider(polled.deployment.provider).places
    places.take()  # a long answer is use as well
    await polled.turn(questions=1)
    assert polled.asked == 2


async def test_one_question_at_a_time(polled):
    polled.look()
    polled.poller.start_due(polled.clock.now)
    await polled.turn()
    await asyncio.wait_for(polled.ended.acquire(), 5)
    assert polled.asked == 1


async def test_another_config_is_gone_by_at_once(polled):
    polled.look()
    await polled.turn(questions=1)
    text = CONFIG.format(a=polled.engine.base_url).replace(", saturation: 0.5", "")
    polled.snapshot = read_text(text, "x.yaml", {}, CATALOG).snapshot
    polled.clock.now += INTERVAL_S * 2
    assert await polled.turn() == float("inf")
    assert polled.asked == 1


async def test_where_health_is_not_probed_load_is_not_either(polled):
    text = CONFIG.format(a=polled.engine.base_url).replace("saturation: 0.5", "saturation: 0.5, max_in_flight: 2")
    text += "defaults: {health: {active: false}}\n"
    polled.snapshot = read_text(text, "x.yaml", {}, CATALOG).snapshot
    polled.look()
    assert await polled.turn() == float("inf")
    assert polled.asked == 0


async def test_an_engine_that_cannot_be_reached_tells_nothing_and_is_asked_on(polled):
    polled.look()
    await polled.turn(questions=1)
    await polled.engine.stop()
    polled.clock.now += INTERVAL_S * 1.2
    await polled.turn(questions=1)
    assert polled.board.provider(polled.deployment.provider).gauge.load is None
    assert await polled.turn() <= polled.clock.now + 1.2 * INTERVAL_S
