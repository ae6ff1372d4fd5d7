"""`POST /admin/v1/fault`: what callers, health, the metrics and the log see of a provider that is broken on purpose."""

import json
import signal

import pytest

from support.lab import Lab, chat, one_engine, two_engines
from support.worker_processes import WorkerProcesses, samples_in

ON = 'server: {listen: "127.0.0.1:0", fault_injection: true}\n'
KEYS = {"ADMIN": "sk-admin-1", "CALLER": "sk-caller-1"}
PATH = "/admin/v1/fault"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def engines(lab):
    return lab.engine(), lab.engine()


def put(client, fault="refuse", seconds=60.0, provider="a", headers=None, **more):
    body = {"provider": provider, "fault": fault, **({} if seconds is None else {"seconds": seconds}), **more}
    return client.post(PATH, json=body, headers=headers)


def mend(client, provider="a"):
    return put(client, None, None, provider)


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more))


def who(client) -> str:
    return ask(client).headers["x-sixnines-provider"]


def shown(client, provider=0):
    return client.get("/admin/v1/providers").json()["providers"][provider]


def last_kinds(client):
    return [each["kind"] for each in client.get("/admin/v1/requests").json()["requests"][0]["attempts"]]


def test_callers_are_answered_by_another_until_it_is_over(lab, engines):
    client = lab.serve(ON + two_engines(*engines))
    assert who(client) == "a"
    assert put(client).json() == {"object": "fault", "provider": "a", "fault": "refuse", "seconds": 60.0}
    answer = ask(client)
    assert (answer.status_code, answer.headers["x-sixnines-provider"]) == (200, "b")
    assert answer.headers["x-sixnines-fallback"] == "transport"
    assert last_kinds(client) == ["transport", "ok"]
    assert mend(client).status_code == 200
    assert who(client) == "a"


