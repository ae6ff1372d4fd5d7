"""How available the gateway, its models, routes and providers were: `GET /admin/v1/availability`, and its metrics.

Every worker reads the same ledger, so it does not matter which one answers. Never a number that was not measured: it is
null, and the text says so.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.availability import MINUTE_S, Scope, Series
from sixnines.errors import MalformedRequest
from sixnines.ledger.interface import LedgerFault
from sixnines.reliability.bookkeeper import Bookkeeper, State
from sixnines.reliability.episodes import Episode
from sixnines.reliability.figures import Figures
from sixnines.reliability.nines import CONFIDENCE, MOST_NINES, Share, more_clean, told
from sixnines.reliability.report import Finding, Report, target
from sixnines.reliability.tally import configured
from sixnines.reliability.uptime import Uptime
from sixnines.reliability.window import USUAL, WINDOWS
from sixnines.server.admin import parameters
from sixnines.server.app import Visit
from sixnines.telemetry.counting import Counter, Metrics
from sixnines.telemetry.metrics import (
    AVAILABILITY,
    AVAILABILITY_LOWER,
    AVAILABILITY_TARGET,
    AVAILABILITY_UPPER,
    BUDGET_BURN,
    BUDGET_LEFT,
    LEDGER_LOST,
    LEDGER_WAITING,
    OUTCOMES,
)

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_SECTIONS = {"model": Scope.MODEL, "route": Scope.ROUTE, "provider": Scope.PROVIDER}
_MODEL = Scope.MODEL  # looked up once: on Python 3.11 that takes as long as a call
_SLICE = 20  # rows made in one go: model calls go first
_MOST_EPISODES = 100
_MOST_CAUSES = 20


class AvailabilityPage:
    """`GET /admin/v1/availability`.

    Args:
        books: where it is read; None for a gateway that keeps none.
    """

    path = "/admin/v1/availability"

    def __init__(self, books: Callable[[], Bookkeeper | None]) -> None:
        self._books = books

    async def serve(self, visit: Visit) -> None:
        """What was measured in the window that the query asks for.

        Raises:
            MalformedRequest: an unknown parameter, or a value that is not possible; says which are.
        """
        given = parameters(visit.request.query, ("window", *_SECTIONS))
        window = given.pop("window", USUAL)
        if window not in WINDOWS:
            raise MalformedRequest(f"`window` is one of {', '.join(WINDOWS)}.", param="window")
        books = self._books()
        body: dict[str, object] = {"window": window, "confidence": CONFIDENCE}
        if books is None:
            body["ledger"] = {"state": "none", "fault": "this gateway has no place to keep it"}
        else:
            try:
                found = await books.report(window)
            except LedgerFault:
                body["ledger"] = _ledger(books.state())
            else:
                body |= _times(found) | {"ledger": _ledger(books.state()), **await _rows(found, given)}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def assign_availability(metrics: Metrics, found: Figures | None) -> None:
    """Set the metrics, which are the same for all workers; none where the ledger cannot be read."""
    figures = found or ()
    keyed = [((each.series.scope.value, each.series.name, each.window), each) for each in figures]
    metrics.replace(AVAILABILITY, {key: each.value for key, each in keyed})
    metrics.replace(AVAILABILITY_LOWER, {key: each.lower for key, each in keyed})
    metrics.replace(AVAILABILITY_UPPER, {key: each.upper for key, each in keyed})
    metrics.replace(BUDGET_BURN, {key: each.burn for key, each in keyed if each.burn is not None})
    metrics.replace(BUDGET_LEFT, {key[:2]: each.left for key, each in keyed if each.left is not None})


def assign_goals(metrics: Metrics, snapshot: Snapshot) -> None:
    """Set the metrics of what is to be reached."""
    goals = {series: target(series, snapshot) for series in configured(snapshot)}
    metrics.replace(
        AVAILABILITY_TARGET,
        {(series.scope.value, series.name): goal for series, goal in goals.items() if goal is not None},
    )


def outcomes_counter(metrics: Metrics) -> Callable[[Series, str, int], None]:
    """What counts outcomes where a scrape finds them; what probes find has metrics of its own."""
    good: dict[str, Counter] = {}  # of models: there may be thousands at a time, and a series is slowly hashed

    def count_outcomes(series: Series, cause: str, count: int) -> None:
        if series.scope is _MODEL and not cause:
            known = good.get(series.name)
            if known is None:
                known = good[series.name] = metrics.counter(OUTCOMES, (_MODEL.value, series.name, "good"))
            known.add(count)
        elif series.scope is not Scope.PROBES:
            metrics.count(OUTCOMES, (series.scope.value, series.name, "bad" if cause else "good"), count)

    return count_outcomes


def assign_ledger(metrics: Metrics, state: State) -> None:
    """Set the metrics of how this worker writes the ledger."""
    metrics.assign(LEDGER_WAITING, (), state.waiting)
    metrics.assign(LEDGER_LOST, (), state.lost)


async def _rows(found: Report, given: dict[str, str]) -> dict[str, object]:
    """The gateway, and of the others those that are asked for: all, if nobody is."""
    sections: dict[Scope, list[dict[str, object]]] = {scope: [] for scope in Scope}
    for number, finding in enumerate(found.findings):
        series = finding.series
        wanted = not given or given.get(series.scope.value) == series.name or series.scope is Scope.GATEWAY
        if wanted:
            sections[series.scope].append(_row(finding, found.now))
        if number % _SLICE == 0:
            await asyncio.sleep(0)
    (gateway,) = sections[Scope.GATEWAY]
    return {
        "gateway": {**gateway, "uptime": _uptime(found.uptime)},
        "models": sections[Scope.MODEL],
        "routes": sections[Scope.ROUTE],
        "providers": sections[Scope.PROVIDER],
    }


def _times(found: Report) -> dict[str, object]:
    since_s = found.uptime.since_s
    return {
        "from": _time(found.first * MINUTE_S),
        "to": _time((found.now + 1) * MINUTE_S),
        "recorded_since": None if since_s is None else _time(since_s),
    }


def _ledger(state: State) -> dict[str, object]:
    return {
        "state": "ok" if state.fault is None else "failing",
        "fault": state.fault,
        "waiting": state.waiting,
        "lost": state.lost,
    }


def _row(finding: Finding, now: int) -> dict[str, object]:
    row: dict[str, object] = {"name": finding.series.name} if finding.series.name else {}
    row |= _share(finding.share)
    row["causes"] = dict(finding.causes[:_MOST_CAUSES])
    if finding.series.scope is Scope.PROVIDER:
        probes = finding.probes
        row["probes"] = None if probes is None or not probes.total else {
            "up_s": probes.good, "down_s": probes.bad, "ratio": probes.value,
        }  # fmt: skip
    budget = finding.budget
    if budget is not None:
        row["target"] = budget.target
        row["budget"] = {"allowed": round(budget.allowed, 3), "spent": budget.spent, "left_ratio": budget.left}
        row["burn_rate"] = budget.burn
    spells = finding.spells
    row["mtbf_s"], row["mttr_s"] = spells.mtbf_s, spells.mttr_s
    row["episodes_total"] = len(spells.episodes)
    row["episodes"] = [_episode(each, now) for each in spells.episodes[: -_MOST_EPISODES - 1 : -1]]
    return row


def _share(found: Share) -> dict[str, object]:
    nines = found.nines
    return {
        "text": told(found),
        "good": found.good,
        "bad": found.bad,
        "ratio": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "nines": nines if found.total else None,
        "more_clean": {str(each): more_clean(found, each) for each in range(nines + 1, min(nines + 3, MOST_NINES) + 1)},
    }


def _episode(episode: Episode, now: int) -> dict[str, object]:
    return {
        "start": _time(episode.start * MINUTE_S),
        "end": None if episode.end is None else _time(episode.end * MINUTE_S),
        "seconds": episode.length_s(now),
        "recovery_seen": episode.known_end,
        "minutes_down": episode.down,
        "cause": episode.cause,
        "causes": dict(episode.causes[:_MOST_CAUSES]),
    }


def _uptime(lived: Uptime) -> dict[str, object]:
    return {
        "ratio": lived.value,
        "up_s": round(lived.up_s, 1),
        "down_s": round(lived.down_s, 1),
        "unknown_s": round(lived.unknown_s, 1),
        "outages": [
            {
                "start": _time(each.start_s),
                "end": _time(each.end_s),
                "seconds": round(each.end_s - each.start_s, 1),
                "cause": each.cause,
            }
            for each in lived.outages[: -_MOST_EPISODES - 1 : -1]
        ],
    }


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")
