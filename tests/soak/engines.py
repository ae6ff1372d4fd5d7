"""The stand-in engines of a soak, their faults by chance, and what becomes of whole engines meanwhile.

All in the event loop of the soak. Scripts are changed from outside, by the admin path, while requests are in flight.
"""

import asyncio
import json
import random
import socket
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sixnines.testing.admin import ADMIN_PATH
from sixnines.testing.mock_engine import MockEngine
from soak import wire
from soak.callers import EMBEDDER, MODELS

KINDS = ("openai", "vllm", "llamacpp", "ollama", "anthropic")
NEED_A_KEY = {"openai", "anthropic"}
NO_EMBEDDINGS = {"anthropic"}
KEY = "sk-upstream-of-the-soak"

# A well engine plays so many kinds of each at a time, each with this probability: one request in eight meets one.
_ERRORS_AT_A_TIME, _FAULTS_AT_A_TIME = 4, 10
_CHANCE = 0.009
_ERRORS = [
    {"preset": "rate", "retry_after_s": 1},
    {"preset": "rate"},
    {"preset": "quota", "retry_after_s": 1},
    {"preset": "overloaded"},
    {"preset": "loading"},
    {"preset": "unauthorized", "retry_after_s": 1},
    {"preset": "missing"},
    {"preset": "server_error"},
    {"preset": "context"},
]
_FAULTS = [
    {"kind": "reset_before_head"},
    {"kind": "close_before_head"},
    {"kind": "hang_before_head"},
    {"kind": "garbage_head"},
    {"kind": "hang_after_head"},
    {"kind": "hang_after_head", "pings_every_s": 0.2},
    {"kind": "huge_headers", "size": 200_000},
    {"kind": "html"},
    {"kind": "bad_gzip"},
    {"kind": "trickle", "size": 40, "every_s": 0.01},
    {"kind": "hang", "after_chunks": 3},
    {"kind": "hang", "after_chunks": 2, "pings_every_s": 0.2},
    {"kind": "close", "after_chunks": 3},
    {"kind": "reset", "after_chunks": 3},
    {"kind": "end", "after_chunks": 3},
    {"kind": "error_event", "after_chunks": 3},
    {"kind": "error_event", "after_chunks": 2, "done": True},
    {"kind": "error_event", "after_chunks": 0, "error": "overloaded"},
    {"kind": "done_without_finish", "after_chunks": 3},
    {"kind": "no_terminator"},
    {"kind": "empty_stream"},
    {"kind": "invalid_json", "after_chunks": 2},
    {"kind": "truncated_json"},
    {"kind": "garbage", "after_chunks": 2},
    {"kind": "wrong_length"},
    {"kind": "bad_chunk_size", "after_chunks": 2},
]
_NOT_PLAYED = {
    # An Ollama of old gives no reason with its last line, ever: nobody can tell its answers from ones cut short so.
    "ollama": {"done_without_finish"},
    # It cannot say for how long, and a wrong key is not tried again for longer than a soak waits for a recovery.
    "vllm": {"unauthorized"},
}
# What happens to every request of an engine for a while.
MOODS: dict[str, dict[str, object]] = {
    "refusing": {},
    "dead": {},
    "failing": {"error": "server_error"},
    "overloaded": {"error": {"preset": "overloaded", "retry_after_s": 1}},
    "loading": {"error": "loading"},
    "hanging": {"fault": "hang_before_head"},
    "cutting": {"fault": {"kind": "close", "after_chunks": 2}},
    "stalling": {"fault": {"kind": "hang", "after_chunks": 3}},
    "slow": {"first_token_s": 0.4},
}
PERFECT = "perfect"

Script = dict[str, object]

# Patterns of models' names, and one of the models that have the same answer.
_ALIKE = {"short*": "short", "long": "long", "big": "big"}


def _answer(model: str) -> Script:
    spec = MODELS[model]
    pace = {"tokens_per_s": spec.tokens_per_s} if spec.tokens_per_s else {}
    return {"count": spec.tokens, **pace}


