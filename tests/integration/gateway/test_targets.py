"""Traffic targets over the whole way: who serves, what is said of it, and what happens when the provider is down."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sixnines.config.load import read_text
from sixnines.health.state import HealthState
from sixnines.registry import CATALOG, STRATEGIES
from support.lab import Lab, chat, config_text

WELL = {"default": {"text": "hello"}}
ROUTE = """
defaults: {{health: {{interval: 30ms, unhealthy_interval: 20ms}}, breaker: {{failures: 2, open: 1h}}}}
providers:
  a: {{kind: llamacpp, base_url: "{a}"}}
  b: {{kind: llamacpp, base_url: "{b}"}}
  native: {{kind: llamacpp, base_url: "{native}"}}
models:
  one: {{deployments: [{{provider: a, model: up}}, {{provider: b, model: up}}], strategy: round_robin}}
  two: {{deployments: [{{provider: native, model: up}}]}}
routes:
  m: {{strategy: {strategy}, models: [one, two], targets: {{native: {target}}}}}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def serve(lab, *, native=WELL, strategy="ordered", watch=False):
    lab.engines = {"a": lab.engine("llamacpp", WELL), "b": lab.engine("llamacpp", WELL)}
    lab.native = lab.engines["native"] = lab.engine("llamacpp", native)
    lab.config = {name: each.base_url for name, each in lab.engines.items()} | {"strategy": strategy}
    return lab.serve(ROUTE.format(target=0.4, **lab.config), watch=watch)


def ask(client, **headers):
    sent = {f"x-sixnines-{name}": value for name, value in headers.items()}
    return client.post("/v1/chat/completions", json=chat(), headers=sent)


def served(client, requests):
    return Counter(ask(client).headers["x-sixnines-provider"] for _ in range(requests))


def shares(client):
    """What the admin path tells of the route."""
    answer = client.get("/admin/v1/shares")
    assert answer.status_code == 200
    (found,) = answer.json()["shares"]
    return found | {each["provider"]: each for each in found["providers"]}


@pytest.mark.parametrize("strategy", [each.info.name for each in STRATEGIES if each.info.spreads])
def test_the_share_that_a_provider_serves_is_its_target(lab, strategy):
    client = serve(lab, strategy=strategy)
    assert served(client, 200)["native"] == pytest.approx(80, abs=3)


def test_it_is_so_for_requests_at_once_too(lab):
    serve(lab, native={"default": {"text": "hello", "head_s": 0.02}})
    with ThreadPoolExecutor(16) as pool:
        clients = [lab.client() for _ in range(16)]
        counts = sum(pool.map(lambda client: served(client, 20), clients), Counter())
    assert counts["native"] / 320 == pytest.approx(0.4, abs=0.02)


def test_share_and_target_are_told_to_operators_and_on_metrics(lab):
    client = serve(lab)
    before = shares(client)
    assert (before["name"], before["kind"], before["requests"]) == ("m", "route", 0)
    assert before["providers"] == [{"provider": "native", "target": 0.4, "share": None, "weight": 0.4}]
    served(client, 100)
    after = shares(client)
    assert after["native"]["share"] == pytest.approx(0.4, abs=0.02)
    assert [each["provider"] for each in after["providers"]] == ["native", "a", "b"]
    assert (after["a"]["target"], after["a"]["weight"]) == (None, None)
    assert sum(each["share"] for each in after["providers"]) == pytest.approx(1, abs=0.001)
    families = {each.name: each for each in text_string_to_metric_families(client.get("/metrics").text)}
    told = {
        name: {(each.labels["route"], each.labels["provider"]): each.value for each in families[name].samples}
        for name in ("sixnines_traffic_share_ratio", "sixnines_traffic_target_ratio")
    }
    assert told["sixnines_traffic_target_ratio"] == {("m", "native"): 0.4}
    shown = told["sixnines_traffic_share_ratio"]
    assert set(shown) == {("m", "native"), ("m", "a"), ("m", "b")}
    assert shown["m", "native"] == pytest.approx(after["native"]["share"], abs=0.001)


