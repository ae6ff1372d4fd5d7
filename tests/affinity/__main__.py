"""`make affinity`: what `sticky` is worth in front of real llama.cpp: the time to the first token, beside `round_robin`.

Two llama.cpp servers with a small model; conversations of several turns, each about a long document of its own, come in
turns as if several people talked at once. The same conversations are had under both strategies, in alternating rounds
of the same run; the first turn of a conversation is left out, since no cache can know its document yet.

Usage: python -m affinity [--rounds N] [--conversations N] [--turns N]
"""

import argparse
import random
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from support.lab import Lab
from support.real_engines import XLLAMACPP, Engine, Setup
from support.real_front import CHAT, MODEL, in_front_of

STRATEGIES = ("sticky", "round_robin")
_WORDS = ("river", "stone", "cloud", "garden", "engine", "paper", "window", "bridge", "lantern", "forest", "harbour")


def document(seed: str, words: int) -> str:
    """Text that begins differently for each seed, so that no two conversations share a prefix."""
    chance = random.Random(seed)
    return f"Notes of {seed}. " + " ".join(chance.choice(_WORDS) for _ in range(words))


def first_token_s(client: httpx.Client, messages: list[dict[str, str]]) -> tuple[float, str]:
    """Ask, and wait for the first content: the seconds until then, and the whole answer."""
    began = time.monotonic()
    first, text = 0.0, ""
    body = {"model": MODEL, "messages": messages, "stream": True, "max_tokens": 8, "temperature": 0}
    with client.stream("POST", CHAT, json=body) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if '"content":"' in line and '"content":""' not in line:
                first = first or time.monotonic() - began
                text += line.split('"content":"', 1)[1].split('"', 1)[0]
    assert first, "an answer without content"
    return first, text


def converse(client: httpx.Client, name: str, conversations: int, turns: int) -> list[float]:
    """All conversations of a round, turn by turn in an order drawn for each turn: the times of the later turns."""
    order = random.Random(name)
    talks = [
        [
            {"role": "system", "content": document(f"{name} {number}", 350)},
            {"role": "user", "content": "What are the notes about?"},
        ]
        for number in range(conversations)
    ]
    times: list[float] = []
    for turn in range(turns):
        for talk in order.sample(talks, len(talks)):
            seconds, text = first_token_s(client, talk)
            if turn:
                times.append(seconds)
            talk += [{"role": "assistant", "content": text}, {"role": "user", "content": "And what else?"}]
    return times


def measured(rounds: int, conversations: int, turns: int) -> dict[str, list[float]]:
    """The times of each strategy."""
    times: dict[str, list[float]] = {name: [] for name in STRATEGIES}
    setup = Setup(context=1024, slots=4)
    with tempfile.TemporaryDirectory(prefix="sixnines-affinity-") as folder:
        engines = [Engine(XLLAMACPP, Path(folder), setup) for _ in range(2)]
        try:
            for engine in engines:
                engine.until_ready()
            for number in range(rounds):
                for strategy in STRATEGIES[:: 1 if number % 2 else -1]:
                    with Lab() as lab, lab.serve(in_front_of(*engines, model=f"strategy: {strategy}")) as client:
                        client.timeout = httpx.Timeout(60)
                        times[strategy] += converse(client, f"{strategy} {number}", conversations, turns)
        finally:
            for engine in engines:
                engine.end(signal.SIGKILL)
    return times


def main() -> int:
    """Measure, print. Returns 1 if stickiness is worth nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--conversations", type=int, default=5)
    parser.add_argument("--turns", type=int, default=4)
    options = parser.parse_args()
    times = measured(options.rounds, options.conversations, options.turns)
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, each in times.items():
        low, _, high = statistics.quantiles(each, n=4)
        print(
            f"{name:12} first token after {1000 * medians[name]:.0f} ms"
            f" (quartiles {1000 * low:.0f} and {1000 * high:.0f}, {len(each)} turns)"
        )
    ratio = medians["sticky"] / medians["round_robin"]
    print(f"sticky / round_robin: {ratio:.2f}")
    return int(ratio >= 1)


if __name__ == "__main__":
    sys.exit(main())
