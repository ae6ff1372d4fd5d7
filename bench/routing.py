"""What routing costs for each request: the features of bodies of every size, the score, and the plan by each strategy.

Run: `python bench/routing.py`. Each figure is the best of several runs, because what else the machine does is not what
is measured. Exits with 1 if a figure is over its budget.
"""

import json
import random
import sys
import timeit
from collections.abc import Callable
from dataclasses import dataclass

from plan_cost import FEW, MANY, costs
from report import table

from sixnines.domain.complexity import ComplexityWeights
from sixnines.endpoints.chat_completions import ENDPOINT
from sixnines.routing.complexity import score
from sixnines.routing.features import features

USUAL_US = 50.0
"""The budget for a chat of 4 KB, in whatever language: what the project promises."""
LONG_US = 30_000.0
"""The budget for everything else, up to 30 MB: a pause that nobody notices."""

GROWTH = 1.3
"""A plan must not take longer the more models there are; what is above 1 is the machine's unrest."""

RUNS = 200
RUN_S = 0.005
"""How long a run takes: long enough for the clock, short enough to find moments in which nobody disturbs."""

MEDIUM, LARGE, HUGE = 100_000, 4_000_000, 30_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result.

    Attributes:
        what: was measured.
        size: bytes of the body; None where there is none.
        took_us: microseconds.
        budget_us: that it must not exceed.
    """

    what: str
    size: int | None
    took_us: float
    budget_us: float

    @property
    def within(self) -> bool:
        """The budget is kept."""
        return self.took_us <= self.budget_us

    def row(self) -> tuple[str, ...]:
        """The line of the table."""
        size = "" if self.size is None else f"{self.size:,}"
        verdict = "kept" if self.within else "OVER"
        return (self.what, size, f"{self.took_us:,.1f} us", f"{self.budget_us:,.0f} us", verdict)


def main() -> int:
    figures = [*_features(), _score()]
    print(table(("routing", "bytes", "best", "budget", "verdict"), [each.row() for each in figures]))
    plans = list(costs())
    rows = [(each.strategy, str(each.candidates), f"{each.models:,}", f"{each.microseconds:,.1f} us") for each in plans]
    print()
    print(table(("strategy", "candidates", "models beside", "plan, best"), rows))
    few = next(each for each in plans if (each.strategy, each.candidates) == ("weighted", plans[-1].candidates))
    grown = plans[-1].microseconds / few.microseconds
    print(f"\n{MANY:,} models beside instead of {FEW}: {grown:.2f} times the time of a plan")
    return int(not all(each.within for each in figures) or grown > GROWTH)


def _features() -> list[Figure]:
    chinese = "设计一个每秒处理十万笔订单的秒杀系统,要求不超卖。" * 52
    many = {"role": "user", "content": [{}] * 15_000}
    bodies = {
        "features, chat of ten messages": (_chat(4_000, messages=10), USUAL_US),
        "features, one message": (_chat(4_000, messages=1), USUAL_US),
        "features, one message in Chinese": (_body({"role": "user", "content": chinese}), USUAL_US),
        "features, 20 messages": (_chat(MEDIUM, messages=20), LONG_US),
        "features, 200 messages": (_chat(LARGE, messages=200), LONG_US),
        "features, 1,000 messages": (_chat(HUGE, messages=1_000), LONG_US),
        "features, one long message": (_chat(HUGE, messages=1), LONG_US),
        "features, one message of 15,000 empty parts": (_body(many), LONG_US),
        "features, 35,000 empty messages": (_body(*[{"role": "user"}] * 35_000), LONG_US),
    }
    return [_measured(what, body, budget_us) for what, (body, budget_us) in bodies.items()]


def _measured(what: str, body: bytes, budget_us: float) -> Figure:
    call = ENDPOINT.read(body)
    floor = call.tokens_floor()  # the planner needs it in any case
    return Figure(what, len(body), _best_us(lambda: features(call, tokens_floor=floor)), budget_us)


def _score() -> Figure:
    measured, weights = features(ENDPOINT.read(_chat(4_000, messages=10))), ComplexityWeights()
    return Figure("score", None, _best_us(lambda: score(measured, weights)), USUAL_US)


def _best_us(work: Callable[[], object]) -> float:
    timer = timeit.Timer(work)
    once_s = min(timer.repeat(3, 1))
    number = max(1, int(RUN_S / once_s))
    return min(timer.repeat(RUNS, number)) / number * 1e6


def _chat(size: int, *, messages: int) -> bytes:
    """A conversation of about `size` bytes: of words as long as in English."""
    luck = random.Random(1)
    words = ["".join(luck.choices("etaoinshrdlucmfwyp", k=luck.randint(1, 9))) for _ in range(2_000)]
    length = size // messages
    texts = [" ".join(luck.choices(words, k=length // 5))[:length] for _ in range(messages)]
    roles = ("assistant", "user")
    return _body(*({"role": roles[(messages - at) % 2], "content": text} for at, text in enumerate(texts)))


def _body(*messages: object) -> bytes:
    return json.dumps({"model": "chat", "messages": messages, "stream": True}, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.exit(main())
