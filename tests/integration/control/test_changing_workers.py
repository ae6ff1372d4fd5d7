"""Several workers have their config changed as one: whichever of them is asked, and whoever of them dies in the middle."""

import os
import signal
import threading
import time

import pytest

from sixnines.control.asked import ApplyAsked
from sixnines.control.events import Began, Ending, Step
from sixnines.control.revision import Fate
from sixnines.errors import GatewayUnreachable
from support.changing import apply, archive_of, files_of, owner_of, roll_back
from support.lab import Lab, chat, one_engine
from support.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow

COUNT = 3


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def two(lab):
    return {text: one_engine(lab.engine("openai", {"default": {"text": text}})) for text in ("old", "new")}


def said_by_all(gateway):
    """What answers say on thirty connections, which reach all workers."""
    said = []

    def ask():
        with gateway.client() as client:
            said.append(client.post("/v1/chat/completions", json=chat()).json()["choices"][0]["message"]["content"])

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return set(said)


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def served_by_each(gateway):
    """The revision that each of twenty answers of the gateway's page names: any worker gives it."""
    found = set()
    for _ in range(20):
        with owner_of(gateway) as owner:
            found.add(owner.state().revision)
    return found


def test_all_workers_go_by_what_is_applied_and_rolled_back(tmp_path, two):
    with WorkerProcesses(tmp_path, two["old"], COUNT) as gateway:
        assert said_by_all(gateway) == {"old"}
        ended = apply(gateway, two["new"])
        assert (ended.ending, ended.running) == (Ending.APPLIED, 2)
        assert said_by_all(gateway) == {"new"}
        began = time.monotonic()
        assert roll_back(gateway).running == 3
        assert time.monotonic() - began < 3
        assert said_by_all(gateway) == {"old"}
        assert served_by_each(gateway) == {3}
        with owner_of(gateway) as owner:
            state = owner.state()
        assert (state.workers, state.missing_workers, state.good) == (COUNT, [], 90)
        assert state.pid == gateway.process.pid


def test_when_the_worker_that_runs_a_change_is_killed_all_go_back(tmp_path, two):
    with WorkerProcesses(tmp_path, two["old"], COUNT) as gateway:
        with owner_of(gateway) as owner:
            events = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=60.0, verify=False))
            for event in events:
                if isinstance(event, Began) and event.step is Step.WATCH:
                    break
            assert said_by_all(gateway) == {"new"}
            os.kill(archive_of(gateway).holder().pid, signal.SIGKILL)
            with pytest.raises(GatewayUnreachable):
                list(events)
        until(lambda: "all go back to the config before" in gateway.log)
        until(lambda: served_by_each(gateway) == {1})
        assert said_by_all(gateway) == {"old"}
        ended = apply(gateway, two["new"])
        assert (ended.ending, ended.running) == (Ending.APPLIED, 3)
        assert archive_of(gateway).outcome(2).fate is Fate.INTERRUPTED
        assert said_by_all(gateway) == {"new"}


def test_a_worker_that_is_started_in_the_middle_goes_by_what_holds_then_and_later(tmp_path, two):
    with WorkerProcesses(tmp_path, two["old"], COUNT) as gateway:
        with owner_of(gateway) as owner:
            events = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=1.0, verify=False))
            for event in events:
                if isinstance(event, Began) and event.step is Step.WATCH:
                    break
            leader, before = archive_of(gateway).holder().pid, gateway.pids()
            os.kill(next(pid for pid in before if pid != leader), signal.SIGKILL)
            gateway.until_pids(lambda pids: len(pids) == COUNT and pids != before)
            assert said_by_all(gateway) == {"new"}
            *_, ended = events
        assert (ended.ending, ended.running) == (Ending.APPLIED, 2)
        assert said_by_all(gateway) == {"new"}


def test_who_goes_away_has_it_taken_back_everywhere(tmp_path, two):
    with WorkerProcesses(tmp_path, two["old"], COUNT) as gateway:
        with owner_of(gateway) as owner:
            events = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=60.0, verify=False))
            for event in events:
                if isinstance(event, Began) and event.step is Step.WATCH:
                    break
        until(lambda: archive_of(gateway).holder() is None)
        assert said_by_all(gateway) == {"old"}
        assert archive_of(gateway).outcome(2).fate is Fate.ROLLED_BACK


def test_with_watch_all_workers_take_up_an_edited_file(tmp_path, two):
    gateway = WorkerProcesses(tmp_path, two["old"], COUNT)
    gateway._words = [*gateway._words, "--watch"]
    with gateway:
        gateway.write(two["new"])
        until(lambda: "config reloaded" in gateway.log)
        assert said_by_all(gateway) == {"new"}
        assert archive_of(gateway).head() == 2
