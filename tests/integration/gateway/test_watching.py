"""Providers are watched beside the requests: what is down is not asked, what is back is asked again."""

import asyncio

import pytest

from sixnines.health.state import HealthState
from support.lab import Lab, chat, one_engine, two_engines

QUICK = """
defaults:
  health: {interval: 50ms, unhealthy_interval: 20ms, hung: 300ms}
  breaker: {failures: 2, window: 30s, open: 1h}
  timeouts: {connect: 300ms, first_token: 5s, idle: 5s}
"""
WELL = {"default": {"text": "hello"}}
LOADING = {"rules": [{"when": {"operation": "any"}, "then": {"error": "loading"}}]}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def watched(lab, kind="llamacpp", **scripts):
    lab.a, lab.b = lab.engine(kind, scripts.get("a", WELL)), lab.engine(kind, WELL)
    client = lab.serve(QUICK + two_engines(lab.a, lab.b, kind=kind), watch=True)
    lab.until(lambda: all(lab.provider(name).state is not HealthState.UNKNOWN for name in "ab"))
    return client


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more))


def test_one_that_goes_down_is_passed_over_before_a_request_has_found_out_and_asked_again_when_it_is_back(lab):
    client = watched(lab)
    lab.call(lab.a.stop())
    lab.until(lambda: lab.provider("a").state is HealthState.DOWN)
    answer = ask(client)
    assert (answer.headers["x-sixnines-provider"], answer.headers["x-sixnines-attempts"]) == ("b", "1")
    lab.call(lab.a.open_port())
    lab.until(lambda: lab.provider("a").state is HealthState.HEALTHY)
    assert ask(client).headers["x-sixnines-provider"] == "a"


def test_a_breaker_that_refused_connections_have_opened_lets_a_request_through_once_the_provider_answers(lab):
    """Its own rest would be an hour."""
    client = watched(lab)
    health = lab.gateway.services.board.deployment(lab.gateway.cell.current.snapshot.models["m"].deployments[0])
    lab.call(lab.a.stop())
    lab.until(lambda: lab.provider("a").state is HealthState.DOWN)
    for _ in range(2):
        health.breaker.failed(lab.gateway.services.clock.monotonic_s(), unreached=True)
    health.calm = False
    lab.call(lab.a.open_port())
    lab.until(lambda: ask(client).headers["x-sixnines-provider"] == "a")


def test_a_request_that_cannot_reach_a_provider_has_it_looked_at_at_once(lab):
    a, b = lab.engine("llamacpp", WELL), lab.engine("llamacpp", WELL)
    slow = QUICK.replace("interval: 50ms, unhealthy_interval: 20ms", "interval: 1h, unhealthy_interval: 1h")
    client = lab.serve(slow + two_engines(a, b, kind="llamacpp"), watch=True)
    lab.until(lambda: lab.provider("a").state is HealthState.HEALTHY)
    lab.call(a.stop())
    ask(client)
    lab.until(lambda: lab.provider("a").state is HealthState.DOWN)


def test_one_that_loads_is_asked_last_and_again_when_it_has_loaded(lab):
    client = watched(lab, a=LOADING)
    assert lab.provider("a").state is HealthState.LOADING
    answer = ask(client)
    assert (answer.headers["x-sixnines-provider"], answer.headers["x-sixnines-attempts"]) == ("b", "1")
    lab.loop.call_soon_threadsafe(lab.a.script, WELL)
    lab.until(lambda: ask(client).headers["x-sixnines-provider"] == "a")


def test_one_that_hangs_behind_a_healthy_path_is_passed_over_until_it_goes_on(lab):
    client = watched(lab, a={"default": {"fault": {"kind": "hang", "after_chunks": 2}, "count": 5}})
    with lab.client().stream("POST", "/v1/chat/completions", json=chat(stream=True)) as hanging:
        assert hanging.headers["x-sixnines-provider"] == "a"
        lab.until(lambda: lab.provider("a").hung)
        assert lab.provider("a").state is HealthState.HEALTHY
        assert ask(client).headers["x-sixnines-provider"] == "b"
    lab.until(lambda: not lab.provider("a").hung)
    lab.loop.call_soon_threadsafe(lab.a.script, WELL)
    lab.until(lambda: ask(client).headers["x-sixnines-provider"] == "a")


def test_the_last_one_is_asked_whatever_is_thought_of_it(lab):
    a = lab.engine("llamacpp", WELL)
    client = lab.serve(QUICK + one_engine(a, kind="llamacpp"), watch=True)
    lab.until(lambda: lab.provider("a").state is HealthState.HEALTHY)
    lab.provider("a").hangs(hung=True)
    assert ask(client).status_code == 200


def test_watching_ends_also_in_the_moment_in_which_something_is_heard(lab):
    """A cancellation at that moment got lost in `asyncio.wait_for` of Python 3.11, and the gateway never stopped."""
    watched(lab)

    async def stop():
        lab.gateway.watcher._woken.set()
        await lab.gateway.stop_watching()

    for _ in range(3):
        lab.call(stop())
        lab.loop.call_soon_threadsafe(_watch_again, lab.gateway)
        lab.until(lambda: lab.gateway._beside)


def _watch_again(gateway):
    gateway._beside = (asyncio.create_task(gateway.watcher.run()),)


@pytest.mark.parametrize("kind", ["openai", "llamacpp", "llamacpp-python", "vllm", "ollama", "anthropic"])
def test_probes_cost_no_tokens(lab, kind):
    engine = lab.engine(kind, WELL)
    config = one_engine(engine, kind=kind).replace('"}', '", api_key: "env:KEY"}')
    lab.serve(QUICK + config, {"KEY": "k"}, watch=True)
    lab.until(lambda: len(engine.requests) >= 3)
    paths = lab.gateway.services.kinds[kind].info.paths.values()
    assert [path for path in paths if path in engine.by_path] == []


def test_a_cold_model_of_ollama_gets_the_time_that_loading_takes(lab):
    """The engine says nothing while it loads; that the model is not in memory is what tells."""
    a = lab.engine("ollama", {"default": {"text": "hello", "head_s": 1.0}})
    config = QUICK.replace("first_token: 5s", "first_token: 200ms, loading: 5s") + one_engine(a, kind="ollama")
    client = lab.serve(config, watch=True)
    lab.until(lambda: lab.provider("a").resident is not None)
    lab.provider("a").resident = frozenset()
    lab.loop.call_soon_threadsafe(lab.gateway.watcher._due.__setitem__, "a", 1e12)  # it stays as it was found
    assert ask(client, stream=True).status_code == 200
    lab.provider("a").resident = frozenset({"up"})
    assert ask(client, stream=True).status_code == 504
