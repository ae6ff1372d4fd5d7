"""The generator against stand-in engines on real sockets: each kind of bad answer is counted as bad, and a stall shows."""

import asyncio
import random

import pytest

from sixnines.bootstrap import load_transport
from sixnines.config.urls import parse_base_url
from sixnines.load.asking import Asking, Endpoint
from sixnines.load.generator import Generator, Rules
from sixnines.load.judging import Wrong
from sixnines.load.preflight import PreflightError, ask_for_model
from sixnines.load.schedule import Arrivals, Plan, Profile, due_times
from sixnines.load.tally import Tally
from sixnines.testing import MockEngine

FEW = Plan(Profile.STEADY, 20, 0.25, Arrivals.EVEN)


async def measure(url, plan=FEW, *, timeout_s=0.5, stream=False, most_open=1000, key=None):
    endpoint = Endpoint(parse_base_url(url), key)
    tally = Tally(plan.duration_s)
    rules = Rules(stream, most_open, timeout_s, 1.0, plan.duration_s + timeout_s)
    transport = load_transport(most_open)
    try:
        generator = Generator(
            transport, endpoint.origin, messages=Asking("mock", stream).messages(endpoint), rules=rules, tally=tally
        )
        await generator.run(due_times(plan, random.Random(1)))
    finally:
        await transport.aclose()
    return tally


def bad(name, **more):
    return {"default": {"count": 5, "fault": {"kind": name, **more}}}


@pytest.mark.parametrize("stream", [False, True])
async def test_good_answers_are_good(stream):
    async with MockEngine("openai", {"default": {"count": 5}}) as engine:
        tally = await measure(engine.base_url, stream=stream, timeout_s=10.0)
    assert (tally.due, tally.good, dict(tally.faults)) == (5, 5, {})
    assert tally.first.count == (5 if stream else 0)
    assert tally.gaps.count == (20 if stream else 0)


@pytest.mark.parametrize(
    ("script", "stream", "kind"),
    [
        (bad("reset_before_head"), False, Wrong.CLOSED),
        (bad("close_before_head"), True, Wrong.CLOSED),
        (bad("hang_before_head"), False, Wrong.TIME),
        (bad("garbage_head"), False, Wrong.NOT_HTTP),
        (bad("hang_after_head"), True, Wrong.TIME),
        (bad("hang_after_head", pings_every_s=0.05), True, Wrong.TIME),
        (bad("huge_headers"), False, Wrong.NOT_HTTP),
        (bad("html"), False, Wrong.NOT_JSON),
        (bad("html"), True, Wrong.NO_CONTENT),
        (bad("bad_gzip"), False, Wrong.ENCODED),
        (bad("truncated_json"), False, Wrong.NOT_JSON),
        (bad("truncated_json"), True, Wrong.NO_CONTENT),
        (bad("wrong_length"), False, Wrong.CLOSED),
        (bad("wrong_length"), True, Wrong.CLOSED),
        (bad("hang"), True, Wrong.TIME),
        (bad("close"), True, Wrong.CLOSED),
        (bad("close"), False, Wrong.CLOSED),
        (bad("reset"), True, Wrong.CLOSED),
        (bad("end"), True, Wrong.NO_END),
        (bad("error_event"), True, Wrong.ERROR),
        (bad("error_event"), False, "HTTP 500"),
        (bad("done_without_finish"), True, Wrong.NO_FINISH),
        (bad("done_without_finish"), False, Wrong.NO_FINISH),
        (bad("no_terminator"), True, Wrong.NO_END),
        (bad("empty_stream"), True, Wrong.NO_CONTENT),
        (bad("empty_stream"), False, Wrong.NOT_JSON),
        (bad("invalid_json"), True, Wrong.NOT_JSON),
        (bad("bad_chunk_size"), True, Wrong.NOT_HTTP),
        ({"default": {"error": "rate"}}, False, "HTTP 429"),
        ({"default": {"error": "overloaded"}}, True, "HTTP 503"),
        ({"default": {"text": ""}}, False, Wrong.NO_CONTENT),
        ({"default": {"text": ""}}, True, Wrong.NO_CONTENT),
        ({"refuse": True}, False, Wrong.CLOSED),
    ],
)
async def test_each_kind_of_bad_answer_is_counted_as_bad(script, stream, kind):
    async with MockEngine("openai", script) as engine:
        tally = await measure(engine.base_url, stream=stream)
    assert dict(tally.faults) == {kind: 5}
    assert (tally.good, tally.total.count, tally.ended.count) == (0, 0, 5)