def test_a_provider_that_fails_now_and_then_still_serves_its_share(lab):
    fails = {"rules": [{"chance": 0.2, "then": {"error": "overloaded"}}]}
    client = serve(lab, native=WELL | fails)
    for _ in range(600):
        ask(client)
        native = lab.gateway.cell.current.snapshot.models["two"].deployments[0]
        lab.gateway.services.board.deployment(native).succeeded()  # it has no rest after a refusal
    found = shares(client)
    assert found["native"]["weight"] > 0.45
    assert found["native"]["share"] == pytest.approx(0.4, abs=0.03)


def test_after_an_outage_it_has_its_share_again_and_no_more(lab):
    client = serve(lab, watch=True)
    assert served(client, 50)["native"] == 20
    lab.call(lab.native.stop())
    lab.until(lambda: lab.provider("native").state is HealthState.DOWN)
    assert served(client, 200)["native"] == 0
    assert shares(client)["native"]["share"] < 0.1
    lab.call(lab.native.open_port())
    lab.until(lambda: lab.provider("native").state is HealthState.HEALTHY)
    for _ in range(3):
        assert served(client, 50)["native"] == pytest.approx(20, abs=2)
    assert shares(client)["native"]["weight"] == pytest.approx(0.4, abs=0.05)


def test_after_an_outage_of_the_others_they_have_theirs_again(lab):
    client = serve(lab, watch=True)
    for name in "ab":
        lab.call(lab.engines[name].stop())
    lab.until(lambda: all(lab.provider(name).state is HealthState.DOWN for name in "ab"))
    assert served(client, 100) == {"native": 100}
    for name in "ab":
        lab.call(lab.engines[name].open_port())
    lab.until(lambda: all(lab.provider(name).state is HealthState.HEALTHY for name in "ab"))
    assert served(client, 50)["native"] == pytest.approx(20, abs=2)


def test_what_nobody_answered_and_who_was_pinned_do_not_count(lab):
    client = serve(lab)
    served(client, 50)
    assert ask(client, provider="native").headers["x-sixnines-provider"] == "native"
    lab.loop.call_soon_threadsafe(lab.native.script, {"default": {"error": "context"}})
    assert [ask(client, deny="a, b").status_code for _ in range(5)] == [400] * 5
    assert (shares(client)["requests"], shares(client)["native"]["share"]) == (49, 0.4)


def test_the_measured_share_outlives_a_change_of_config(lab):
    client = serve(lab)
    served(client, 50)
    text = config_text(ROUTE.format(target=0.8, **lab.config))
    loaded = read_text(text, "lab.yaml", {}, CATALOG)
    assert loaded.snapshot is not None
    lab.loop.call_soon_threadsafe(lab.gateway.swap, lab.gateway.prepare(loaded.snapshot))
    lab.until(lambda: shares(client)["native"]["target"] == 0.8)
    assert shares(client)["native"]["share"] == 0.4
    assert served(client, 50)["native"] == pytest.approx(40, abs=2)


def test_names_without_targets_are_not_listed(lab):
    engine = lab.engine("llamacpp", WELL)
    client = lab.serve(
        f'providers:\n  a: {{kind: llamacpp, base_url: "{engine.base_url}"}}\n'
        "models:\n  m: {deployments: [{provider: a, model: up}]}\n"
    )
    ask(client)
    assert client.get("/admin/v1/shares").json() == {"window": 1000, "shares": []}
    assert "sixnines_traffic_share_ratio{" not in client.get("/metrics").text


def test_only_administrators_see_it(lab):
    locked = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
    engine = lab.engine("llamacpp", WELL)
    config = f'providers:\n  a: {{kind: llamacpp, base_url: "{engine.base_url}"}}\n'
    config += "models:\n  m: {deployments: [{provider: a, model: up}]}\n"
    client = lab.serve(locked + config, {"ADMIN": "sk-admin-1", "CALLER": "sk-caller-1"})
    assert client.get("/admin/v1/shares").status_code == 401
    assert client.get("/admin/v1/shares", headers={"authorization": "Bearer sk-caller-1"}).status_code == 403
    assert client.get("/admin/v1/shares", headers={"authorization": "Bearer sk-admin-1"}).status_code == 200
