"""What a plan costs: microseconds for each strategy and number of candidates, with few models configured and with many.

Used by `routing.py`. Measures the planner alone, with the real board, for a chat of half a kilobyte.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sixnines.config.load import read_text
from sixnines.config.snapshot import Snapshot
from sixnines.dialects.call import Call
from sixnines.domain.wishes import Wishes
from sixnines.endpoints import chat_completions
from sixnines.health.board import Board
from sixnines.registry import CATALOG, STRATEGIES
from sixnines.routing.ask import Ask
from sixnines.routing.planner import Planner

CANDIDATES = (3, 30, 300)
FEW, MANY = 10, 10_000
_PER_ROUND_S = 0.05
_ROUNDS = 5
_PROVIDERS = 300
_BODY = json.dumps(
    {"model": "asked", "messages": [{"role": "user", "content": "Say hello to the world. " * 20}], "max_tokens": 64}
).encode()


class Cost(msgspec.Struct, frozen=True):
    """The best of some rounds, in microseconds for each plan."""

    strategy: str
    candidates: int
    models: int
    microseconds: float


def costs() -> Iterator[Cost]:
    """Every strategy with 3, 30 and 300 candidates; then `weighted` with three and 10,000 models beside it."""
    for info in (strategy.info for strategy in STRATEGIES):
        for candidates in CANDIDATES:
            yield Cost(info.name, candidates, FEW, _measured(info.name, candidates, FEW))
    yield Cost("weighted", CANDIDATES[0], MANY, _measured("weighted", CANDIDATES[0], MANY))


def _measured(strategy: str, candidates: int, models: int) -> float:
    snapshot = _snapshot(strategy, candidates, models)
    planner = Planner(snapshot, {each.info.name: each for each in STRATEGIES}, Board(snapshot), lambda: 0.5)
    target = snapshot.require("asked")
    call = chat_completions.read(_BODY)
    best = float("inf")
    for _ in range(_ROUNDS):
        count = 0
        began = time.perf_counter()
        while (took := time.perf_counter() - began) < _PER_ROUND_S:
            planner.plan(target, _ask(call, count), 0.0)
            count += 1
        best = min(best, took / count * 1e6)
    return best


def _ask(call: Call, number: int) -> Ask:
    return Ask(call.operation, call.tokens_floor(), Wishes(session=str(number % 100)), call)


def _snapshot(strategy: str, candidates: int, models: int) -> Snapshot:
    """A config in which `asked` is a route of so many models of one deployment, beside so many other models."""
    providers = {
        f"p{number}": {"kind": "vllm", "base_url": f"http://127.0.0.1:{10_000 + number}"}
        for number in range(_PROVIDERS)
    }
    tiers = ("premium", "standard", "entry", "local")
    chosen = {
        f"m{number}": {
            "deployments": [{"provider": f"p{number}", "model": "x", "price": {"input": 1 + number, "output": 1}}],
            "context_window": 4096 + number,
            "tier": tiers[number % 4],
        }
        for number in range(candidates)
    }
    others = {
        f"other{number}": {"deployments": [{"provider": f"p{number % _PROVIDERS}", "model": f"y{number}"}]}
        for number in range(models)
    }
    document = {
        "version": 1,
        "providers": providers,
        "models": {**chosen, **others},
        "routes": {"asked": {"models": list(chosen), "strategy": strategy}},
    }
    loaded = read_text(json.dumps(document), "bench.json", {}, CATALOG, directory=Path())
    if loaded.snapshot is None:
        raise SystemExit(loaded.report())
    return loaded.snapshot
