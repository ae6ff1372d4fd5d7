"""What an operator has done by hand, and workers that are started after that."""

import os
import signal

import pytest

from support.lab import Lab, chat, two_engines
from support.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow

ORDERS = [
    ("/admin/v1/hold", {"provider": "a", "seconds": 600}, {"provider": "a", "seconds": 0}),
    (
        "/admin/v1/breaker",
        {"provider": "a", "state": "open", "seconds": 600},
        {"provider": "a", "state": "closed"},
    ),
    ("/admin/v1/fault", {"provider": "a", "fault": "refuse", "seconds": 600}, {"provider": "a", "fault": None}),
]


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def replace(gateway, killed):
    """Kill workers, and wait until others have taken their places."""
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    gateway.until_pids(lambda pids: len(pids) == 2 and not set(pids) & set(killed))


def who(gateway):
    """Who answers, whichever worker is asked."""
    seen = set()
    for _ in range(20):
        with gateway.client() as client:  # a new connection may be the other worker's
            seen.add(client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"])
    return seen


@pytest.mark.parametrize(("path", "begin", "end"), ORDERS)
def test_a_worker_that_takes_the_place_of_a_killed_one_knows_what_was_ordered(lab, tmp_path, path, begin, end):
    server = 'server: {listen: "127.0.0.1:0", fault_injection: true}\n'
    config = server + "defaults: {health: {active: false}}" + two_engines(lab.engine(), lab.engine())
    with WorkerProcesses(tmp_path, config, 2) as gateway:
        first, second = gateway.pids()
        gateway.fresh("/health/live")
        with gateway.client() as client:
            assert client.post(path, json=begin).status_code == 200
        # One after the other: each new one learns of what another one has left. Then both at once: of the dead alone.
        replace(gateway, [first])
        replace(gateway, [second])
        assert who(gateway) == {"b"}
        replace(gateway, gateway.pids())
        assert who(gateway) == {"b"}

        lab.until(lambda: _told(gateway, path, end))  # the new ones may not answer each other yet
        replace(gateway, gateway.pids())
        assert who(gateway) == {"a"}
        assert "of a by hand holds for another" in gateway.log


def _told(gateway, path, order):
    with gateway.client() as client:
        return client.post(path, json=order).status_code == 200
