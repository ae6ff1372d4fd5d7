"""What workers learn, measure and write down: each by itself where it can, as one where an operator looks."""

import json
import os
import signal
from collections import Counter
from contextlib import ExitStack

import httpx
import pytest

from support.lab import Lab, chat, one_engine, two_engines
from support.raw_http import RawClient
from support.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def ask(gateway, **more):
    """One chat on a connection of its own, so that it may be any worker's."""
    with gateway.client() as client:
        return client.post("/v1/chat/completions", json=chat(**more))


def say(gateway, about, score):
    """Feedback on a connection of its own."""
    with gateway.client() as client:
        return client.post("/v1/feedback", json={"request_id": about, "score": score})


def decided(gateway):
    found = gateway.samples().items()
    return sum(value for (name, _), value in found if name == "sixnines_adaptive_decisions_total")


def test_feedback_is_counted_in_the_worker_that_had_the_request(lab, tmp_path):
    config = two_engines(lab.engine(), lab.engine(), model="strategy: adaptive")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with WorkerProcesses(tmp_path, config, 3, state) as gateway:
        asked = [ask(gateway).headers["x-sixnines-request-id"] for _ in range(12)]
        for each in asked:
            told = say(gateway, each, 1.0)
            assert (told.status_code, told.json()["counted"]) == (200, True)
        seen = {}
        while len(seen) < 3:  # which worker shows the page is left to the kernel
            page = gateway.fresh("/admin/v1/adaptive").json()
            seen[page["worker"]] = page["places"]
        rows = [row for (place,) in seen.values() for row in place["requests"].get("chat/short/whole", ())]
        assert {row["feedback"] for row in rows if row["evidence"]} == {1.0}
        assert sum(place["decisions"]["total"] for (place,) in seen.values()) == 12
        assert decided(gateway) == 12
        assert say(gateway, "0" * 24, 1.0).status_code == 404
        hanging, _, _ = gateway.pids()
        os.kill(hanging, signal.SIGSTOP)
        try:
            lab.until(lambda: gateway_says(gateway) == (503, "worker_missing"))
        finally:
            os.kill(hanging, signal.SIGCONT)


def gateway_says(gateway):
    """What becomes of feedback on an unknown request; nothing where it is the hanging worker that is asked."""
    with gateway.client() as client:
        client.timeout = 3.0
        try:
            told = client.post("/v1/feedback", json={"request_id": "0" * 24, "score": 1.0})
        except httpx.TimeoutException:
            return None
        return told.status_code, told.json()["error"]["code"]


def test_one_worker_writes_what_it_has_learned_and_all_begin_with_it(lab, tmp_path):
    config = two_engines(lab.engine(), lab.engine(), model="strategy: adaptive")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    kept = tmp_path / "state" / "sixnines" / "learned.json"
    with WorkerProcesses(tmp_path, config, 1, state) as gateway:
        for _ in range(20):
            assert ask(gateway).status_code == 200
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    before = kept.read_bytes()
    with WorkerProcesses(tmp_path, config, 3, state) as gateway:
        workers = Counter()
        while len(workers) < 3:
            page = gateway.fresh("/admin/v1/adaptive").json()
            workers[page["worker"]] = page["places"][0]["decisions"]["total"]
        assert workers == {1: 20, 2: 20, 3: 20}
        assert decided(gateway) == 0  # a counter begins with the process, whatever was learned before
        for _ in range(12):
            assert ask(gateway).status_code == 200
        lab.until(lambda: decided(gateway) == 12)
        first, *_ = gateway.pids()
        os.kill(first, signal.SIGTERM)  # which writes the file, and its successor reads it
        gateway.until_pids(lambda pids: len(pids) == 3 and first not in pids)
        lab.until(lambda: gateway.value("sixnines_workers", state="answering") == 3)
        assert decided(gateway) == 12
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    total = json.loads(kept.read_bytes())["places"]["m"]["tally"]["decisions"]
    assert total - json.loads(before)["places"]["m"]["tally"]["decisions"] <= 12
    assert [each.name for each in kept.parent.iterdir() if each.is_file()] == ["learned.json"]


def test_shares_are_those_of_all_workers_together(lab, tmp_path):
    config = two_engines(lab.engine(), lab.engine(), model="targets: {a: 0.5, b: 0.5}")
    with WorkerProcesses(tmp_path, config, 3) as gateway:
        served = Counter(ask(gateway).headers["x-sixnines-provider"] for _ in range(30))
        page = gateway.fresh("/admin/v1/shares").json()
        (found,) = page["shares"]
        assert (found["requests"], page["missing_workers"]) == (30, [])
        for row in found["providers"]:
            name = row["provider"]
            assert row["share"] == pytest.approx(served[name] / 30, abs=0.02)  # the old ones count a little less
            labels = {"route": "m", "provider": name}
            assert gateway.value("sixnines_traffic_share_ratio", **labels) == pytest.approx(row["share"], abs=1e-4)
            assert gateway.value("sixnines_traffic_target_ratio", **labels) == 0.5


def test_all_workers_write_whole_lines_into_one_decision_log(lab, tmp_path):
    log = tmp_path / "decisions.jsonl"
    server = f'server: {{listen: "127.0.0.1:0", decision_log: {{path: {log}, max_size: 4KiB, keep: 50}}}}\n'
    with WorkerProcesses(tmp_path, server + one_engine(lab.engine()), 3) as gateway:
        ids = {ask(gateway).headers["x-sixnines-request-id"] for _ in range(40)}
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    files = sorted(tmp_path.glob("decisions.jsonl*"))
    assert len(files) > 1
    records = [json.loads(line) for each in files for line in each.read_text().splitlines()]
    assert {each["id"] for each in records} == ids
    assert len(records) == 40
    assert len({each["conversation"] for each in records}) == 1  # whichever worker had it


def test_a_provider_is_saturated_by_the_requests_of_all_workers(lab, tmp_path):
    hanging = lab.engine("openai", {"default": {"fault": {"kind": "hang_before_head"}}})
    config = two_engines(hanging, lab.engine())
    config = config.replace('"}\n  b:', '", max_in_flight: 6, saturation: 0.5}\n  b:', 1)
    body = json.dumps(chat()).encode()
    call = b"POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    with WorkerProcesses(tmp_path, config, 3) as gateway, ExitStack() as callers:
        address = ("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        for count in range(1, 4):
            callers.enter_context(RawClient(address)).send(call)
            lab.until(lambda count=count: hanging.in_flight == count)
        assert [ask(gateway).headers["x-sixnines-provider"] for _ in range(12)] == ["b"] * 12
