"""What was spent, by model, route, provider and day, and how the budget stands: `GET /admin/v1/spend`, and its metrics.

Every worker reads the same ledger, so it does not matter which one answers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from sixnines.accounting.spending import Spending
from sixnines.config.snapshot import Snapshot
from sixnines.domain.price import MICRO_PICOS, micros
from sixnines.ledger.interface import LedgerFault
from sixnines.reliability.bookkeeper import Bookkeeper, State
from sixnines.routing.candidate import price_of
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

if TYPE_CHECKING:  # loaded when somebody asks, and not by every start
    from sixnines.accounting.outlay import Outlay

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_DOLLAR_PICOS = 1_000_000 * MICRO_PICOS


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
        from sixnines.server import spend_told  # noqa: PLC0415 - as above

        window, days = spend_told.asked(visit.request.query)
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
                told = await spend_told.rows(found)
                body |= {**spend_told.times(found), "ledger": _ledger(books.state()), **told}
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


def assign_budget(metrics: Metrics, snapshot: Snapshot, found: "Outlay | None") -> None:
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


def _ledger(state: State) -> dict[str, object]:
    return {
        "state": "ok" if state.fault is None else "failing",
        "fault": state.fault,
        "unwritten_micros": micros(state.unwritten_picos),
    }
