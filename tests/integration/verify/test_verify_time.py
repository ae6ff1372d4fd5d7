"""A run ends in time, whatever an engine does, and says what was not asked."""

import asyncio
from contextlib import aclosing

import pytest

from sixnines.control.events import CheckStatus
from sixnines.control.verify.run import Pacing, run
from sixnines.control.verify.scene import Options
from support.lab import Lab, one_engine
from support.verifying import groups, loaded, scene_of, verify

SILENT = {"default": {"fault": {"kind": "hang_before_head"}}}
SHORT = Options(samples=1, answer_s=0.2)


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def served(lab, script=None):
    lab.one = lab.engine("openai", script)
    config = one_engine(lab.one)
    lab.serve(config)
    return loaded(config)


async def test_an_engine_that_says_nothing_fails_within_the_time_of_an_answer(lab):
    found = await verify(lab, served(lab, SILENT), "models", options=SHORT)
    result = found.one("models", "a/up alone answers", "m")
    assert (result.status, result.message) == (CheckStatus.FAILED, "no answer within 0.2 s")


async def test_a_check_has_its_time(lab):
    found = await verify(lab, served(lab, SILENT), "models", pacing=Pacing(check_s=0.1, total_s=60))
    assert found.one("models", "a/up alone answers", "m").status is CheckStatus.FAILED


async def test_what_the_time_does_not_suffice_for_fails_and_is_not_asked(lab):
    found = await verify(lab, served(lab, SILENT), "models", "latency", pacing=Pacing(check_s=0.1, total_s=0.05))
    assert found.of(CheckStatus.PASSED) == set()
    result = found.one("latency", "its streams are measured (2)", "a")
    assert (result.status, result.message) == (CheckStatus.FAILED, "not asked: the time for all checks was up")


async def test_who_stops_listening_stops_the_run(lab):
    config = served(lab, SILENT)
    before = asyncio.all_tasks()
    async with (
        scene_of(lab.url, config) as scene,
        aclosing(run(scene, groups("gateway", "models"), Pacing())) as results,
    ):
        async for _ in results:
            break
    assert asyncio.all_tasks() == before
    lab.until(lambda: lab.one.in_flight == 0)


async def test_in_a_change_what_the_time_does_not_suffice_for_is_a_warning(lab):
    pacing = Pacing(check_s=0.1, total_s=0.05, late=CheckStatus.WARNING)
    found = await verify(lab, served(lab, SILENT), "models", "latency", pacing=pacing)
    assert found.one("latency", "its streams are measured (2)", "a").status is CheckStatus.WARNING
