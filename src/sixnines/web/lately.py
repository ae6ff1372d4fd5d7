"""The last hour in figures and, minute by minute, for charts. Pure.

Never a figure without what it rests on, and never a zero for a time of which nothing is known: that is None.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sixnines.client.picture import Picture
from sixnines.client.remembered import MOST_REQUESTS
from sixnines.client.seen import Minutes, Request
from sixnines.client.tally import HOUR_S, ended_unix_s, since
from sixnines.control.percentile import Spread, spread

MINUTE_S: Final = 60
MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """Times of requests, in milliseconds, and of how many."""

    spread: Spread
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The last hour.

    Attributes:
        good, bad: how its requests ended; None where nobody counts.
        last_minute: requests that have ended within it.
        first, total: until the first content of a stream, and until the end of an answer; None without any.
        tokens_per_s: written in the last minute, by all models together, as far as providers count; None without any.
        in_flight: attempts under way now.
        since_unix_s: from when on requests are remembered one by one, where that is not the whole hour.
    """

    good: int | None
    bad: int | None
    last_minute: int
    first: Measured | None
    total: Measured | None
    tokens_per_s: float | None
    in_flight: int
    since_unix_s: float | None


def figures(picture: Picture, minutes: Minutes | None) -> Figures:
    """The last hour of a gateway."""
    now = picture.taken_unix_s
    hour = since(picture.requests, now - HOUR_S)
    counted = _counted(minutes)
    minute = since(hour, now - MINUTE_S)
    last = len(minute)
    if last >= MOST_REQUESTS and counted:  # more than are remembered one by one: then the last that is over is told
        last = sum(counted.get(int(now) // MINUTE_S - 1, (0, 0)))
    return Figures(
        good=sum(good for good, _ in counted.values()) if counted is not None else None,
        bad=sum(bad for _, bad in counted.values()) if counted is not None else None,
        last_minute=last,
        first=_measured(_first(hour)),
        total=_measured(_total(hour)),
        tokens_per_s=_tokens_per_s(minute),
        in_flight=sum(each.in_flight for each in picture.providers.providers),
        since_unix_s=remembered_since(picture),
    )


def remembered_since(picture: Picture) -> float | None:
    """From when on its requests are remembered; None if that is the last hour at least, or its whole life."""
    oldest = min(map(ended_unix_s, picture.requests), default=None)
    if oldest is None or oldest <= picture.taken_unix_s - HOUR_S:
        return None
    return oldest if len(picture.requests) >= MOST_REQUESTS else None


def series(picture: Picture, minutes: Minutes | None) -> dict[str, object]:
    """The last sixty minutes for charts: lists of the same length, the oldest first; the last minute is not over.

    Keys: `at` (when each begins), `good`, `total` (requests, None where nobody counts), `first_p50`, `first_p95`,
    `total_p50`, `total_p95` (ms), `tokens` (a second); `in_flight` and `now` are single values.
    """
    now = int(picture.taken_unix_s) // MINUTE_S
    every = range(now - MINUTES + 1, now + 1)
    by_minute: dict[int, list[Request]] = {}
    for each in since(picture.requests, every.start * MINUTE_S):
        by_minute.setdefault(int(ended_unix_s(each)) // MINUTE_S, []).append(each)
    first, total = _spreads(every, by_minute, _first), _spreads(every, by_minute, _total)
    counts = _counts(every, minutes, picture)
    return {
        "at": [minute * MINUTE_S for minute in every],
        "good": [None if each is None else each[0] for each in counts],
        "total": [None if each is None else sum(each) for each in counts],
        "first_p50": [None if each is None else each.p50 for each in first],
        "first_p95": [None if each is None else each.p95 for each in first],
        "total_p50": [None if each is None else each.p50 for each in total],
        "total_p95": [None if each is None else each.p95 for each in total],
        "tokens": [_tokens_per_s(by_minute.get(minute, ())) for minute in every],
        "in_flight": sum(each.in_flight for each in picture.providers.providers),
        "now": picture.taken_unix_s,
    }


def _counts(every: Iterable[int], minutes: Minutes | None, picture: Picture) -> list[tuple[int, int] | None]:
    """Good and bad ones. A minute without any is one of zero only where the gateway was there."""
    counted = _counted(minutes)
    if counted is None:
        return [None for _ in every]
    started = None if picture.gateway is None else int(picture.gateway.started_unix_s) // MINUTE_S
    return [counted.get(at, (0, 0) if started is not None and at >= started else None) for at in every]


def _counted(minutes: Minutes | None) -> dict[int, tuple[int, int]] | None:
    if minutes is None or minutes.ledger.state != "ok":
        return None
    return {each.unix_s // MINUTE_S: (each.good, each.bad) for each in minutes.minutes}


def _spreads(
    every: Iterable[int], by_minute: dict[int, list[Request]], of: Callable[[Iterable[Request]], list[float]]
) -> list[Spread | None]:
    found = (of(by_minute.get(at, ())) for at in every)
    return [spread(values, higher_is_better=False) if values else None for values in found]


def _measured(values: Sequence[float]) -> Measured | None:
    return Measured(spread(values, higher_is_better=False), len(values)) if values else None


def _first(requests: Iterable[Request]) -> list[float]:
    return [each.first_content_ms for each in requests if each.streamed and each.first_content_ms is not None]


def _total(requests: Iterable[Request]) -> list[float]:
    return [each.total_ms for each in requests if each.outcome == "ok"]


def _tokens_per_s(requests: Iterable[Request]) -> float | None:
    """Tokens that were written in a minute, for each second of it."""
    counts = [each.usage.completion_tokens for each in requests if each.usage is not None]
    known = [each for each in counts if each is not None]
    return sum(known) / MINUTE_S if known else None