async def test_garbage_in_a_stream_is_counted_as_bad():
    async with MockEngine("openai", bad("garbage")) as engine:
        tally = await measure(engine.base_url, stream=True)
    assert (tally.good, tally.bad) == (0, 5)


async def test_an_engine_that_is_gone_is_counted_as_no_connection():
    async with MockEngine("openai") as engine:
        url = engine.base_url
    tally = await measure(url)
    assert dict(tally.faults) == {Wrong.CONNECTION: 5}
    assert tally.examples == {Wrong.CONNECTION: "the connection was refused"}


async def test_one_bad_answer_among_good_ones_is_one():
    async with MockEngine("openai", {"rules": [{"nth": 3, "then": {"error": "server_error"}}]}) as engine:
        tally = await measure(engine.base_url)
    assert (tally.good, dict(tally.faults)) == (4, {"HTTP 500": 1})


async def test_a_slow_endpoint_does_not_slow_down_the_load():
    async with MockEngine("openai", {"default": {"head_s": 0.4}}) as engine:
        tally = await measure(engine.base_url, Plan(Profile.STEADY, 100, 0.3, Arrivals.EVEN), timeout_s=10.0)
    assert (tally.good, tally.most_open) == (30, 30)
    assert tally.total.percentile(0.5) >= 0.39


async def test_a_second_of_silence_is_felt_by_all_who_were_due_in_it():
    """One engine that serves one at a time and stands still once: a closed loop would have seen one slow answer."""
    script = {"slots": 1, "rules": [{"nth": 20, "then": {"text": "late", "first_token_s": 1.0}}]}
    async with MockEngine("vllm", script) as engine:
        tally = await measure(engine.base_url, Plan(Profile.STEADY, 100, 1.2, Arrivals.EVEN), timeout_s=10.0)
    assert tally.good == tally.due == 120
    assert tally.total.percentile(0.99) > 0.9
    assert tally.total.percentile(0.5) > 0.3


async def preflight(url, model=None, key=None):
    transport = load_transport(1)
    try:
        return await ask_for_model(transport, Endpoint(parse_base_url(url), key), model)
    finally:
        await transport.aclose()


async def test_the_first_model_that_is_listed_is_asked_unless_one_is_named():
    async with MockEngine("openai", {"models": ["one", "two"]}) as engine:
        assert await preflight(engine.base_url) == "one"
        assert await preflight(engine.base_url, "other") == "other"


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ({"respond": {"status": 404, "body": "nothing"}}, "answers HTTP 404; name a model with --model"),
        ({"respond": {"body": "<p>a page</p>"}}, r"is no list of models \(<p>a page</p>\)"),
        ({"respond": {"body": {"data": []}}}, "is empty; name a model"),
        ({"respond": {"status": 401}}, "wants a key: give it with --key"),
    ],
)
async def test_an_endpoint_without_models_to_ask_is_told_so_before_anything_is_sent(then, said):
    script = {"rules": [{"when": {"path": "/v1/models"}, "then": then}]}
    async with MockEngine("openai", script) as engine:
        with pytest.raises(PreflightError, match=said):
            await preflight(engine.base_url)
        if "key" not in said:
            assert await preflight(engine.base_url, "named") == "named"


async def test_a_run_that_is_cancelled_leaves_no_task_behind():
    async with MockEngine("openai", {"default": {"head_s": 30.0}}) as engine:
        run = asyncio.create_task(measure(engine.base_url, Plan(Profile.STEADY, 50, 60), timeout_s=60.0))
        while not engine.requests:
            await asyncio.sleep(0.01)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert len(asyncio.all_tasks()) < 10
