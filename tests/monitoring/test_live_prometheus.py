"""A real Prometheus scrapes a real gateway under load: every alert and every panel has data."""

import threading

import pytest

from support.certificates import make_authority
from support.lab import Lab, chat, one_engine
from support.monitoring import load_tool, panel_queries, prometheus
from support.tls_front import tls_front

ALERTS = load_tool("monitoring.alerts").ALERTS
# So that two scrapes lie on either side of everything that happens once.
SECONDS = 8
CONFIG = """
accounting: {{budget: {{dollars: 1000, period: month}}}}
providers:
  good: {{kind: openai-compatible, base_url: "{good}", domain: rack, max_in_flight: 8}}
  limited: {{kind: openai-compatible, base_url: "{limited}", domain: rack}}
  engine: {{kind: ollama, base_url: "{engine}"}}
  paid: {{kind: openai-compatible, base_url: "{good}", local: false}}
  secure: {{kind: openai-compatible, base_url: "{secure}", tls: {{ca_file: "{ca_file}"}}, api_key: env:TOKEN}}
domains: {{rack: {{}}}}
models:
  m:
    deployments: [{{provider: limited, model: up}}]
    fallbacks: [n]
  n: {{deployments: [{{provider: good, model: up, price: {{input: 2, output: 8}}}}]}}
  o: {{deployments: [{{provider: engine, model: up}}]}}
  p: {{deployments: [{{provider: paid, model: up}}]}}
  q: {{deployments: [{{provider: paid, model: mute, price: {{input: 2, output: 8}}}}]}}
  s: {{deployments: [{{provider: secure, model: up}}]}}
routes:
  r: {{strategy: weighted, models: [n, o], targets: {{engine: 0.5}}}}
"""

# {"alg":"HS256"}.{"exp":4102444800}: it expires with the year 2099.
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.c2lnbmVk"


class Load:
    """Callers who ask again and again until the block ends."""

    def __init__(self, lab):
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(lab.client(), name))
            for name in ("m", "n", "r", "o", "p", "q", "s")
        ]
        self.ids = set()

    def _ask(self, client, name):
        while not self._stop.wait(0.05):
            whole = client.post("/v1/chat/completions", json=chat(model=name))
            self.ids.add(whole.headers["x-sixnines-request-id"])
            stream = client.post(
                "/v1/chat/completions", json=chat(model=name, stream=True, stream_options={"include_usage": True})
            )
            self.ids.add(stream.headers["x-sixnines-request-id"])
            client.post("/v1/chat/completions", json=chat(model="nobody-knows-it"))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A Prometheus that has scraped a gateway for some seconds, and the ids of the requests that were asked."""
    with Lab() as lab:
        text = {"default": {"text": "one two three four five six seven", "tokens_per_s": 300}}
        counted = {**text["default"], "usage": {"cached_tokens": 2}}
        mute = {"when": {"model": "mute"}, "then": {**text["default"], "report_usage": False}}
        good = lab.engine("openai", {"default": counted, "rules": [mute], "models": ["up", "mute"]})
        engine = lab.engine("ollama", text)
        limited = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 0}}})
        authority = make_authority(tmp_path_factory.mktemp("authority"))
        front = tls_front(good.port, authority.server_context("IP:127.0.0.1", days=90))
        secure = f"https://127.0.0.1:{lab.call(lab._stack.enter_async_context(front))}"
        config = CONFIG.format(
            good=good.base_url,
            limited=limited.base_url,
            engine=engine.base_url,
            secure=secure,
            ca_file=authority.ca_file,
        )
        state = tmp_path_factory.mktemp("state")
        lab.serve(config, {"TOKEN": TOKEN}, watch=True, state_home=state, ledger=state / "ledger.sqlite")
        target = f"127.0.0.1:{lab.address[1]}"
        with Load(lab) as load, prometheus(tmp_path_factory.mktemp("prometheus"), target) as watching:
            watching.until(lambda: watching.targets() == ["up"], "it is scraped")
            watching.until(
                lambda: watching.query(f"count_over_time(up[1m]) >= {SECONDS}"), f"it is scraped {SECONDS} times"
            )
            yield watching, load.ids


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_runs_and_what_it_measures_is_there(seen, alert):
    watching, _ = seen
    watching.query(alert.query)
    if not alert.quiet:
        assert watching.query(alert.value), alert.value


@pytest.mark.parametrize(("dashboard", "panel", "query"), panel_queries())
def test_no_panel_is_without_data(seen, dashboard, panel, query):
    watching, _ = seen
    found = watching.query(query)
    assert found, f"{dashboard}, {panel}: {query}"
    assert any(value == value for _, value in found), f"{dashboard}, {panel}: not a number"  # noqa: PLR0124 - NaN


def test_points_stand_for_requests_that_were_asked(seen):
    watching, ids = seen
    found = watching.exemplars("sixnines_request_duration_seconds_bucket")
    assert found
    assert {each["labels"]["request_id"] for each in found} <= ids


def test_no_alert_fires_but_those_that_the_load_is_made_for(seen):
    watching, _ = seen
    made_for = {
        "SixninesFallbackRateHigh", "SixninesShareOffTarget", "SixninesProviderRateLimited", "SixninesTokensUnpriced",
    }  # fmt: skip
    assert watching.firing() <= made_for


LOCKED = 'server: {listen: "127.0.0.1:0", admin_key: "env:ADMIN"}\n'


@pytest.mark.parametrize(("key", "health"), [("sk-admin-1", "up"), (None, "down")])
def test_a_gateway_with_an_admin_key_is_scraped_by_who_has_it(tmp_path, key, health):
    with Lab() as lab:
        lab.serve(LOCKED + one_engine(lab.engine()), {"ADMIN": "sk-admin-1"})
        with prometheus(tmp_path, f"127.0.0.1:{lab.address[1]}", key) as watching:
            watching.until(lambda: watching.targets() == [health], f"it is {health}")
            if health == "down":
                watching.until(lambda: "SixninesDown" in watching.firing(), "SixninesDown is about to fire")
