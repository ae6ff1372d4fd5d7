"""Locust and `sixnines bench` measure the same gateway: their percentiles agree within the noise of repeated runs.

The engine answers in 50, 150 or 300 ms by the number of the request, so that P50, P95 and P99 lie far apart. Noise is how
far repeated runs of either lie apart, what Locust's rounding to two digits hides, and a floor for the machine; it is
capped below the distance of two steps, so that a wrong percentile is always seen.
"""

import json
import statistics
import subprocess
import sys

import pytest

from sixnines.testing import MockProcess
from support.checkout import ROOT
from support.gateway_process import GatewayProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

RATE, SECONDS, RUNS = 60, 3, 3
SCRIPT = {
    "models": ["up"],
    "default": {"head_s": 0.05},
    "rules": [
        # Every fortieth; of the others about every eighth.
        {"nth": list(range(40, 4000, 40)), "then": {"head_s": 0.3}},
        {"nth": list(range(8, 4000, 8)), "then": {"head_s": 0.15}},
    ],
}
SHARES = {"p50_s": 0.5, "p95_s": 0.95, "p99_s": 0.99}
FLOOR_S, ROUNDED, CAP_S = 0.015, 0.05, 0.045


def ours(url, folder):
    figures = folder / "bench.json"
    words = ["--url", url, "--rps", str(RATE), "--duration", f"{SECONDS}s", "--json", str(figures)]
    subprocess.run([sys.executable, "-m", "sixnines", "bench", *words], check=False, capture_output=True, timeout=30)
    found = json.loads(figures.read_text())
    assert (found["bad"], found["good"]) == (0, found["due"])
    return {share: found["spreads"][2][share] for share in SHARES}


def locusts(url, folder):
    words = [
        "-f",
        str(ROOT / "deploy/load/locustfile.py"),
        "--headless",
        "--only-summary",
        "--host",
        url,
        "--model",
        "m",
    ]
    words += ["-u", str(RATE), "-r", str(RATE), "-t", f"{SECONDS}s", "-s", "2", "--json-file", str(folder / "locust")]
    run = subprocess.run(
        [sys.executable, "-m", "locust", *words],
        check=False, capture_output=True, text=True, timeout=40,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    (row,) = json.loads((folder / "locust.json").read_text())
    times = sorted((float(time_ms), count) for time_ms, count in row["response_times"].items())
    assert row["num_failures"] == 0
    assert row["num_requests"] > RATE * SECONDS / 2
    return {share: nearest_rank(times, rank) / 1000 for share, rank in SHARES.items()}


def nearest_rank(times, share):
    total, seen = sum(count for _, count in times), 0
    for time_ms, count in times:
        seen += count
        if seen >= total * share:
            return time_ms
    raise AssertionError("nothing was measured")


def test_both_measure_the_same(tmp_path):
    with MockProcess("openai", SCRIPT) as engine:
        config = f"""
providers: {{a: {{kind: openai-compatible, base_url: "{engine.base_url}"}}}}
models: {{m: {{deployments: [{{provider: a, model: up}}]}}}}
"""
        with GatewayProcess(tmp_path, config) as gateway:
            both = {"bench": [], "locust": []}
            for _ in range(RUNS):  # in turns: what the machine does else hits both
                both["bench"].append(ours(gateway.url, tmp_path))
                both["locust"].append(locusts(gateway.url, tmp_path))
    for share, expected_s in {"p50_s": 0.05, "p95_s": 0.15, "p99_s": 0.3}.items():
        values = {name: [run[share] for run in runs] for name, runs in both.items()}
        middle = {name: statistics.median(times) for name, times in values.items()}
        spread = max(max(times) - min(times) for times in values.values())
        noise = min(spread + FLOOR_S + ROUNDED * middle["bench"], CAP_S)
        assert abs(middle["bench"] - middle["locust"]) <= noise, (share, values)
        assert middle["bench"] == pytest.approx(expected_s, abs=CAP_S), (share, values)
