"""The watcher's own life. What it finds out is tested against real providers (`integration/gateway/test_watching.py`)."""

import asyncio
import random

import pytest

from sixnines.clock import SystemClock
from sixnines.health.board import Board
from sixnines.health.news import News
from sixnines.health.prober import Prober
from sixnines.health.state import HealthState
from sixnines.health.watcher import Watcher
from sixnines.providers.interface import ProbeState
from sixnines.transport.http1 import Http1Transport
from support import specs

A = specs.deployment("a")


def watcher():
    snapshot = specs.snapshot(specs.model("m", A), providers={"a": A.provider})
    board = Board(snapshot)
    made = Watcher(
        Prober(Http1Transport()), board, {}, snapshot=lambda: snapshot, clock=SystemClock(), rng=random.Random(1)
    )  # fmt: skip
    return made, board


@pytest.mark.parametrize("turns", range(6))
async def test_it_ends_when_it_is_told_to_also_in_the_moment_in_which_a_probe_ends(turns):
    made, _ = watcher()
    running = asyncio.create_task(made.run())
    await asyncio.sleep(0.01)
    made._woken.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait((running,), timeout=0.5)
    assert running.cancelled()


async def test_news_of_another_worker_count_like_a_probe_of_its_own():
    made, board = watcher()
    board.deployment(A)
    made.hear(News("a", ProbeState.LOADING, "loading model"))
    assert board.objection(A, 0.0) == "loading: loading model"
    made.hear(News("a", ProbeState.HEALTHY, "answers", frozenset({"m"})))
    assert board.objection(A, 0.0) is None
    assert board.provider(A.provider).resident == {"m"}


async def test_news_of_somebody_who_is_not_in_the_config_are_not_for_us():
    made, board = watcher()
    made.hear(News("gone", ProbeState.DOWN, "refused"))
    made.hear(News("gone"))
    assert [each.state for each in board.providers()] in ([], [HealthState.UNKNOWN])
