"""What workers share: limits, the config, one name towards other gateways, and the news of providers."""

import contextlib
import itertools
import json
import os
import resource
import signal
import threading
import time

import httpx
import pytest

from support.lab import Lab, chat, one_engine
from support.raw_http import RawClient
from support.worker_processes import WorkerProcesses, samples_in

pytestmark = pytest.mark.slow


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


class Crowd:
    """Callers who ask at the same time, each once and on a connection of its own."""

    def __init__(self, gateway, count):
        self.answers = []
        self._gateway = gateway
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        for each in self._threads:
            each.join()

    def _ask(self):
        with self._gateway.client() as client:
            try:
                answer = client.post("/v1/chat/completions", json=chat())
            except httpx.TransportError:
                answer = None
            self.answers.append((time.monotonic(), answer))

    @property
    def statuses(self):
        """0 where the connection was lost."""
        return [answer.status_code if answer else 0 for _, answer in self.answers]


BODY = json.dumps(chat()).encode()
CALL = b"POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
QUICK = {"default": {"count": 4, "tokens_per_s": 80}}


def test_the_limit_of_a_provider_holds_over_all_workers_together(lab, tmp_path):
    engine = lab.engine("openai", QUICK)
    with WorkerProcesses(tmp_path, one_engine(engine, provider=", max_in_flight: 2"), 3) as gateway:
        with Crowd(gateway, 50) as crowd:
            pass
        assert crowd.statuses == [200] * 50
        # Two workers may take the same last place in the same moment: one too many for each other worker at the worst.
        assert 2 <= engine.most_at_once <= 4
        assert {answer.headers["x-sixnines-attempts"] for _, answer in crowd.answers} == {"1"}
        assert gateway.value("sixnines_provider_queued_requests", provider="a") == 0


def test_the_places_of_a_killed_worker_go_to_who_waits_in_another_one(lab, tmp_path):
    engine = lab.engine("openai", {"default": {"fault": {"kind": "hang_before_head"}}})
    config = "defaults: {health: {active: false}}\n" + one_engine(engine, provider=", max_in_flight: 8")
    with WorkerProcesses(tmp_path, config, 2) as gateway, contextlib.ExitStack() as stack:
        address = ("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        for _ in range(8):
            stack.enter_context(RawClient(address)).send(CALL)
        lab.until(lambda: engine.in_flight == 8)
        engine.script({"models": ["up"], "default": {"text": "well"}})
        with Crowd(gateway, 16) as crowd:
            lab.until(lambda: gateway.value("sixnines_provider_queued_requests", provider="a") == 16)
            held = taken_by_worker(gateway)
            assert sum(held) == 8
            killed = held.index(max(held))
            os.kill(gateway.pids()[killed], signal.SIGKILL)
        # Those who waited in the one that was killed have lost their connection; nobody else waits any more.
        assert set(crowd.statuses) == {0, 200}
        lab.until(lambda: gateway.value("sixnines_workers", state="answering") == 2)
        assert taken_by_worker(gateway)[1 - killed] == held[1 - killed]
        assert sum(taken_by_worker(gateway)) == held[1 - killed]


def taken_by_worker(gateway):
    (told,) = gateway.fresh("/admin/v1/providers").json()["providers"]
    return [each["in_flight"] for each in told["by_worker"]]


def test_nobody_waits_in_vain_because_the_places_are_another_workers(lab, tmp_path):
    """Under steady load from one worker's callers, those of the others come to their turn as well."""
    engine = lab.engine("openai", QUICK)
    with WorkerProcesses(tmp_path, one_engine(engine, provider=", max_in_flight: 1"), 2) as gateway:
        began = time.monotonic()
        with Crowd(gateway, 30) as crowd:
            pass
        took = time.monotonic() - began
    assert crowd.statuses == [200] * 30
    waits = sorted(at - began for at, _ in crowd.answers)
    # One after the other at an even pace: no pause in which a place lay free while somebody waited.
    gaps = [later - earlier for earlier, later in itertools.pairwise(waits)]
    assert max(gaps) < took / 5


def test_the_queue_is_bounded_over_all_workers(lab, tmp_path):
    engine = lab.engine("openai", QUICK)
    limited = ", max_in_flight: 1, queue: {size: 5}"
    with WorkerProcesses(tmp_path, one_engine(engine, provider=limited, model="attempts: 1"), 3) as gateway:
        with Crowd(gateway, 40) as crowd:
            pass
        refused = crowd.statuses.count(503)
        assert crowd.statuses.count(200) + refused == 40
        assert refused >= 20  # each worker by itself would have let in 18


def test_sighup_reloads_all_workers_without_dropping_a_request(lab, tmp_path):
    one, two = (lab.engine("openai", {"default": {"text": text}}) for text in ("one", "two"))
    with WorkerProcesses(tmp_path, one_engine(one), 3) as gateway:
        seen, stop = [], threading.Event()

        def ask():
            with gateway.client() as client:
                while not stop.is_set():
                    answer = client.post("/v1/chat/completions", json=chat())
                    seen.append((answer.status_code, said(answer)))

        callers = [threading.Thread(target=ask) for _ in range(9)]
        for caller in callers:
            caller.start()
        lab.until(lambda: len(seen) > 50)
        gateway.write(one_engine(two))
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config reloaded" in gateway.log)
        assert said_by_all(gateway) == {"two"}
        stop.set()
        for caller in callers:
            caller.join()
        assert set(seen) == {(200, "one"), (200, "two")}
        # Whoever takes the place of a worker goes by what was taken up, whatever is in the file meanwhile.
        gateway.write("nonsense: true\n")
        killed = gateway.pids()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        gateway.until_pids(lambda pids: len(pids) == 3 and not set(pids) & set(killed))
        assert said_by_all(gateway) == {"two"}


def said(answer):
    return answer.json()["choices"][0]["message"]["content"]


def said_by_all(gateway):
    with Crowd(gateway, 30) as crowd:
        pass
    return {said(answer) for _, answer in crowd.answers}


def test_a_reload_with_an_error_keeps_the_old_config_everywhere_and_says_why_once(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine("openai", {"default": {"text": "old"}})), 3) as gateway:
        gateway.write("providers: {a: {kind: olama}}\n")
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "the old one stays" in gateway.log)
        assert gateway.log.count('did you mean "ollama"?') == 1
        assert said_by_all(gateway) == {"old"}


