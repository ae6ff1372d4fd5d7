"""What was spent, by model, route, provider and day, and how the budget stands: `GET /admin/v1/spend`, and its metrics.

Every worker reads the same ledger, so it does not matter which one answers. Never a cost that is not known: tokens
without a price and answers without a count are told beside it.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter

import msgspec

from sixnines.accounting.outlay import Outlay
from sixnines.accounting.reading import CALENDAR, USUAL, USUAL_DAYS, WINDOWS, Spend
from sixnines.accounting.spending import Spending
from sixnines.config.snapshot import Snapshot
from sixnines.domain.price import MICRO_PICOS, micros
from sixnines.domain.spend import Grain, Spent
from sixnines.errors import MalformedRequest
from sixnines.ledger.interface import LedgerFault
from sixnines.ledger.spend_tables import KEPT
from sixnines.reliability.bookkeeper import Bookkeeper, State
from sixnines.routing.candidate import price_of
from sixnines.server.admin import parameters
from sixnines.server.app import Visit
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.exposition import Labels
from sixnines.telemetry.metrics import (
    CACHED_TOKENS,
    COST,
    SPEND_BUDGET,
    SPEND_IN_PERIOD,
    SPEND_PROJECTED,
    TOKENS,
    UNCOUNTED_ANSWERS,
    UNPRICED_TOKENS,
)

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_DOLLAR_PICOS = 1_000_000 * MICRO_PICOS
_WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")
_MOST_DAYS = KEPT[Grain.DAY]
_WINDOWS = (*WINDOWS, *CALENDAR)
_SECTIONS = {"models": attrgetter("model"), "routes": attrgetter("route"), "providers": attrgetter("provider")}


class SpendPage:
    """`GET /admin/v1/spend`.

    Args:
        books: where it is read; None for a gateway that keeps none.
    """

    path = "/admin/v1/spend"

    def __init__(self, books: Callable[[], Bookkeeper | None]) -> None:
        self._books = books

    async def serve(self, visit: Visit) -> None:
        """What was spent in the window that the query asks for.

        Raises:
            MalformedRequest: an unknown parameter, or a value that is not possible; says which are.
        """
        given = parameters(visit.request.query, ("window", "days"))
        window = given.get("window", USUAL)
        if window not in _WINDOWS:
            raise MalformedRequest(f"`window` is one of {', '.join(_WINDOWS)}.", param="window", code="invalid_query")
        days = _days(given.get("days", str(USUAL_DAYS)))
        books = self._books()
        body: dict[str, object] = {"window": window, "currency": "USD"}
        if books is None:
            body["ledger"] = {"state": "none", "fault": "this gateway has no place to keep it"}
        else:
            try:
                found = await books.spend(window, days)
            except LedgerFault:
                body["ledger"] = _ledger(books.state())
            else:
                body |= {**_times(found), "ledger": _ledger(books.state()), **await _rows(found)}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def assign_spending(metrics: Metrics, spending: Spending, snapshot: Snapshot) -> None:
    """Set what this worker has counted of tokens and their cost."""
    tokens: dict[Labels, float] = {}
    cached: dict[Labels, float] = {}
    costs: dict[Labels, int] = {}
    # There from the start: of a counter that begins with more than 0, Prometheus sees no increase.
    unpriced: dict[Labels, float] = {
        (model.name, spec.provider.name): 0.0
        for model in snapshot.models.values()
        for spec in model.deployments
        if price_of(spec) is None
    }
    uncounted: dict[Labels, float] = {}
    for account, spent in spending.totals().items():
        pair = (account.model, account.provider)
        for direction, count in (("prompt", spent.prompt_tokens), ("completion", spent.completion_tokens)):
            if count:
                tokens[*pair, direction] = tokens.get((*pair, direction), 0) + count
        for found, count in (
            (cached, spent.cached_tokens), (unpriced, spent.unpriced_tokens), (uncounted, spent.uncounted),
        ):  # fmt: skip
            if count:
                found[pair] = found.get(pair, 0) + count
        if spending.has_cost(account):
            costs[*pair, account.route] = costs.get((*pair, account.route), 0) + spent.picos
    metrics.replace(TOKENS, tokens)
    metrics.replace(CACHED_TOKENS, cached)
    metrics.replace(UNPRICED_TOKENS, unpriced)
    metrics.replace(UNCOUNTED_ANSWERS, uncounted)
    metrics.replace(COST, {labels: picos / _DOLLAR_PICOS for labels, picos in costs.items()})


def assign_budget(metrics: Metrics, snapshot: Snapshot, found: Outlay | None) -> None:
    """Set how the budget stands, which is the same for all workers; nothing where there is none."""
    allowance = snapshot.allowance
    metrics.replace(SPEND_BUDGET, {} if allowance is None else {(allowance.period.value,): allowance.micros / 1e6})
    known = found is not None and found.allowance == allowance
    for info, picos in (
        (SPEND_IN_PERIOD, found.picos if known and found is not None else None),
        (SPEND_PROJECTED, found.projected_picos if known and found is not None else None),
    ):
        metrics.replace(
            info, {} if picos is None or allowance is None else {(allowance.period.value,): picos / _DOLLAR_PICOS}
        )


async def _rows(found: Spend) -> dict[str, object]:
    rows: dict[str, object] = {"total": _sums(found.total)}
    for section, name in _SECTIONS.items():
        dearest = sorted(found.by(name).items(), key=lambda each: (-each[1].picos, each[0]))
        rows[section] = [{"name": each, **_sums(spent)} for each, spent in dearest]
        await asyncio.sleep(0)  # model calls go first
    rows["days"] = [{"day": _day(day), **_sums(spent)} for day, spent in found.days]
    rows["budget"] = None if found.outlay is None else _budget(found.outlay)
    return rows


def _sums(spent: Spent) -> dict[str, object]:
    known = bool(spent.picos) or not (spent.unpriced_tokens or spent.uncounted)
    return {
        "cost_micros": spent.cost_micros if known else None,
        "answers": spent.answers,
        "prompt_tokens": spent.prompt_tokens,
        "cached_tokens": spent.cached_tokens,
        "completion_tokens": spent.completion_tokens,
        "unpriced_tokens": spent.unpriced_tokens,
        "uncounted_answers": spent.uncounted,
    }


def _budget(found: Outlay) -> dict[str, object]:
    return {
        "period": found.allowance.period.value,
        "from": _time(found.first_s),
        "to": _time(found.end_s),
        "budget_micros": found.allowance.micros,
        "spent_micros": micros(found.picos),
        "spent_ratio": round(found.ratio, 6),
        "projected_micros": micros(found.projected_picos),
    }


def _times(found: Spend) -> dict[str, object]:
    return {
        "from": _time(found.first_s),
        "to": _time(found.end_s),
        "recorded_since": None if found.since_s is None else _time(found.since_s),
    }


def _ledger(state: State) -> dict[str, object]:
    return {
        "state": "ok" if state.fault is None else "failing",
        "fault": state.fault,
        "unwritten_micros": micros(state.unwritten_picos),
    }


def _days(text: str) -> int:
    if _WHOLE_NUMBER.fullmatch(text) is None or not 1 <= int(text) <= _MOST_DAYS:
        message = f"`days` is a whole number from 1 to {_MOST_DAYS}."
        raise MalformedRequest(message, param="days", code="invalid_query")
    return int(text)


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")


def _day(day: int) -> str:
    return datetime.fromtimestamp(day * Grain.DAY.value, UTC).date().isoformat()
