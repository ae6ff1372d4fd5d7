"""`/ui/requests`: the last requests, and one of them with its whole trail. Never a prompt: the gateway keeps none."""

from typing import Final

import msgspec

from sixnines.client.seen import Request, Requests
from sixnines.client.topology import Topology
from sixnines.config.snapshot import RouteSpec, Snapshot
from sixnines.control.asked import GatewayState
from sixnines.domain.failure import FailureKind
from sixnines.engine.recent import Outcome
from sixnines.errors import UnknownPath
from sixnines.server.explained import Explanation
from sixnines.web import addresses
from sixnines.web.asking import Asking, Refused
from sixnines.web.graph_layout import fitting
from sixnines.web.interface import Answer, Asked, Shown
from sixnines.web.request_story import Meant, ended, outcome, reasons, told
from sixnines.web.waterfall import WORDS, waterfall

SIZES: Final = (25, 50, 100, 200)
_USUAL: Final = 50
_FILTERS: Final = ("outcome", "kind", "model", "provider", "id")
_SHORTEST: Final[dict[str, object]] = {
    "chat": None,  # the gateway has one of its own
    "completion": {"prompt": "Hello."},
    "embedding": {"input": "Hello."},
}
_explanation: Final = msgspec.json.Decoder(Explanation)


class RequestsPage:
    """The list, with filters."""

    path = addresses.REQUESTS
    title = "Requests"
    place = "Requests"

    async def show(self, asked: Asked) -> Answer:
        """The whole page, or what of it changes."""
        given = {name: value for name in _FILTERS if (value := asked.query.get(name, "").strip())}
        size = next((each for each in SIZES if str(each) == asked.query.get("size")), _USUAL)
        found = await asked.ask.get(addresses.with_query("/admin/v1/requests", {**given, "limit": size}), Requests)
        paused = asked.query.get("live") == "0"
        kept: dict[str, str | int | None] = {**given, "size": None if size == _USUAL else size}
        values = {
            "requests": found.requests,
            "held": found.held,
            "given": given,
            "size": size,
            "sizes": SIZES,
            "outcomes": list(Outcome),
            "kinds": list(FailureKind),
            "models": [*asked.snapshot.models, *asked.snapshot.routes],
            "providers": list(asked.snapshot.providers),
            "outcome_of": outcome,
            "address_of": addresses.request,
            "paused": paused,
            "refresh": addresses.requests(**kept),
            "other": addresses.requests(**kept, live=None if paused else 0),
        }
        return Shown("requests.html", values, fragment="requests_live.html")


class RequestPage:
    """One request."""

    path = f"{addresses.REQUESTS}/"
    title = "Request"
    place = ""

    async def show(self, asked: Asked) -> Answer:
        """The request with its trail.

        Raises:
            UnknownPath: it is not remembered.
        """
        try:
            request = await asked.ask.get(f"/admin/v1/requests/{_id(asked.below)}", Request)
        except Refused as problem:
            if problem.code == "request_not_found":
                raise UnknownPath(problem.message, code=problem.code) from None
            raise
        topology = await asked.ask.get("/admin/v1/topology", Topology)
        state = await asked.ask.find("/admin/v1/gateway", GatewayState)
        meant = _meant(asked.snapshot, request.asked_model)
        values = {
            "request": request,
            "ended": ended(request),
            "outcome": outcome(request),
            "waterfall": waterfall(request),
            "part_words": WORDS,
            "fit": fitting,
            "reasons": list(reasons(request, meant)),
            "told": told(request, topology.expose),
            "expose": topology.expose,
            "now": None if meant is None else await _now(asked.ask, request),
            "other_revision": None if state is None or state.revision == request.revision else state.revision,
            "availability": addresses.availability,
            "list": addresses.requests,
            "graph": addresses.graph,
        }
        return Shown("request.html", values, title=f"Request {request.id}")


def _id(below: str) -> str:
    """An id as a path has it: what is none is not there, and never another path of the gateway."""
    if not (below.isascii() and below.isalnum()):
        raise UnknownPath("That is no id of a request.", code="request_not_found")
    return below


def _meant(snapshot: Snapshot, name: str | None) -> Meant | None:
    """What a name means by the config of now."""
    found = None if name is None else snapshot.meaning(name)
    if found is None:
        return None
    kind = "route" if isinstance(found.target, RouteSpec) else "model"
    return Meant(found.how.value, kind, found.target.name, found.target.strategy, found.pattern)


async def _now(ask: Asking, request: Request) -> Explanation | str:
    """Who would be asked now for a short request of the same name and kind, or why nobody can tell."""
    body: dict[str, object] = {"model": request.asked_model}
    if (shortest := _SHORTEST.get(request.operation)) is not None:
        body["request"] = shortest
    try:
        return _explanation.decode(await ask.post("/admin/v1/explain", body))
    except Refused as problem:
        return problem.message
