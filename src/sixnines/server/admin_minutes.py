"""How many requests were good and bad in each of the last sixty minutes: `GET /admin/v1/availability/minutes`.

Every worker reads the same ledger, so it does not matter which one answers. Never a minute without any.
"""

from collections.abc import Callable, Iterable

import msgspec

from sixnines.domain.availability import GOOD, MINUTE_S, Cell
from sixnines.ledger.interface import LedgerFault
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.server.admin import parameters
from sixnines.server.app import Visit

MINUTES = 60

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class MinutesPage:
    """See the top.

    Args:
        books: where it is read; None for a gateway that keeps none.
    """

    path = "/admin/v1/availability/minutes"

    def __init__(self, books: Callable[[], Bookkeeper | None]) -> None:
        self._books = books

    async def serve(self, visit: Visit) -> None:
        """All of them.

        Raises:
            MalformedRequest: there is a query.
        """
        parameters(visit.request.query, ())
        books = self._books()
        body: dict[str, object] = {"ledger": {"state": "none", "fault": "this gateway has no place to keep it"}}
        if books is not None:
            try:
                body = {"ledger": {"state": "ok"}, "minutes": _counted(await books.last_minutes(MINUTES))}
            except LedgerFault as fault:
                body = {"ledger": {"state": "failing", "fault": str(fault)}}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def _counted(cells: Iterable[Cell]) -> list[dict[str, int]]:
    minutes: dict[int, dict[str, int]] = {}
    for cell in cells:
        row = minutes.setdefault(cell.minute, {"unix_s": cell.minute * MINUTE_S, "good": 0, "bad": 0})
        row["good" if cell.cause == GOOD else "bad"] += cell.count
    return list(minutes.values())