@pytest.mark.parametrize(
    ("fault", "more", "kind"),
    [
        ("refuse", {}, "transport"),
        ("hang", {}, "transport"),
        ("error", {}, "server"),
        ("error", {"status": 429}, "rate"),
        ("error", {"status": 401}, "credential"),
        ("slow", {"delay_s": 60}, "transport"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_each_fault_is_a_failure_of_the_kind_that_a_broken_engine_makes(lab, engines, fault, more, kind, stream):
    hasty = "defaults: {timeouts: {first_token: 300ms, total: 600ms}}\n"
    client = lab.serve(ON + hasty + two_engines(*engines))
    put(client, fault, **more)
    answer = ask(client, stream=stream)
    assert (answer.status_code, answer.headers["x-sixnines-provider"]) == (200, "b"), answer.text
    assert answer.headers["x-sixnines-fallback"] == kind
    assert not engines[0].requests


def test_a_slow_one_answers_late_and_is_asked_all_the_same(lab, engines):
    client = lab.serve(ON + two_engines(*engines))
    put(client, "slow", delay_s=0.3)
    assert who(client) == "a"
    assert client.get("/admin/v1/requests").json()["requests"][0]["total_ms"] >= 300


def test_a_stream_that_is_cut_ends_as_the_models_contract_says(lab):
    words = {"default": {"text": "word " * 200}}
    client = lab.serve(ON + one_engine(lab.engine("openai", words)))
    put(client, "cut")
    answer = ask(client, stream=True)
    assert answer.status_code == 200
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    assert "error" in events[-1], answer.text
    assert client.get("/admin/v1/requests").json()["requests"][0]["outcome"] == "broken"


def test_an_answer_that_is_no_stream_is_cut_before_anybody_saw_it(lab, engines):
    client = lab.serve(ON + two_engines(*engines))
    put(client, "cut")
    answer = ask(client)
    assert (answer.headers["x-sixnines-provider"], answer.headers["x-sixnines-fallback"]) == ("b", "truncated")


def test_the_breaker_counts_them_and_opens(lab, engines):
    client = lab.serve(ON + "defaults: {breaker: {failures: 2, window: 30s, open: 30s}}\n" + two_engines(*engines))
    put(client, "error")
    for _ in range(2):
        ask(client)
    assert shown(client)["deployments"][0]["breaker"] == "open"
    ask(client)
    assert last_kinds(client) == ["ok"], "an open breaker has others asked first"


@pytest.mark.parametrize(("fault", "state"), [("refuse", "down"), ("error", "healthy")])
def test_probes_see_what_they_would_see_of_a_real_one(lab, engines, fault, state):
    quick = "defaults: {health: {interval: 100ms, unhealthy_interval: 100ms}}\n"
    client = lab.serve(ON + quick + two_engines(*engines), watch=True)
    lab.until(lambda: shown(client)["state"] == "healthy")
    put(client, fault)
    lab.until(lambda: shown(client)["state"] == state)
    mend(client)
    lab.until(lambda: shown(client)["state"] == "healthy")


def test_two_providers_at_one_address_are_told_apart(lab):
    engine = lab.engine()
    client = lab.serve(ON + two_engines(engine, engine))
    put(client, provider="b")
    assert who(client) == "a"
    put(client, provider="a")
    assert ask(client).status_code == 502
    mend(client, "b")
    assert who(client) == "b"


def test_it_ends_by_itself(lab, engines):
    client = lab.serve(ON + two_engines(*engines))
    put(client, seconds=0.1)
    lab.until(lambda: shown(client)["broken_on_purpose"] is None)
    assert who(client) == "a"


def test_it_is_shown_with_its_end_and_counted(lab, engines):
    client = lab.serve(ON + two_engines(*engines))

    def counted():
        found = samples_in(client.get("/metrics").text)
        return {
            labels: value for (name, labels), value in found.items() if name == "sixnines_provider_broken_on_purpose"
        }

    assert (shown(client)["broken_on_purpose"], counted()) == (None, {})
    put(client, "error")
    broken = shown(client)["broken_on_purpose"]
    assert (broken["fault"], 50 < broken["for_s"] <= 60) == ("error", True)
    assert shown(client, 1)["broken_on_purpose"] is None
    assert counted() == {(("fault", "error"), ("provider", "a")): 1.0}
    mend(client)
    assert counted() == {}


def test_nobody_may_where_the_config_does_not_say_so(lab, engines):
    client = lab.serve(two_engines(*engines))
    answer = put(client)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "fault_injection_off")
    assert "server.fault_injection: true" in error["message"]
    assert who(client) == "a"


def test_only_administrators_may(lab, engines):
    server = (
        'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN", fault_injection: true}\n'
    )
    client = lab.serve(server + two_engines(*engines), KEYS)
    assert put(client).status_code == 401
    assert put(client, headers={"authorization": "Bearer sk-caller-1"}).status_code == 403
    assert put(client, headers={"authorization": "Bearer sk-admin-1"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"provider": "nobody", "fault": None}, "no provider of this name"),
        ({"provider": "a", "fault": "explode", "seconds": 1}, "fault"),
        ({"provider": "a", "fault": "refuse"}, "above 0 and up to 600"),
        ({"provider": "a", "fault": "refuse", "seconds": 0}, "above 0 and up to 600"),
        ({"provider": "a", "fault": "refuse", "seconds": 601}, "above 0 and up to 600"),
        ({"provider": "a", "fault": None, "seconds": 1}, "over at once"),
        ({"provider": "a", "seconds": 1}, "fault"),
        ({"provider": "a", "fault": "refuse", "seconds": 1, "status": 500}, "from 400 to 599"),
        ({"provider": "a", "fault": "error", "seconds": 1, "status": 200}, "from 400 to 599"),
        ({"provider": "a", "fault": "error", "seconds": 1, "delay_s": 1}, "up to 60 seconds"),
        ({"provider": "a", "fault": "slow", "seconds": 1, "delay_s": 61}, "up to 60 seconds"),
        ({"provider": "a", "fault": "refuse", "seconds": 1, "minutes": 1}, "minutes"),
    ],
)
def test_what_means_nothing_is_refused(lab, engines, body, said):
    client = lab.serve(ON + two_engines(*engines))
    answer = client.post(PATH, json=body)
    assert (answer.status_code, said in answer.json()["error"]["message"]) == (400, True), answer.text


def test_all_workers_are_told_and_one_of_them_tells_the_log(lab, tmp_path, engines):
    config = ON + "defaults: {health: {active: false}}\n" + two_engines(*engines)
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        with gateway.client() as client:
            assert put(client).status_code == 200
        seen = set()
        for _ in range(20):
            with gateway.client() as client:  # a new connection may be the other worker's
                seen.add(who(client))
        assert seen == {"b"}
        lab.until(lambda: "provider a is broken on purpose: refuse" in gateway.log)
        assert gateway.log.count("provider a is broken on purpose") == 1
        rows = gateway.fresh("/admin/v1/providers").json()["providers"][0]["by_worker"]
        assert [each["broken"]["fault"] for each in rows] == ["refuse", "refuse"]


def test_a_config_that_takes_the_key_back_ends_what_is_broken(lab, tmp_path, engines):
    config = ON + "defaults: {health: {active: false}}\n" + two_engines(*engines)
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        with gateway.client() as client:
            assert put(client).status_code == 200
        gateway.write(config.replace("fault_injection: true", "drain: 20s"))
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config reloaded" in gateway.log)
        lab.until(lambda: gateway.fresh("/admin/v1/providers").json()["providers"][0]["broken_on_purpose"] is None)
        with gateway.client() as client:
            assert put(client).status_code == 403
