"""Availability by days, and of one day by hours: `GET /admin/v1/availability/calendar`.

Never a number that was not measured: a day or an hour without evidence is left out. Reads a month at most.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.domain.availability import MINUTE_S, Scope, Series, SlotTotal
from sixnines.errors import MalformedRequest
from sixnines.ledger.interface import LedgerFault
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.reliability.nines import CONFIDENCE, told
from sixnines.reliability.report import target
from sixnines.reliability.slots import DAY_HOURS, DAYS, Slot, Slots, hours_of, last_days, slots_of
from sixnines.reliability.tally import configured
from sixnines.server.admin import parameters
from sixnines.server.app import Visit

_encode = msgspec.json.Encoder().encode
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_SCOPES = {each.value: each for each in (Scope.MODEL, Scope.ROUTE, Scope.PROVIDER)}
_SLICE = 20  # series made in one go: model calls go first
_MOST_CAUSES = 20

Wanted = Callable[[Series], bool]


class CalendarPage:
    """`GET /admin/v1/availability/calendar`.

    Args:
        books: where it is read; None for a gateway that keeps none.
        clock: which days are the last ones.
    """

    path = "/admin/v1/availability/calendar"

    def __init__(self, books: Callable[[], Bookkeeper | None], clock: Clock) -> None:
        self._books = books
        self._clock = clock

    async def serve(self, visit: Visit) -> None:
        """The last days of everything, the last days of one thing in words, or the hours of one of its days.

        Raises:
            MalformedRequest: an unknown parameter, two things at once, or what is no day of the last ones.
        """
        given = parameters(visit.request.query, ("day", *_SCOPES))
        day = given.pop("day", None)
        if len(given) > 1:
            raise MalformedRequest("The calendar is told of one `model`, `route` or `provider`, or of everything.")
        scope, name = next(((_SCOPES[key], value) for key, value in given.items()), (Scope.GATEWAY, ""))
        in_words = bool(given) or day is not None
        days = last_days(self._clock.unix_s(), name if in_words else None)
        wanted = days if day is None else hours_of(_day(day, days), name)
        body: dict[str, object] = {
            "confidence": CONFIDENCE,
            "step": "day" if wanted.hours == DAY_HOURS else "hour",
            "from": _time(wanted.first * MINUTE_S),
            "to": _time((wanted.last + 1) * MINUTE_S),
            "ledger": "none",
            "series": [],
        }
        books = self._books()
        if books is not None:
            try:
                rows = await books.calendar(wanted)
            except LedgerFault:
                body["ledger"] = "failing"
            else:
                snapshot = visit.ticket.generation.snapshot
                one = Series(scope, name) if in_words else None
                body |= {"ledger": "ok", "series": await _told(rows, snapshot, one, wanted.hours)}
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def _day(text: str, days: Slots) -> date:
    """The day of a parameter."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    first = datetime.fromtimestamp(days.first * MINUTE_S, UTC).date()
    if not 0 <= (found - first).days < DAYS:
        raise MalformedRequest(
            f"`day` is one of the last {DAYS} days of UTC, such as {first.isoformat()}.", param="day"
        )
    return found


async def _told(
    rows: Iterable[SlotTotal], snapshot: Snapshot, one: Series | None, hours: int
) -> list[dict[str, object]]:
    """One thing in words, or everything of the config in numbers."""
    by_series: dict[Series, list[SlotTotal]] = {}
    for row in rows:
        by_series.setdefault(row.series, []).append(row)
    found: list[dict[str, object]] = []
    for number, series in enumerate(each for each in configured(snapshot) if one in (None, each)):
        own = [*by_series.get(series, ()), *_probes(series, by_series)]
        shown = [_in_words(slot) if one is not None else _in_numbers(slot) for slot in slots_of(series, own, hours)]
        goal = target(series, snapshot)
        found.append({"scope": series.scope.value, "name": series.name, "target": goal, "slots": shown})
        if number % _SLICE == 0:
            await asyncio.sleep(0)
    return found


def _probes(series: Series, by_series: dict[Series, list[SlotTotal]]) -> Iterator[SlotTotal]:
    if series.scope is Scope.PROVIDER:
        yield from by_series.get(Series(Scope.PROBES, series.name), ())


def _in_numbers(slot: Slot) -> dict[str, object]:
    found: dict[str, object] = {
        "start": _time(slot.start_s),
        "good": slot.share.good,
        "bad": slot.share.bad,
        "ratio": slot.share.value,
    }
    if slot.probes is not None:
        found["probes"] = {"up_s": slot.probes.good, "down_s": slot.probes.bad}
    return found


def _in_words(slot: Slot) -> dict[str, object]:
    share = slot.share
    causes = dict(slot.causes[:_MOST_CAUSES])
    interval = {"lower": share.lower, "upper": share.upper, "text": told(share), "causes": causes}
    return {**_in_numbers(slot), **interval}


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")
