"""`/ui/graph`: the routing graph, drawn and as a table, with what hangs on one thing and what to do about it."""

import asyncio
from typing import Final

from sixnines.client.picture import Picture, rests_on
from sixnines.client.seen import Availability
from sixnines.client.tally import HOUR_S, since
from sixnines.client.topology import Topology
from sixnines.web import addresses
from sixnines.web.graph import about, graph_of
from sixnines.web.graph_drawing import drawing, rows
from sixnines.web.graph_layout import fitting
from sixnines.web.graph_use import Way, uses
from sixnines.web.interface import Answer, Asked, Shown
from sixnines.web.looking import availability
from sixnines.web.single_points import Name, hanging

_WAYS: Final = {Way.CHOOSES: "Models", Way.DEPLOYMENT: "Deployments", Way.FALLBACK: "Fallbacks"}


class GraphPage:
    """The graph of everything, or of what has to do with a name."""

    path = addresses.GRAPH
    title = "Routing graph"
    place = "Routing graph"

    async def show(self, asked: Asked) -> Answer:
        """The whole page, or what of it changes."""
        text, direct = asked.query.get("about", "").strip(), asked.query.get("direct") == "1"
        topology = await asked.ask.get("/admin/v1/topology", Topology)
        picture = await asked.watch.picture()
        measured = await availability(asked.ask, "1h")
        # In a thread: to lay a large config out takes longer than a token should wait.
        values = await asyncio.to_thread(_drawn, topology, picture, measured, text=text, direct=direct)
        return Shown("graph.html", values, fragment="graph_live.html")


def _drawn(
    topology: Topology, picture: Picture, measured: Availability | None, *, text: str, direct: bool
) -> dict[str, object]:
    """What the page shows."""
    used = uses(topology, since(picture.requests, picture.taken_unix_s - HOUR_S))
    served = () if picture.served is None else picture.served.models
    whole = graph_of(topology, picture.providers.providers, served=served, hour=measured, used=used)
    shown = about(whole, text=text, fallbacks=not direct)
    hrefs = {
        Name(each.kind, each.name): addresses.card(each.kind, each.name)
        for each in (*whole.routes, *whole.models, *whole.providers)
    }
    return {
        "text": text,
        "direct": direct,
        "graph": shown,
        "drawing": None if shown.is_empty else drawing(shown, hrefs),
        "rows": rows(shown, hrefs),
        "hanging": hanging(topology),
        "names": sorted({each.name for each in hrefs}),
        "total": len(whole.models) + len(whole.routes),
        "ways": _WAYS,
        "used": used,
        "rests_on": rests_on(picture),
        "gateway": _gateway(measured),
        "hrefs": hrefs,
        "fit": fitting,
        "refresh": addresses.with_query(addresses.GRAPH, {"about": text, "direct": "1" if direct else None}),
    }


def _gateway(found: Availability | None) -> str:
    """How many requests the ledger has of the last hour, in words; "" where it is not measured."""
    if found is None or found.gateway is None:
        return ""
    total = found.gateway.good + found.gateway.bad
    return f"{total:,} request{'' if total == 1 else 's'}"
