"""What was spent, as `GET /admin/v1/spend` says it: what may be asked, and the answer. Loaded when somebody asks.

Never a cost that is not known: it is null, and tokens without a price and answers without a count are told beside it.
"""

import asyncio
from datetime import UTC, datetime
from operator import attrgetter

from sixnines.accounting.outlay import Outlay
from sixnines.accounting.reading import CALENDAR, USUAL, USUAL_DAYS, WINDOWS, Spend
from sixnines.domain.price import micros
from sixnines.domain.spend import Grain, Spent
from sixnines.errors import MalformedRequest
from sixnines.ledger.spend_tables import KEPT
from sixnines.server.admin import parameters

_MOST_DAYS = KEPT[Grain.DAY]
_WINDOWS = (*WINDOWS, *CALENDAR)
_SECTIONS = {"models": attrgetter("model"), "routes": attrgetter("route"), "providers": attrgetter("provider")}


def asked(query: str) -> tuple[str, int]:
    """The window, and the number of days, that a query asks for.

    Raises:
        MalformedRequest: an unknown parameter, or a value that is not possible; says which are.
    """
    given = parameters(query, ("window", "days"))
    window, days = given.get("window", USUAL), given.get("days", str(USUAL_DAYS))
    if window not in _WINDOWS:
        raise MalformedRequest(f"`window` is one of {', '.join(_WINDOWS)}.", param="window", code="invalid_query")
    if not (days.isascii() and days.isdigit() and len(days) <= len(str(_MOST_DAYS)) and 1 <= int(days) <= _MOST_DAYS):
        message = f"`days` is a whole number from 1 to {_MOST_DAYS}."
        raise MalformedRequest(message, param="days", code="invalid_query")
    return window, int(days)


async def rows(found: Spend) -> dict[str, object]:
    """What was spent, by whose it is and by day."""
    told: dict[str, object] = {"total": _sums(found.total)}
    for section, name in _SECTIONS.items():
        dearest = sorted(found.by(name).items(), key=lambda each: (-each[1].picos, each[0]))
        told[section] = [{"name": each, **_sums(spent)} for each, spent in dearest]
        await asyncio.sleep(0)  # model calls go first
    told["days"] = [{"day": _day(day), **_sums(spent)} for day, spent in found.days]
    told["budget"] = None if found.outlay is None else _budget(found.outlay)
    return told


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


def times(found: Spend) -> dict[str, object]:
    """Of when it is."""
    return {
        "from": _time(found.first_s),
        "to": _time(found.end_s),
        "recorded_since": None if found.since_s is None else _time(found.since_s),
    }


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")


def _day(day: int) -> str:
    return datetime.fromtimestamp(day * Grain.DAY.value, UTC).date().isoformat()
