"""A config as large as an organisation's: many models on many providers, with domains, chains, routes and patterns."""

from collections.abc import Iterator

_RACK = 20
_CHAIN = 5
_STRATEGIES = ("ordered", "weighted", "least_busy", "round_robin")


def large_config(models: int, providers: int) -> str:
    """The text, in the block style that people write: without errors, and with what its checks have to look at."""
    lines = ["version: 1", "defaults:", "  attempts: 3", "domains:", "  building: {}"]
    for rack in range(-(-providers // _RACK)):
        lines += [f"  rack-{rack}:", "    within: building"]
    lines.append("providers:")
    for number in range(providers):
        lines += _provider(number)
    lines.append("models:")
    for number in range(models):
        lines += _model(number, providers)
    lines.append("routes:")
    for number in range(models // 20):
        lines += [f"  route-{number}:", f"    strategy: {_STRATEGIES[number % 4]}", "    models:"]
        lines += [f'      - "model-{each % models}:latest"' for each in range(number * 20, number * 20 + 7)]
    lines.append("patterns:")
    for number in range(min(50, models)):
        lines += [f'  - match: "family-{number}-.*"', f'    model: "model-{number}:latest"']
    return "\n".join([*lines, 'default_model: "model-0:latest"']) + "\n"


def _provider(number: int) -> Iterator[str]:
    yield f"  engine-{number}:"
    yield "    kind: vllm"
    yield f'    base_url: "http://10.1.{number // 250}.{number % 250}:8000/v1"'
    yield f"    domain: rack-{number // _RACK}"
    yield "    max_in_flight: 16"


def _model(number: int, providers: int) -> Iterator[str]:
    yield f'  "model-{number}:latest":'
    yield "    deployments:"
    for provider in (number % providers, (number + providers // 2 + 1) % providers):
        yield f"      - provider: engine-{provider}"
        yield f'        model: "org/model-{number}"'
        yield f"        weight: {1 + number % 7}"
    yield "    strategy: weighted"
    yield "    context_window: 32768"
    yield "    tier: standard"
    if number % _CHAIN:
        yield f'    fallbacks: ["model-{number - 1}:latest"]'
