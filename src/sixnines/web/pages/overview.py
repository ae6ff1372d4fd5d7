"""`/ui`: how the gateway is, at one glance. Shows what `sixnines status` says, in the same words, and the last hour."""

from sixnines.client import money
from sixnines.client.picture import Picture
from sixnines.client.tally import HOUR_S, answered_by, edges, ended_unix_s, first_contents, since
from sixnines.client.verdict import faults, seen, warnings
from sixnines.web.interface import Answer, Asked, Data, Shown
from sixnines.web.lately import figures, series

_MOST_EDGES = 6
_MOST_FALLBACKS = 6
_MOST_SPENDERS = 5


class Overview:
    """The first page."""

    path = "/ui"
    title = "Overview"
    place = "Overview"

    async def show(self, asked: Asked) -> Answer:
        """The whole page, or what of it changes."""
        picture, minutes = await asked.watch.with_minutes()
        hour = since(picture.requests, picture.taken_unix_s - HOUR_S)
        shares, times = answered_by(hour), first_contents(hour)
        served = () if picture.served is None else picture.served.models
        values = {
            "picture": picture,
            "faults": faults(picture),
            "warnings": warnings(picture),
            "lately": figures(picture, minutes),
            "providers": [
                (each, seen(each), shares.get(each.name), times.get(each.name)) for each in picture.providers.providers
            ],
            "spent": _spent(picture),
            "spenders": []
            if picture.spend is None
            else [each for each in picture.spend.models[:_MOST_SPENDERS] if each.cost_micros],
            "nobody": [each for each in served if each.state == "nobody"],
            "by_fallback": [each for each in served if each.state == "fallback"],
            "edges": edges(hour)[:_MOST_EDGES],
            "fallen": [(each, ended_unix_s(each)) for each in hour if each.fell_back][:_MOST_FALLBACKS],
        }
        return Shown("overview.html", values, fragment="overview_live.html")


def _spent(picture: Picture) -> list[str]:
    """What was spent, in the words of `sixnines status`; nothing where that was not recorded."""
    found = picture.spend
    if found is None or found.total is None:
        return []
    said = [money.told(found.total), money.missing(found.total)]
    return [*filter(None, said), *([] if found.budget is None else [money.budgeted(found.budget)])]


class Live:
    """`/ui/live`: the last hour in numbers, for the charts."""

    path = "/ui/live"
    title = "The last hour"
    place = ""

    async def show(self, asked: Asked) -> Answer:
        """All of it."""
        return Data(series(*await asked.watch.with_minutes()))
