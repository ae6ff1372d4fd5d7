"""A provider that has enough to do is passed behind the next candidate, by its own word too, and comes back."""

import json
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from sixnines.health.state import HealthState
from sixnines.providers.interface import EngineLoad
from support.lab import Lab, chat, two_engines

# No probe of health comes between; how busy they are is asked every 20 ms.
QUICK = "defaults: {health: {interval: 1h, unhealthy_interval: 1h, load_interval: 20ms}}\n"
HELD = {"fault": {"kind": "hang", "after_chunks": 1}, "count": 5}
# Who says "hold" gets one token and keeps its slot until it leaves.
SCRIPT = {"default": {"text": "hello"}, "rules": [{"when": {"prompt": "hold"}, "then": HELD}]}
SATURATED = ", saturation: 1.0"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def serve(lab, kind="llamacpp", *, provider=SATURATED, quick=QUICK, a=None, slots=2):
    script = SCRIPT | {"slots": slots}
    lab.a, lab.b = lab.engine(kind, a or script), lab.engine(kind, SCRIPT)
    return lab.serve(quick + two_engines(lab.a, lab.b, kind=kind, provider=provider), watch=True)


def ask(client, **headers):
    sent = {f"x-sixnines-{name}": value for name, value in headers.items()}
    return client.post("/v1/chat/completions", json=chat(), headers=sent)


def leader(client):
    return ask(client).headers["x-sixnines-provider"]


@contextmanager
def holding(url, count, model="up"):
    """So many streams that do not end: straight at an engine, or through the gateway, which calls the model `m`."""
    body = chat(stream=True) | {"model": model, "messages": [{"role": "user", "content": "hold"}]}
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=url, timeout=10, trust_env=False))
        for _ in range(count):
            answer = stack.enter_context(client.stream("POST", "/v1/chat/completions", json=body))
            lines = answer.iter_lines()
            stack.callback(lines.close)  # else it would end the stream when it is forgotten
            next(lines)
        yield stack


def tells(lab, running, waiting=0):
    """Wait until the gateway knows that engine `a` does so much."""
    lab.until(
        lambda: (
            (load := lab.provider("a").gauge.load) is not None and (load.running, load.waiting) == (running, waiting)
        )
    )


def skipped(client):
    entry = client.get("/admin/v1/requests?limit=1").json()["requests"][0]
    return {each["deployment"]: each["reason"] for each in entry["skipped"]}


def test_one_that_others_have_filled_is_passed_over_says_why_and_comes_back(lab):
    client = serve(lab)
    assert leader(client) == "a"
    with holding(lab.a.base_url, 2):
        tells(lab, 2)
        assert leader(client) == "b"
        assert skipped(client) == {"a/up": "saturated: 2 at the engine, which does 2 at once"}
        (row, _) = client.get("/admin/v1/providers").json()["providers"]
        assert (row["load"]["running"], row["load"]["places"], row["in_flight"]) == (2, 2, 0)
    lab.until(lambda: leader(client) == "a")
    assert skipped(client) == {}


def test_below_its_part_it_leads(lab):
    client = serve(lab, provider=", saturation: 0.75", slots=4)
    assert leader(client) == "a"
    with holding(lab.a.base_url, 2):
        tells(lab, 2)
        assert leader(client) == "a"
        with holding(lab.a.base_url, 1):
            tells(lab, 3)
            assert leader(client) == "b"
    lab.until(lambda: leader(client) == "a")


def test_our_own_requests_count_at_once_between_two_words_of_the_engine(lab):
    client = serve(lab, quick=QUICK.replace("20ms", "1h"))
    assert leader(client) == "a"
    lab.until(lambda: lab.provider("a").gauge.load is not None)
    with holding(lab.url, 2, "m"):
        assert leader(client) == "b"
    lab.until(lambda: lab.places("a").in_flight == 0)
    assert leader(client) == "a"
    assert lab.a.by_path["/slots"] == 1