def script(kind: str, seed: int, mood: str = "") -> Script:
    """How an engine of a kind behaves in a mood; without one it answers, and plays a fault now and then."""
    rules: list[Script] = []
    if not mood:  # well, as far as engines are
        rng = random.Random(seed)
        left_out = _NOT_PLAYED.get(kind, set())
        errors = rng.sample([each for each in _ERRORS if each["preset"] not in left_out], k=_ERRORS_AT_A_TIME)
        faults = rng.sample([each for each in _FAULTS if each["kind"] not in left_out], k=_FAULTS_AT_A_TIME)
        rules += [{"chance": _CHANCE, "then": {"error": error}} for error in errors]
        rules += [
            {"when": {"model": alike}, "chance": _CHANCE, "then": {**_answer(model), "fault": fault}}
            for fault in faults
            for alike, model in _ALIKE.items()
        ]
    spoilt = MOODS.get(mood, {})
    for model in MODELS:
        then = spoilt if "error" in spoilt else {**_answer(model), **spoilt}
        rules.append({"when": {"model": model}, "then": then})
    return {
        "seed": seed,
        "models": [*MODELS, EMBEDDER],
        "refuse": mood == "refusing",
        "default": spoilt if "error" in spoilt or "fault" in spoilt else {},
        "rules": rules,
    }


def _ports(rng: random.Random, count: int) -> list[int]:
    """Free ports that no outgoing connection is given: one of those could take the port of an engine that is dead."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: list[int] = []
    for port in rng.sample(range(lowest // 2, lowest), k=1000):
        with socket.socket() as sock:
            if len(found) < count and sock.connect_ex((wire.HOST, port)):
                found.append(port)
    return found


class Fleet:
    """One engine of each kind.

    Args:
        seed: of all that happens.

    Attributes:
        ports: by kind, for the gateway's config.
        moods: how often each mood came over an engine.
    """

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.ports = dict(zip(KINDS, _ports(self._rng, len(KINDS)), strict=True))
        self.moods: Counter[str] = Counter()
        self._played: Counter[str] = Counter()
        self._stack = AsyncExitStack()
        self._engines: dict[str, MockEngine] = {}
        self._well = set(KINDS)

    async def __aenter__(self) -> Self:
        for kind, port in self.ports.items():
            given = script(kind, self._rng.randrange(1 << 30))
            engine = MockEngine(kind, given, port=port, admin_port=0)
            self._engines[kind] = await self._stack.enter_async_context(engine)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def trouble(self, until: float) -> None:
        """Moods come over engines and leave them, until loop time `until`; then all are well."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while loop.time() < until:
                await asyncio.sleep(self._rng.uniform(0.3, 1.2))
                if self._rng.random() < 0.05:  # the uplink, the power: everything at once
                    mood, stricken = self._rng.choice(("dead", "refusing", "hanging")), sorted(self._well)
                else:
                    mood, stricken = self._rng.choice(list(MOODS)), self._rng.sample(sorted(self._well), k=1)
                lasting = self._rng.uniform(0.5, 3.0)
                for each in stricken:
                    self._well.discard(each)
                    group.create_task(self._suffer(each, mood, lasting))
                while not self._well:
                    await asyncio.sleep(0.1)

    async def recover(self) -> None:
        """From now on nothing goes wrong any more."""
        for kind in KINDS:
            await self._follow(kind, script(kind, 0, PERFECT))

    async def _suffer(self, kind: str, mood: str, seconds: float) -> None:
        self.moods[mood] += 1
        seed = self._rng.randrange(1 << 30)
        if mood == "dead":
            await self._die(kind)
            await asyncio.sleep(seconds)
            await self._engines[kind].start()
        else:
            await self._follow(kind, script(kind, seed, mood))
            await asyncio.sleep(seconds)
        await self._follow(kind, script(kind, seed + 1))
        self._well.add(kind)

    async def _die(self, kind: str) -> None:
        """The port is closed and every connection is cut: what a killed process leaves."""
        self._played.update((await self._state(kind))["played"])
        await self._engines[kind].stop()

    async def _follow(self, kind: str, given: Script) -> None:
        await wire.put(self._engines[kind].admin_port, f"{ADMIN_PATH}/script", json.dumps(given).encode())

    async def _state(self, kind: str) -> dict[str, object]:
        return json.loads(await wire.get(self._engines[kind].admin_port, ADMIN_PATH))

    async def played(self) -> Counter[str]:
        """How often each error and fault was given, by all of them."""
        return sum([Counter((await self._state(kind))["played"]) for kind in KINDS], self._played)

    async def in_flight(self) -> dict[str, int]:
        """What each of them works on."""
        return {kind: (await self._state(kind))["in_flight"] for kind in KINDS}
