"""The load: callers who come at a rate, whatever becomes of those before them. Bounded in number and in time."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from soak.callers import MODELS, Caller, Sort, draw
from soak.judge import Verdict, judge
from soak.wire import Answer, ask

_SHOWN = 1500
_MOST_AT_ONCE = 4000
"""Callers under way: at ten times the rate that a soak has, all of them waiting to the end of their patience."""


@dataclass(slots=True)
class Ledger:
    """What became of the callers.

    Attributes:
        callers: how many have come.
        outcomes: how many got which.
        sorts: how many there were of each sort.
        faults: what was wrong, with the request's id and the transcript.
        added: seconds by which answers came later than a well engine's own pace, of answers of the first try.
        added_after_fallback: the same of answers that more than one try was needed for.
        late: the most seconds that a caller came after his time, because this machine was too busy.
    """

    callers: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sorts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    added_after_fallback: list[float] = field(default_factory=list)
    late: float = 0.0

    def note(self, caller: Caller, answer: Answer, verdict: Verdict) -> None:
        """A caller has been served, or has left."""
        self.callers += 1
        self.sorts[caller.sort] += 1
        self.outcomes[verdict.outcome] += 1
        if verdict.fault:
            self.faults.append(transcript(caller, answer, verdict))
        elif verdict.outcome == "complete" and caller.sort is not Sort.SLOW:
            nominal = MODELS[caller.model].nominal_s if caller.model in MODELS else 0.0
            first = answer.header("x-sixnines-attempts") == "1"
            (self.added if first else self.added_after_fallback).append(answer.seconds - nominal)


def transcript(caller: Caller, answer: Answer, verdict: Verdict) -> str:
    """One fault with all that is needed to look into it."""
    body = bytes(answer.body)
    shown = repr(body) if len(body) <= _SHOWN else f"{body[: _SHOWN // 2]!r} ... {body[-_SHOWN // 2 :]!r}"
    request_id = answer.header("x-sixnines-request-id") or "none"
    return (
        f"{verdict.fault}\n  request {request_id}: caller {caller.number}, {caller.sort}, model {caller.model or '-'}"
        f"\n  sent: {caller.request!r}\n  status {answer.status} after {answer.seconds:.3f} s, headers {answer.headers}"
        f"\n  body of {len(body)} bytes: {shown}"
    )


async def run(port: int, *, seed: int, rate: float, seconds: float) -> Ledger:
    """Send callers for so long, at `rate` a second with random gaps; returns when the last has his answer."""
    rng = random.Random(seed)
    loop = asyncio.get_running_loop()
    ledger = Ledger()
    under_way: set[asyncio.Task[None]] = set()
    began = loop.time()
    due = 0.0
    for number in range(int(seconds * rate)):
        due += rng.expovariate(rate)
        await asyncio.sleep(began + due - loop.time())
        ledger.late = max(ledger.late, loop.time() - began - due)
        assert len(under_way) < _MOST_AT_ONCE, "the gateway does not keep up: callers pile up"
        task = asyncio.create_task(_serve(port, draw(rng, number), ledger))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    while under_way:
        await asyncio.wait(under_way)
    return ledger


async def _serve(port: int, caller: Caller, ledger: Ledger) -> None:
    try:
        answer = await ask(port, caller.request, caller.habits)
        ledger.note(caller, answer, judge(caller, answer))
    except Exception as error:  # noqa: BLE001 - a bug of the soak's own must not pass for an answer
        ledger.faults.append(f"the soak itself failed for caller {caller.number}: {error!r}")
