"""Measured availability through the real gateway: what callers met is what it tells, also after a kill."""

import contextlib
import json
import random
import resource
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from sixnines.ledger.place import ledger_file
from support.gateway_process import GatewayProcess
from support.lab import Lab, chat, one_engine, two_engines
from support.worker_processes import WorkerProcesses, samples_in

pytestmark = pytest.mark.slow

OK = {"default": {"count": 2}}
BOOM = {"default": {"error": {"preset": "server_error"}}}
CUT = {"default": {"count": 20, "tokens_per_s": 200, "fault": {"kind": "close", "after_chunks": 4}}}
NO_PROBES = "defaults: {attempts: 1, breaker: {failures: 1000000}, health: {active: false}}\n"

KILLS = 8


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def state(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def ask(client, **more):
    return client.post("/v1/chat/completions", json=chat(**more))


def told(client, query=""):
    answer = client.get(f"/admin/v1/availability{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(rows, name):
    return next(each for each in rows if each["name"] == name)


def until(condition, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def recorded(file: Path) -> int:
    """The requests that stand in the file, as another program reads it."""
    if not file.exists():  # nothing was written yet
        return 0
    with contextlib.closing(sqlite3.connect(file, timeout=5)) as connection:
        query = "SELECT coalesce(sum(count), 0) FROM minutes JOIN series ON id = series WHERE scope = 'gateway'"
        try:
            return connection.execute(query).fetchone()[0]
        except sqlite3.OperationalError:  # it has no tables yet
            return 0


def test_what_callers_met_is_what_is_told(lab, tmp_path, state):
    good, bad = lab.engine(script=OK), lab.engine(script=BOOM)
    config = f"""{NO_PROBES}
providers:
  good: {{kind: openai-compatible, base_url: "{good.base_url}"}}
  bad: {{kind: openai-compatible, base_url: "{bad.base_url}"}}
models:
  fine: {{deployments: [{{provider: good, model: up}}], availability: {{target: 90}}}}
  broken: {{deployments: [{{provider: bad, model: up}}]}}
  saved: {{deployments: [{{provider: bad, model: up}}], fallbacks: [fine], attempts: 2}}
routes:
  r: {{models: [fine]}}
"""
    with GatewayProcess(tmp_path, config, state) as gateway, gateway.client() as client:
        for _ in range(5):
            assert ask(client, model="fine").status_code == 200
            assert ask(client, model="fine", stream=True).status_code == 200
        for _ in range(3):
            assert ask(client, model="broken").status_code == 502
        assert ask(client, model="saved").status_code == 200
        assert ask(client, model="r").status_code == 200
        # None of these says anything about availability.
        assert ask(client, model="invented").status_code == 404
        assert client.post("/v1/chat/completions", content=b"{").status_code == 400
        assert client.get("/health/ready").status_code == 200
        assert client.get("/nothing").status_code == 404

        page = told(client, "?window=1h")
        assert (page["gateway"]["good"], page["gateway"]["bad"]) == (12, 3)
        fine, broken, saved = (named(page["models"], each) for each in ("fine", "broken", "saved"))
        assert (fine["good"], fine["bad"], fine["nines"], fine["ratio"]) == (10, 0, 0, 1.0)
        assert fine["lower"] == pytest.approx(0.6915, abs=0.0001)
        assert (broken["good"], broken["bad"], broken["causes"]) == (0, 3, {"server": 3})
        assert (saved["good"], saved["bad"]) == (1, 0)
        assert (named(page["routes"], "r")["good"], len(page["models"])) == (1, 3)
        assert (named(page["providers"], "good")["good"], named(page["providers"], "bad")["bad"]) == (12, 4)
        assert fine["target"] == 0.9
        assert fine["budget"] == {"allowed": 1.0, "spent": 0, "left_ratio": 1.0}
        assert broken["burn_rate"] == pytest.approx(1000)
        assert [each["cause"] for each in broken["episodes"]] == ["server"]
        assert broken["episodes"][0]["end"] is None
        assert page["gateway"]["uptime"]["ratio"] == pytest.approx(1.0)
        assert page["ledger"] == {"state": "ok", "fault": None, "waiting": 0, "lost": 0}

        only = told(client, "?provider=bad")
        assert ([each["name"] for each in only["providers"]], only["models"]) == (["bad"], [])
        assert client.get("/admin/v1/availability?window=2h").status_code == 400
        assert client.get("/admin/v1/availability?nonsense=1").status_code == 400

        figures = samples_in(client.get("/metrics").text)
        key = tuple(sorted({"scope": "model", "name": "fine", "window": "1h"}.items()))
        assert figures["sixnines_availability_ratio", key] == 1.0
        assert figures["sixnines_availability_lower_ratio", key] == pytest.approx(fine["lower"])
        names = {dict(labels)["name"] for (name, labels) in figures if name.startswith("sixnines_availability")}
        assert names == {"", "fine", "broken", "saved", "r", "good", "bad"}
        outcome = tuple(sorted({"scope": "provider", "name": "bad", "outcome": "bad"}.items()))
        assert figures["sixnines_outcomes_total", outcome] == 4


def test_an_answer_that_breaks_off_is_bad_and_a_caller_who_leaves_does_not_count(lab, tmp_path, state):
    engine = lab.engine(script=CUT)
    with GatewayProcess(tmp_path, NO_PROBES + one_engine(engine), state) as gateway, gateway.client() as client:
        assert "error" in ask(client, stream=True).text
        until(lambda: told(client)["gateway"]["bad"] == 1)
        engine.script({"models": ["up"], "default": {"count": 200, "tokens_per_s": 50}})
        with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
            next(answer.iter_lines())
        until(lambda: client.get("/admin/v1/requests?outcome=client_gone").json()["requests"])
        page = told(client)
        assert (page["gateway"]["good"], page["gateway"]["bad"]) == (0, 1)
        assert list(page["gateway"]["causes"]) == ["broken_truncated"]
        assert (named(page["providers"], "a")["good"], named(page["providers"], "a")["bad"]) == (0, 1)


def test_what_the_gateway_cuts_off_when_it_stops_is_its_own_fault(lab, tmp_path, state):
    engine = lab.engine(script={"default": {"count": 500, "tokens_per_s": 50}})
    config = 'server: {listen: "127.0.0.1:0", drain: 100ms}\n' + NO_PROBES + one_engine(engine)
    with GatewayProcess(tmp_path, config, state) as gateway, gateway.client() as client:
        with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
            lines = answer.iter_lines()
            next(lines)
            gateway.signal(signal.SIGTERM)
            assert "shut down" in "".join(lines)
        assert gateway.ended() == 0
    engine.script({"models": ["up"], **OK})
    with GatewayProcess(tmp_path, config, state) as gateway, gateway.client() as client:
        page = told(client)
        assert page["gateway"]["causes"] == {"draining": 1}
        assert (named(page["providers"], "a")["good"], named(page["providers"], "a")["bad"]) == (0, 0)
        assert [each["cause"] for each in page["gateway"]["uptime"]["outages"]] == ["it was stopped"]


@pytest.mark.timeout(240)
def test_a_kill_loses_nothing_that_ended_more_than_a_second_before(lab, tmp_path, state):
    """Killed again and again at random moments while callers ask, each answer with its time."""
    seed = random.SystemRandom().randrange(1_000_000)
    rng = random.Random(seed)
    config = NO_PROBES + one_engine(lab.engine(script={"default": {"count": 1}}))
    file = ledger_file(tmp_path / "state" / "sixnines", str(tmp_path / "sixnines.yaml"))
    before = 0
    for number in range(KILLS):
        answered: list[float] = []
        with GatewayProcess(tmp_path, config, state) as gateway:

            def call(gateway=gateway, answered=answered):
                with contextlib.suppress(Exception), gateway.client() as client:
                    while ask(client).status_code == 200:
                        answered.append(time.monotonic())
                        time.sleep(0.002)

            callers = [threading.Thread(target=call) for _ in range(3)]
            for caller in callers:
                caller.start()
            time.sleep(1.2 + rng.random())  # by chance at any part of a second, or while it writes
            killed_at = time.monotonic()
            gateway.process.kill()
            gateway.process.wait()
            for caller in callers:
                caller.join()
        kept = recorded(file) - before
        before += kept
        owed = sum(1 for at in answered if at < killed_at - 1.0)
        said = f"seed {seed}, round {number}: {kept} of {len(answered)} are kept, at least {owed} should be"
        assert 0 < owed <= kept, said
        assert kept <= len(answered) + len(callers)
    with GatewayProcess(tmp_path, config, state) as gateway, gateway.client() as client:
        page = told(client)
        assert page["gateway"]["good"] == before
        outages = page["gateway"]["uptime"]["outages"]
        assert len(outages) == KILLS
        assert all("ended without being told" in each["cause"] for each in outages)


def test_a_restart_keeps_what_was_counted(lab, tmp_path, state):
    config = NO_PROBES + one_engine(lab.engine(script=OK))
    for expected in (2, 4, 6):
        with GatewayProcess(tmp_path, config, state) as gateway, gateway.client() as client:
            ask(client)
            ask(client)
            assert told(client)["gateway"]["good"] == expected
            gateway.signal(signal.SIGTERM)
            assert gateway.ended() == 0


def test_workers_count_together_and_tell_the_same(lab, tmp_path, state):
    config = NO_PROBES + two_engines(lab.engine(script=BOOM), lab.engine(script=OK), model="attempts: 2")
    with WorkerProcesses(tmp_path, config, 3, state) as gateway:
        for _ in range(40):
            with gateway.client() as client:
                assert ask(client).status_code == 200
        file = ledger_file(tmp_path / "state" / "sixnines", str(tmp_path / "sixnines.yaml"))
        until(lambda: recorded(file) == 40)  # all have written
        pages = []
        for _ in range(8):
            with gateway.client() as client:
                page = told(client, "?window=1h")
            pages.append((page["gateway"]["good"], named(page["providers"], "a")["bad"]))
        assert set(pages) == {(40, 40)}
        key = tuple(sorted({"scope": "provider", "name": "a", "window": "24h"}.items()))
        assert gateway.samples()["sixnines_availability_ratio", key] == 0.0


def test_with_a_full_disk_it_serves_on_says_so_once_and_recovers(lab, tmp_path, state):
    """A limit on the size of files stands in for the disk: the kernel refuses to make the file longer."""
    config = NO_PROBES + one_engine(lab.engine(script=OK))
    with GatewayProcess(tmp_path, config, state) as gateway, gateway.client() as client:
        ask(client)
        assert told(client)["gateway"]["good"] == 1
        pid = gateway.process.pid
        usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, usual[1]))
        for _ in range(20):
            assert ask(client).status_code == 200
        until(lambda: told(client)["ledger"]["state"] == "failing")
        page = told(client)
        assert page["ledger"]["waiting"] >= 20
        assert client.get("/metrics").status_code == 200
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
        until(lambda: told(client)["ledger"]["state"] == "ok")
        assert told(client)["gateway"]["good"] == 21
        until(lambda: "availability is recorded again; 0 outcomes were lost" in gateway.log)
        assert gateway.log.count("availability is not recorded for now") == 1


def test_a_corrupt_ledger_is_kept_and_the_gateway_serves(lab, tmp_path, state):
    file = ledger_file(tmp_path / "state" / "sixnines", str(tmp_path / "sixnines.yaml"))
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database " * 1000)
    with GatewayProcess(tmp_path, NO_PROBES + one_engine(lab.engine(script=OK)), state) as gateway:
        with gateway.client() as client:
            assert ask(client).status_code == 200
            until(lambda: told(client)["ledger"]["state"] == "ok")
            assert told(client)["gateway"]["good"] == 1
        assert gateway.says("corrupt-1")
    assert file.with_name(f"{file.name}.corrupt-1").read_bytes() == b"no database " * 1000


def test_a_state_folder_that_cannot_be_used_is_no_reason_not_to_serve(lab, tmp_path):
    (tmp_path / "state").write_text("a file")
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with GatewayProcess(tmp_path, NO_PROBES + one_engine(lab.engine(script=OK)), environment) as gateway:
        with gateway.client() as client:
            assert ask(client).status_code == 200
            assert told(client)["ledger"]["state"] == "failing"
            assert ask(client).status_code == 200
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
        assert "Traceback" not in gateway.log


def test_another_config_has_a_ledger_of_its_own(lab, tmp_path, state):
    engine = lab.engine(script=OK)
    pages = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        with GatewayProcess(folder, NO_PROBES + one_engine(engine), state) as gateway, gateway.client() as client:
            ask(client)
            pages.append(told(client)["gateway"]["good"])
    assert pages == [1, 1]


def test_a_gateway_without_a_place_for_it_says_so(lab):
    client = lab.serve(one_engine(lab.engine()))
    assert told(client)["ledger"]["state"] == "none"
    assert json.dumps(told(client)).count("good") == 0
