"""A large config is read quickly: `sixnines serve` has two seconds to be ready with 2,000 models."""

import time

import pytest

from sixnines.config.load import read_text
from support.catalog import CATALOG

MODELS, PROVIDERS = 2000, 500


def large_config():
    """2,000 models of two deployments, in chains of ten, on 500 providers."""
    lines = ["version: 1", "domains:", "  host: {}", "providers:"]
    for number in range(PROVIDERS):
        url = f"http://10.0.{number // 250}.{number % 250}:8000"
        lines.append(f'  p{number}: {{kind: vllm, base_url: "{url}", domain: host, max_in_flight: 4}}')
    lines.append("models:")
    for number in range(MODELS):
        lines += [
            f'  "model-{number}:latest":',
            "    deployments:",
            f"      - {{provider: p{number % PROVIDERS}, model: m{number}, weight: 7}}",
            f"      - {{provider: p{(number * 7 + 1) % PROVIDERS}, model: m{number}, weight: 3}}",
            "    strategy: weighted",
            "    context_window: 8192",
        ]
        if number % 10:
            lines.append(f'    fallbacks: ["model-{number - 1}:latest"]')
    return "\n".join(lines) + "\n"


@pytest.mark.slow
def test_two_thousand_models_are_loaded_and_compiled_within_a_second():
    text = large_config()
    spent = []
    for _ in range(3):  # the least of three: other processes share the caches
        started = time.process_time()
        loaded = read_text(text, "large.yaml", {}, CATALOG)
        spent.append(time.process_time() - started)
    assert len(loaded.snapshot.models) == MODELS
    assert min(spent) < 1.0