def test_when_one_worker_cannot_take_up_a_config_none_does(lab, tmp_path):
    old, new = (lab.engine("openai", {"default": {"text": text}}) for text in ("old", "new"))
    with WorkerProcesses(tmp_path, one_engine(old), 3) as gateway:
        poor = gateway.pids()[1]
        before = resource.prlimit(poor, resource.RLIMIT_NOFILE)
        # It cannot receive the file: the only numbers that it may give are those of its standard streams.
        resource.prlimit(poor, resource.RLIMIT_NOFILE, (3, before[1]))
        gateway.write(one_engine(new))
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config not reloaded, the old one stays: worker 2" in gateway.log)
        resource.prlimit(poor, resource.RLIMIT_NOFILE, before)
        assert said_by_all(gateway) == {"old"}
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config reloaded" in gateway.log)
        assert said_by_all(gateway) == {"new"}


def test_what_only_a_restart_changes_is_said_once(lab, tmp_path):
    config = one_engine(lab.engine())
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        gateway.write('server: {listen: "127.0.0.1:1"}\n' + config)
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config reloaded" in gateway.log)
        assert gateway.log.count("server.listen has changed; the change takes effect at the next start") == 1


def test_a_reload_brings_providers_with_limits_of_their_own(lab, tmp_path):
    one, two = lab.engine("openai", QUICK), lab.engine("openai", QUICK)
    with WorkerProcesses(tmp_path, one_engine(one), 3) as gateway:
        gateway.write(one_engine(two, provider=", max_in_flight: 2").replace("a:", "b:").replace(": a,", ": b,"))
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config reloaded" in gateway.log)
        with Crowd(gateway, 30) as crowd:
            pass
        assert crowd.statuses == [200] * 30
        assert 2 <= two.most_at_once <= 4


def test_a_loop_is_seen_whichever_worker_it_comes_back_to(lab, tmp_path):
    with Lab() as there, WorkerProcesses(tmp_path, one_engine(lab.engine()), 3) as gateway:
        there.serve(leading_to(gateway.url))
        gateway.write(leading_to(there.url))
        gateway.signal(signal.SIGHUP)
        lab.until(lambda: "config reloaded" in gateway.log)
        with Crowd(gateway, 30) as crowd:
            pass
        assert set(crowd.statuses) == {508}
        passed = samples_in(there.client().get("/metrics").text)
        assert sum(value for (name, _), value in passed.items() if name == "sixnines_requests_total") == 30


def leading_to(url):
    return f"""
providers: {{other: {{kind: openai-compatible, base_url: "{url}"}}}}
models: {{m: {{deployments: [{{provider: other, model: m}}], attempts: 1}}}}
"""


def test_a_provider_is_probed_for_all_workers_and_all_know_what_was_found(lab, tmp_path):
    engine = lab.engine("llamacpp")
    often = "defaults: {health: {interval: 600ms, unhealthy_interval: 600ms}}\n"
    with WorkerProcesses(tmp_path, often + one_engine(engine, kind="llamacpp"), 4) as gateway:

        def seen():
            (told,) = gateway.fresh("/admin/v1/providers").json()["providers"]
            return {each["state"] for each in told["by_worker"]}

        lab.until(lambda: seen() == {"healthy"})
        began, before = time.monotonic(), engine.total
        lab.until(lambda: engine.total - before >= 6)
        took = time.monotonic() - began
        assert took > 6 * 0.6 * 0.5  # with each worker for itself they would come four times as often
        engine.script({"rules": [{"when": {"operation": "any"}, "then": {"error": "loading"}}]})
        lab.until(lambda: seen() == {"loading"})
        # One line for each change; two where two workers happened to ask in the same moment.
        assert 1 <= gateway.log.count("provider a is healthy") <= 2
        assert 1 <= gateway.log.count("provider a is loading") <= 2


def test_with_a_prober_killed_the_others_go_on_probing(lab, tmp_path):
    engine = lab.engine()
    config = "defaults: {health: {interval: 300ms, unhealthy_interval: 300ms}}\n" + one_engine(engine)
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        os.kill(gateway.pids()[0], signal.SIGKILL)
        before = engine.total
        lab.until(lambda: engine.total - before >= 5)