@contextmanager
def waiting(engine):
    """A request straight at an engine that has no slot for it."""
    body = json.dumps(chat(model="up")).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection((engine.host, engine.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        yield


def test_vllm_is_saturated_while_somebody_waits_inside_it(lab):
    client = serve(lab, "vllm", slots=1)
    assert leader(client) == "a"
    with holding(lab.a.base_url, 1):
        tells(lab, 1)
        assert lab.provider("a").gauge.load == EngineLoad(1, 0, None)
        with waiting(lab.a):
            tells(lab, 1, waiting=1)
            assert leader(client) == "b"
            assert skipped(client) == {"a/up": "saturated: 2 at the engine, which does 1 at once"}
    lab.until(lambda: leader(client) == "a")


def test_across_fallbacks_and_a_saturated_one_is_still_asked_before_one_that_is_down(lab):
    lab.a, lab.b = lab.engine("llamacpp", SCRIPT | {"slots": 1}), lab.engine("llamacpp", SCRIPT)
    client = lab.serve(
        f"""{QUICK.replace("{interval: 1h", "{interval: 20ms")}
providers:
  a: {{kind: llamacpp, base_url: "{lab.a.base_url}", saturation: 0.5}}
  b: {{kind: llamacpp, base_url: "{lab.b.base_url}"}}
models:
  m: {{deployments: [{{provider: a, model: up}}], fallbacks: [other]}}
  other: {{deployments: [{{provider: b, model: up}}]}}
""",
        watch=True,
    )
    assert leader(client) == "a"
    with holding(lab.a.base_url, 1) as holders:
        tells(lab, 1)
        assert leader(client) == "b"
        lab.call(lab.b.stop())
        lab.until(lambda: lab.provider("b").state is HealthState.DOWN)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(ask, client)
            lab.until(lambda: lab.a.waiting == 1)
            holders.close()
            assert answer.result(10).headers["x-sixnines-provider"] == "a"


def test_an_engine_that_does_not_tell_is_named_once_and_max_in_flight_alone_counts(lab, caplog):
    refusal = {
        "when": {"path": "/slots", "operation": "any"},
        "then": {"respond": {"status": 501, "body": {"error": {"message": "This server does not support slots"}}}},
    }
    with caplog.at_level(logging.INFO, "sixnines"):
        client = serve(
            lab,
            a=SCRIPT | {"rules": [refusal, *SCRIPT["rules"]]},
            quick=QUICK.replace("{interval: 1h", "{interval: 30ms"),
            provider=SATURATED + ", max_in_flight: 1",
        )
        assert leader(client) == "a"
        lab.until(lambda: lab.a.by_path.get("/slots", 0) > 3)
        with holding(lab.url, 1, "m"):
            assert leader(client) == "b"
            assert skipped(client) == {"a/up": "saturated: 1 of 1 in flight"}
    told = [each.getMessage() for each in caplog.records if "how busy" in each.getMessage()]
    (line,) = told
    assert line.startswith("provider a does not tell how busy it is: does not serve /slots (501)")
    assert line.endswith("; max_in_flight alone counts")


def test_an_engine_that_stops_telling_counts_as_free(lab):
    client = serve(lab, slots=3, provider=", saturation: 0.6")
    leader(client)
    with holding(lab.a.base_url, 2):
        tells(lab, 2)
        assert leader(client) == "b"
        busy = {"when": {"path": "/slots", "operation": "any"}, "then": {"error": "overloaded"}}
        lab.loop.call_soon_threadsafe(lab.a.script, SCRIPT | {"rules": [busy], "slots": 3})
        lab.until(lambda: leader(client) == "a")


@pytest.mark.parametrize("provider", ["", ", max_in_flight: 9"])
def test_where_nobody_goes_by_it_nobody_is_asked(lab, provider):
    client = serve(lab, provider=provider)
    for _ in range(20):
        leader(client)
    assert {*lab.a.by_path} == {"/health", "/v1/chat/completions"}


def test_ollama_is_not_asked_either_since_it_does_not_tell(lab):
    client = serve(lab, "ollama", provider=SATURATED + ", max_in_flight: 1")
    leader(client)
    assert {*lab.a.by_path} <= {"/api/version", "/api/ps", "/api/chat"}
    with holding(lab.url, 1, "m"):
        assert leader(client) == "b"


def test_nobody_is_asked_before_a_request_needs_it(lab):
    client = serve(lab)
    lab.until(lambda: lab.a.by_path.get("/health", 0) > 0)
    assert "/slots" not in lab.a.by_path
    leader(client)
    lab.until(lambda: lab.a.by_path.get("/slots", 0) > 1)


def test_batch_stays_at_a_local_provider_that_is_saturated_and_waits_when_it_is_full(lab):
    lab.a, lab.b = lab.engine("openai", SCRIPT), lab.engine("openai", {"default": {"text": "elsewhere"}})
    client = lab.serve(f"""
providers:
  a: {{kind: openai-compatible, base_url: "{lab.a.base_url}", max_in_flight: 2, saturation: 0.5}}
  b: {{kind: openai-compatible, base_url: "{lab.b.base_url}", local: false}}
models:
  m: {{deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}]}}
""")
    with holding(lab.url, 1, "m"):
        assert ask(client).headers["x-sixnines-provider"] == "b"
        assert ask(client, priority="batch").headers["x-sixnines-provider"] == "a"
    lab.until(lambda: lab.places("a").in_flight == 0)
    for _ in range(2):
        lab.loop.call_soon_threadsafe(lab.places("a").take)
    lab.until(lambda: lab.places("a").full)
    assert ask(client, priority="low").headers["x-sixnines-provider"] == "b"
    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(ask, client, priority="batch")
        lab.until(lambda: lab.places("a").waiting == 1)
        lab.loop.call_soon_threadsafe(lab.places("a").give_back)
        assert batch.result(10).headers["x-sixnines-provider"] == "a"
    lab.loop.call_soon_threadsafe(lab.places("a").give_back)


def test_batch_goes_elsewhere_when_the_local_provider_fails(lab):
    a, b = lab.engine("openai", {"default": {"error": "server_error"}}), lab.engine("openai", SCRIPT)
    client = lab.serve(two_engines(a, b).replace(f'"{b.base_url}"', f'"{b.base_url}", local: false'))
    assert ask(client, priority="batch").headers["x-sixnines-provider"] == "b"
