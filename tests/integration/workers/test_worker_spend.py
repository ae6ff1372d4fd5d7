"""What several workers spend is one sum, whichever of them is asked, and stays when they go."""

import os
import signal

import pytest

from support.lab import Lab, chat
from support.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow

COST = 100 * 2 + 10 * 8
CONFIG = """
accounting: {{budget: {{dollars: 1, period: month}}}}
providers: {{a: {{kind: openai-compatible, base_url: "{engine}"}}}}
models: {{m: {{deployments: [{{provider: a, model: up}}], price: {{input: 2, output: 8}}}}}}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def ask(gateway):
    with gateway.client() as client:
        return client.post("/v1/chat/completions", json=chat())


def spent(gateway):
    return gateway.fresh("/admin/v1/spend").json()["total"]["cost_micros"]


def test_the_sum_of_all_workers_is_told_by_each_and_outlives_them(lab, tmp_path):
    used = {"default": {"text": "x", "usage": {"prompt_tokens": 100, "completion_tokens": 10}}}
    config = CONFIG.format(engine=lab.engine("openai", used).base_url)
    with WorkerProcesses(tmp_path, config, 3) as gateway:
        for _ in range(40):
            assert ask(gateway).status_code == 200
        lab.until(lambda: {spent(gateway) for _ in range(6)} == {40 * COST})
        labels = {"model": "m", "provider": "a", "route": ""}
        assert gateway.value("sixnines_cost_dollars_total", **labels) == pytest.approx(40 * COST / 1e6)
        assert gateway.value("sixnines_spend_budget_dollars", period="month") == 1
        lab.until(lambda: gateway.value("sixnines_spend_in_period_dollars", period="month") == 40 * COST / 1e6)
        victim = gateway.pids()[0]
        os.kill(victim, signal.SIGKILL)
        gateway.until_pids(lambda pids: len(pids) == 3 and victim not in pids)
        assert spent(gateway) == 40 * COST
        assert gateway.value("sixnines_cost_dollars_total", **labels) == pytest.approx(40 * COST / 1e6)
