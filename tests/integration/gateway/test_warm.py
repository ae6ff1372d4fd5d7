"""`prefer_warm`: a provider that holds the model in memory goes before one that would have to load it."""

import httpx
import pytest

from support.lab import Lab, chat, two_engines

WELL = {"default": {"text": "hello"}}
SLOW = "defaults: {health: {interval: 1h, unhealthy_interval: 1h, load_interval: 1h}}\n"
QUICK = SLOW.replace("load_interval: 1h", "load_interval: 20ms")


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def serve(lab, intervals, *, warm, prefer="prefer_warm: true"):
    """Two Ollamas, of which those in `warm` have been used before."""
    lab.engines = {"a": lab.engine("ollama", WELL), "b": lab.engine("ollama", WELL)}
    for name in warm:
        use(lab, name)
    client = lab.serve(intervals + two_engines(*lab.engines.values(), kind="ollama", model=prefer), watch=True)
    lab.until(lambda: all(lab.provider(name).resident is not None for name in "ab"))
    return client


def use(lab, name):
    """Have an engine load its model behind the gateway's back."""
    with httpx.Client(base_url=lab.engines[name].base_url, trust_env=False) as client:
        body = {"model": "up", "messages": [{"role": "user", "content": "x"}], "stream": False}
        assert client.post("/api/chat", json=body).status_code == 200


def leader(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more)).headers["x-sixnines-provider"]


def test_the_one_that_holds_the_model_goes_first(lab):
    assert leader(serve(lab, SLOW, warm=["b"])) == "b"


def test_where_nobody_prefers_it_the_order_is_that_of_config(lab):
    assert leader(serve(lab, SLOW, warm=["b"], prefer="")) == "a"


def test_of_two_that_hold_it_or_of_none_the_first_goes_first(lab):
    assert leader(serve(lab, SLOW, warm=["a", "b"])) == "a"


def test_one_that_a_request_of_ours_has_made_load_is_known_at_once(lab):
    """Without any further look: neither of the two intervals will come about."""
    client = serve(lab, SLOW, warm=["b"])
    assert (
        client.post("/v1/chat/completions", json=chat(), headers={"x-sixnines-deny": "b"}).headers[
            "x-sixnines-provider"
        ]
        == "a"
    )
    assert leader(client) == "a"


def test_one_that_somebody_else_has_made_load_is_known_within_one_look(lab):
    client = serve(lab, QUICK, warm=["b"])
    assert leader(client) == "b"
    use(lab, "a")
    lab.until(lambda: lab.provider("a").resident == {"up", "up:latest"})
    assert leader(client) == "a"


def test_one_that_has_let_go_of_the_model_is_known_within_one_look(lab):
    client = serve(lab, QUICK, warm=["a", "b"])
    assert leader(client) == "a"
    lab.loop.call_soon_threadsafe(lab.engines["a"].reset)
    lab.until(lambda: lab.provider("a").resident == frozenset())
    assert leader(client) == "b"


def test_an_engine_that_does_not_tell_any_more_is_not_held_to_be_cold(lab):
    client = serve(lab, QUICK, warm=["b"])
    assert leader(client) == "b"
    silent = {"when": {"path": "/api/ps", "operation": "any"}, "then": {"error": "overloaded"}}
    lab.loop.call_soon_threadsafe(lab.engines["a"].script, WELL | {"rules": [silent], "models": ["up"]})
    lab.until(lambda: lab.provider("a").resident is None)
    assert leader(client) == "a"
