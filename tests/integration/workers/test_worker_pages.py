"""Whichever worker answers, it answers for all: figures, requests, providers."""

import contextlib
import json
import os
import re
import signal
import time
from contextlib import ExitStack
from datetime import datetime

import httpx
import pytest

from support.lab import Lab, chat, one_engine, two_engines
from support.raw_http import RawClient
from support.worker_processes import WorkerProcesses, samples_in

pytestmark = pytest.mark.slow

# What differs from run to run although the same was done: times, connections that happened to be used again, workers, and
# what they have not yet written into the ledger.
UNEVEN = re.compile(
    r"_bucket|_seconds_sum|upstream_connections|sixnines_worker|sixnines_tasks|availability|error_budget|ledger"
    r"|start_time|state_free|overhead_seconds_count"
)


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


BODY = json.dumps(chat()).encode()
CALL = b"POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY


def ask(gateway, **more):
    """One chat on a connection of its own."""
    with gateway.client() as client:
        return client.post("/v1/chat/completions", json=chat(**more))


def play(gateway, rounds):
    """A bit of everything that is counted."""
    for _ in range(rounds):
        assert ask(gateway).status_code == 200
        assert ask(gateway, stream=True).status_code == 200
        assert ask(gateway, model="nonsuch").status_code == 404


def even(gateway):
    return {key: value for key, value in gateway.samples().items() if not UNEVEN.search(key[0])}


def test_the_figures_are_what_one_process_would_have_counted(lab, tmp_path):
    a = lab.engine("openai", {"default": {"error": "missing"}})  # which every worker meets again and again
    config = two_engines(a, lab.engine(), model="attempts: 2")
    told = []
    for count in (1, 3):
        folder = tmp_path / str(count)
        folder.mkdir()
        with WorkerProcesses(folder, config, count) as gateway:
            play(gateway, 20)
            told.append(even(gateway))
            if count > 1:
                figures = gateway.samples()
                assert figures["sixnines_workers", (("state", "answering"),)] == 3
                connections = [figures["sixnines_worker_connections", (("worker", each),)] for each in "123"]
                assert sum(connections) == 1  # that of the scrape
    one, several = told
    assert several == one
    assert (
        one[
            "sixnines_requests_total",
            (("model", "m"), ("operation", "chat"), ("outcome", "ok"), ("provider", "b"), ("served", "m")),
        ]
        == 40
    )
    assert one["sixnines_refusals_total", (("code", "model_not_found"),)] == 20


def test_a_single_process_says_that_it_is_one(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 1) as gateway:
        assert gateway.pids() == []
        assert gateway.value("sixnines_workers", state="answering") == 1
        assert gateway.value("sixnines_workers", state="missing") == 0
        assert "missing_workers" not in gateway.fresh("/admin/v1/requests").json()
        assert "by_worker" not in gateway.fresh("/admin/v1/providers").text


def test_each_request_is_found_whichever_worker_is_asked(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 3) as gateway:
        ids = [ask(gateway).headers["x-sixnines-request-id"] for _ in range(50)]
        assert len(set(ids)) == 50
        for request_id in ids:
            found = gateway.fresh(f"/admin/v1/requests/{request_id}")
            assert (found.status_code, found.json()["id"], found.json()["outcome"]) == (200, request_id, "ok")
        listed = gateway.fresh("/admin/v1/requests?limit=60&outcome=ok").json()
        assert [each["id"] for each in listed["requests"]] == ids[::-1]
        assert (listed["held"], listed["missing_workers"]) == (50, [])
        ended = [datetime.fromisoformat(each["arrived_at"]) for each in listed["requests"]]
        assert ended == sorted(ended, reverse=True)
        few = gateway.fresh("/admin/v1/requests?limit=3").json()["requests"]
        assert [each["id"] for each in few] == ids[:-4:-1]
        for missing in ("0" * 24, "%00", "ä"):
            assert gateway.fresh(f"/admin/v1/requests/{missing}").status_code == 404
        assert gateway.fresh("/admin/v1/requests?outcome=odd").status_code == 400


def test_providers_are_told_as_all_workers_see_them(lab, tmp_path):
    engine = lab.engine("openai", {"default": {"error": {"preset": "rate", "retry_after_s": 60}}})
    config = "defaults: {health: {active: false}}\n" + one_engine(
        engine, model="attempts: 1", provider=", max_in_flight: 3"
    )
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        assert ask(gateway).status_code == 429
        (told,) = gateway.fresh("/admin/v1/providers").json()["providers"]
        (deployment,) = told["deployments"]
        # One worker has met the limit: that is what an operator is looking for.
        assert (deployment["state"], deployment["breaker"]) == ("rate_limited", "closed")
        assert 50 < deployment["for_s"] <= 60
        assert sorted(each["state"] for each in deployment["by_worker"]) == ["rate_limited", "unknown"]
        assert [each["worker"] for each in told["by_worker"]] == [1, 2]
        assert (told["in_flight"], told["max_in_flight"], told["waiting"]) == (0, 3, 0)


