"""Where pages of `/ui` are, and the addresses of what they show. Pure; never an address of anything else."""

import urllib.parse
from collections.abc import Mapping

GRAPH = "/ui/graph"
REQUESTS = "/ui/requests"
AVAILABILITY = "/ui/availability"


def with_query(path: str, query: Mapping[str, str | int | None]) -> str:
    """A path with those parameters that have a value."""
    given = {key: str(value) for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urllib.parse.urlencode(given)}" if given else path


def request(request_id: str) -> str:
    """The page of one request."""
    return f"{REQUESTS}/{urllib.parse.quote(request_id, safe='')}"


def requests(**query: str | int | None) -> str:
    """The list of those that the query asks for."""
    return with_query(REQUESTS, query)


def availability(scope: str = "", name: str = "", day: str = "") -> str:
    """The calendar of one thing, or with `day` the hours of one day; without a scope the calendars of everything."""
    if scope == "gateway":
        return with_query(AVAILABILITY, {"gateway": "all", "day": day})
    return with_query(AVAILABILITY, {scope: name, "day": day} if scope else {})


def card(kind: str, name: str) -> str:
    """The page of a provider, or of a model or route."""
    folder = "/ui/providers/" if kind == "provider" else "/ui/models/"
    return folder + urllib.parse.quote(name, safe="")


def graph(about: str = "") -> str:
    """The graph of what has to do with a name."""
    return with_query(GRAPH, {"about": about})
