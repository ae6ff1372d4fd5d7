"""`/ui/availability`: days in the words of `sixnines status`; one thing with its downtime, and a day by hours."""

import asyncio
from dataclasses import dataclass
from typing import Final

from sixnines.client.closely import Measured, Measurements
from sixnines.client.lookout import WINDOWS
from sixnines.client.seen import Availability
from sixnines.client.slots import Calendar, Kept
from sixnines.client.words import NOT_MEASURED
from sixnines.errors import UnknownPath
from sixnines.web import addresses
from sixnines.web.asking import Asking
from sixnines.web.days import SIGNS, WORDS, Cell, Strip, day_of, hours, month, pick, strip
from sixnines.web.interface import Answer, Asked, Shown
from sixnines.web.looking import availability

_LONGEST: Final = WINDOWS[-1]
MOST_LINES: Final = 100
"""So many things are listed; of more those with the most days below their target, and how many are not is said."""

_SCOPES: Final = ("model", "route", "provider")
_CALENDAR: Final = "/admin/v1/availability/calendar"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the list: what is said of it, and its days."""

    strip: Strip
    href: str
    said: str


class AvailabilityPage:
    """Everything, or with `gateway`, `model`, `route` or `provider` one thing, or with `day` the hours of a day."""

    path = addresses.AVAILABILITY
    title = "Availability"
    place = "Availability"

    async def show(self, asked: Asked) -> Answer:
        """The whole page, or what of it changes.

        Raises:
            UnknownPath: config has no such thing.
        """
        scope = next((each for each in _SCOPES if asked.query.get(each)), "")
        if scope or "gateway" in asked.query:
            return await _one(asked, scope or "gateway", asked.query.get(scope, ""))
        calendar = await asked.ask.get(_CALENDAR, Calendar)
        found = await availability(asked.ask, _LONGEST)
        said = {} if found is None else _texts(found)
        text = asked.query.get("about", "").strip()
        # In a thread: of hundreds of names it takes longer than a token should wait.
        strips = await asyncio.to_thread(lambda: pick(calendar.series, calendar, text=text, most=MOST_LINES))
        values = {
            "lines": [
                Line(
                    each,
                    addresses.availability(each.scope, each.name),
                    said.get((each.scope, each.name), NOT_MEASURED),
                )
                for each in strips
            ],
            "text": text,
            "left_out": len(calendar.series) - len(strips),
            "names": sorted({each.name for each in calendar.series if each.name}),
            "refresh": addresses.with_query(self.path, {"about": text}),
            "window": _LONGEST,
            "found": found,
            "fault": _fault(calendar, found),
            "signs": SIGNS,
            "words": WORDS,
        }
        return Shown("availability.html", values, fragment="availability_live.html")


async def _one(asked: Asked, scope: str, name: str) -> Answer:
    """One thing."""
    query: dict[str, str | int | None] = {} if scope == "gateway" else {scope: name}
    day = day_of(asked.query.get("day", ""))
    whole = await asked.ask.get(_CALENDAR, Calendar)
    kept = next((each for each in whole.series if (each.scope, each.name) == (scope, name)), None)
    if kept is None and whole.ledger == "ok":
        raise UnknownPath(f"Config has no {scope} `{name}`.", code="unknown_name")
    days = strip(kept or Kept(scope=scope, name=name), whole).cells
    windows = [(each, await _measured(asked.ask, each, query)) for each in WINDOWS]
    longest = windows[-1][1]
    values = {
        "scope": scope,
        "name": name,
        "month": month(days),
        "firsts": {each.day for number, each in enumerate(days) if number == 0 or each.start.day == 1},
        "windows": [(each, _text(_row(found, scope))) for each, found in windows],
        "found": _row(longest, scope),
        "since": None if longest is None else longest.recorded_since,
        "fault": _fault(whole, longest),
        "day": day,
        "hours": () if day is None else await _hours(asked.ask, {**query, "day": day.isoformat()}),
        "target": None if kept is None else kept.target,
        "address_of": addresses.availability,
        "card": addresses.card(scope, name),
        "requests": None if scope == "gateway" else addresses.requests(**_filter(scope, name)),
        "signs": SIGNS,
        "words": WORDS,
        "refresh": addresses.availability(scope, name, "" if day is None else day.isoformat()),
    }
    title = "Availability of the gateway" if scope == "gateway" else f"Availability of {scope} {name}"
    return Shown("availability_one.html", values, fragment="availability_one_live.html", title=title)


def _filter(scope: str, name: str) -> dict[str, str | int | None]:
    return {"provider" if scope == "provider" else "model": name}


async def _hours(ask: Asking, query: dict[str, str | int | None]) -> tuple[Cell, ...]:
    """The hours of a day."""
    calendar = await ask.get(addresses.with_query(_CALENDAR, query), Calendar)
    return hours(calendar.series[0], calendar) if calendar.series else ()


async def _measured(ask: Asking, window: str, query: dict[str, str | int | None]) -> Measurements | None:
    """What was measured in a window; None where this gateway does not tell."""
    return await ask.find(addresses.with_query("/admin/v1/availability", {"window": window, **query}), Measurements)


def _row(found: Measurements | None, scope: str) -> Measured | None:
    """The one that was asked about."""
    if found is None:
        return None
    return found.gateway if scope == "gateway" else found.of_one


def _text(found: Measured | None) -> str:
    """What the gateway says of one thing, word by word."""
    return NOT_MEASURED if found is None else found.text


def _texts(found: Availability) -> dict[tuple[str, str], str]:
    sections = (("model", found.models), ("route", found.routes), ("provider", found.providers))
    told = {(scope, each.name): each.text for scope, section in sections for each in section}
    if found.gateway is not None:
        told["gateway", ""] = found.gateway.text
    return told


def _fault(calendar: Calendar, found: Availability | Measurements | None) -> str:
    """Why nothing is recorded; "" where it is."""
    if calendar.ledger == "ok":
        return ""
    said = "" if found is None or found.ledger.fault is None else f": {found.ledger.fault}"
    return f"Availability is not recorded{said}."