def test_requests_in_flight_are_added_up(lab, tmp_path):
    engine = lab.engine("openai", {"default": {"fault": {"kind": "hang_before_head"}}})
    with WorkerProcesses(tmp_path, one_engine(engine), 3) as gateway, ExitStack() as callers:
        address = ("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        for _ in range(12):
            callers.enter_context(RawClient(address)).send(CALL)
        lab.until(lambda: engine.in_flight == 12)
        assert gateway.value("sixnines_provider_in_flight_requests", provider="a") == 12
        assert gateway.value("sixnines_in_flight_requests") == 13  # with this one
        (told,) = gateway.fresh("/admin/v1/providers").json()["providers"]
        assert told["in_flight"] == 12
        assert sum(each["in_flight"] for each in told["by_worker"]) == 12
        callers.close()
        lab.until(lambda: gateway.value("sixnines_provider_in_flight_requests", provider="a") == 0)


def test_a_worker_that_hangs_is_missing_and_its_figures_are_not(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2) as gateway:
        play(gateway, 10)
        before = even(gateway)
        hanging, _ = gateway.pids()
        os.kill(hanging, signal.SIGSTOP)
        try:
            with contextlib.closing(of_who_answers(gateway)) as client:
                began = time.monotonic()
                figures = samples_in(client.get("/metrics").text)
                assert 1.0 <= time.monotonic() - began < 3.0
                assert figures["sixnines_workers", (("state", "missing"),)] == 1
                assert falls(counters_of(before), counters_of(figures)) == []
                assert client.get("/admin/v1/requests").json()["missing_workers"] == [1]
                assert client.get("/admin/v1/providers").json()["missing_workers"] == [1]
                missing = client.get(f"/admin/v1/requests/{'0' * 24}")
                assert (missing.status_code, missing.json()["error"]["code"]) == (503, "worker_missing")
        finally:
            os.kill(hanging, signal.SIGCONT)
        lab.until(lambda: gateway.value("sixnines_workers", state="missing") == 0)
        after = counters_of(even(gateway))
        assert {key: value for key, value in after.items() if "refusals" not in key[0]} == {
            key: value for key, value in counters_of(before).items() if "refusals" not in key[0]
        }


def of_who_answers(gateway):
    """A client whose connection is with a worker that answers."""
    while True:
        client = gateway.client()
        try:
            client.get("/health/live", timeout=0.3)
        except httpx.TimeoutException:
            client.close()
        else:
            return client


def counters_of(samples):
    return {key: value for key, value in samples.items() if key[0].endswith(("_total", "_count"))}


def test_counters_do_not_fall_when_a_worker_is_killed(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 2) as gateway:
        play(gateway, 10)
        before = counters_of(gateway.samples())
        for round_ in range(1, 4):
            first, _ = gateway.pids()
            os.kill(first, signal.SIGKILL)
            # At once, while it is missing, and when its successor is there.
            assert falls(before, counters_of(gateway.samples())) == []
            gateway.until_pids(lambda pids, first=first: len(pids) == 2 and first not in pids)
            lab.until(lambda: gateway.value("sixnines_workers", state="answering") == 2)
            lab.until(lambda round_=round_: gateway.value("sixnines_worker_restarts_total") == round_)
            assert falls(before, counters_of(gateway.samples())) == []


def falls(before, after):
    return [(key, value, after.get(key)) for key, value in before.items() if after.get(key, 0.0) < value]


def test_admin_pages_need_the_key_and_nobody_else_can_reach_the_workers_sockets(lab, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    keys = {"CALLER": "sk-caller-1", "ADMIN": "sk-admin-1", "XDG_RUNTIME_DIR": str(run)}
    locked = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'
    with WorkerProcesses(tmp_path, locked + one_engine(lab.engine()), 2, keys) as gateway:
        for path in ("/metrics", "/admin/v1/requests", "/admin/v1/requests/x", "/admin/v1/providers"):
            assert gateway.fresh(path).status_code == 401
        if len(str(run)) <= 60:
            (folder,) = run.iterdir()
            assert folder.stat().st_mode & 0o777 == 0o700
            assert sorted(each.name for each in folder.iterdir()) == ["1.sock", "2.sock"]
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    assert [each for each in run.rglob("*") if not each.is_dir()] == []


def test_every_worker_says_the_same_of_the_models(lab, tmp_path):
    with WorkerProcesses(tmp_path, one_engine(lab.engine()), 3) as gateway:
        first, *_ = gateway.pids()
        time_passes = time.time()
        lab.until(lambda: time.time() > time_passes + 1.1)
        os.kill(first, signal.SIGKILL)
        gateway.until_pids(lambda pids: len(pids) == 3 and first not in pids)
        assert len({gateway.fresh("/v1/models").text for _ in range(20)}) == 1
