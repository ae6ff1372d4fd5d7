"""What the last requests add up to: who answered, who took over from whom, how long first contents took. Pure.

Never a figure without what it rests on: each has its count beside it, and says since when.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sixnines.client.seen import Request

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Edge:
    """One provider took over from another: `kind` says what had failed there, `count` how often."""

    source: str
    target: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class FirstContent:
    """How long streams took to begin at one provider, in milliseconds: the median of `count`, and the last ones."""

    median_ms: float
    count: int
    latest_ms: tuple[float, ...]


def ended_unix_s(request: Request) -> float:
    """When it ended, in seconds since 1970; 0.0 if what it says of its arrival is no time."""
    try:
        arrived = datetime.fromisoformat(request.arrived_at)
    except ValueError:
        return 0.0
    return arrived.timestamp() + request.total_ms / 1000


def since(requests: Iterable[Request], unix_s: float) -> list[Request]:
    """Those that ended at `unix_s` or later."""
    return [each for each in requests if ended_unix_s(each) >= unix_s]


def edges(requests: Iterable[Request]) -> list[Edge]:
    """Who took over from whom and why, the most frequent first: each step of a trail to another provider is one."""
    found: Counter[tuple[str, str, str]] = Counter()
    for request in requests:
        for before, after in zip(request.attempts, request.attempts[1:], strict=False):
            if before.provider != after.provider and before.kind != "ok" and after.role == "fallback":
                found[before.provider, after.provider, before.kind] += 1
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [Edge(source, target, kind, count) for (source, target, kind), count in ordered]


def answered_by(requests: Iterable[Request]) -> dict[str, float]:
    """The part of the answers that each provider gave, from 0 to 1."""
    found: Counter[str] = Counter()
    for request in requests:
        if (name := request.provider) is not None:
            found[name] += 1
    return {name: count / found.total() for name, count in found.items()}


def first_contents(requests: Sequence[Request], latest: int = 20) -> dict[str, FirstContent]:
    """How long the streams of each provider took to begin, measured from its own attempt.

    Args:
        requests: the one that ended last first.
        latest: how many of the last to give one by one, the oldest first.
    """
    times: dict[str, list[float]] = {}
    for request in requests:
        answered = next((each for each in reversed(request.attempts) if each.kind == "ok"), None)
        if answered is not None and request.streamed:
            times.setdefault(answered.provider, []).append(answered.ms)
    return {
        name: FirstContent(_median(found), len(found), tuple(reversed(found[:latest]))) for name, found in times.items()
    }


def tokens(requests: Iterable[Request]) -> int:
    """Tokens in and out, as far as providers counted them."""
    used = (each.usage for each in requests if each.usage is not None)
    return sum((each.prompt_tokens or 0) + (each.completion_tokens or 0) for each in used)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
