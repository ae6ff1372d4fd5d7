"""`/ui/playground`: ask a model and see who answered; break a provider on purpose, where config allows that.

Never keeps a conversation: it lives in the page alone. Never gives a browser a key for `/v1`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from sixnines.client.seen import Provider, Providers, Served, ServedList
from sixnines.client.verdict import seen
from sixnines.dialects.validation import decode
from sixnines.domain.injected_fault import FaultKind
from sixnines.errors import MalformedRequest
from sixnines.web.asking import Refused
from sixnines.web.chatting import Chat, told
from sixnines.web.interface import Answer, Asked, Shown, Streamed

_FAULTS: Final = {
    FaultKind.REFUSE: "refuse connections",
    FaultKind.HANG: "say nothing",
    FaultKind.ERROR: "answer errors (500)",
    FaultKind.SLOW: "be 5 s late",
    FaultKind.CUT: "break off in the middle",
}
_TIMES: Final = {"30": "30 seconds", "60": "1 minute", "300": "5 minutes", "600": "10 minutes"}
_CHAT: Final = msgspec.json.Decoder(Chat)


@dataclass(frozen=True, slots=True)
class Standing:
    """One provider of the chosen model.

    Attributes:
        name, state, why: as `sixnines status` shows it.
        role: `its own`, or `fallback`.
        is_broken: on purpose.
    """

    name: str
    state: str
    why: str
    role: str
    is_broken: bool


class Playground:
    """See the top."""

    path = "/ui/playground"
    title = "Playground"
    place = "Playground"

    async def show(self, asked: Asked) -> Answer:
        """The page; or the providers of one model, which it asks for again and again."""
        return await _shown(asked, asked.query.get("model"))

    async def act(self, asked: Asked) -> Answer:
        """Ask a model (JSON), or break a provider or mend it (a form).

        Raises:
            MalformedRequest: what was sent means nothing.
        """
        if not asked.form:
            return Streamed("application/x-ndjson", told(asked.ask, decode(asked.body, _CHAT)))
        problem = ""
        try:
            await asked.ask.post("/admin/v1/fault", _fault(asked.form))
        except Refused as refusal:
            problem = refusal.message
        return await _shown(asked, asked.form.get("model"), problem)


def _fault(form: Mapping[str, str]) -> dict[str, object]:
    provider = form.get("provider", "")
    if form.get("do") == "mend":
        return {"provider": provider, "fault": None}
    seconds = form.get("seconds", "")
    if not seconds.isdecimal():
        raise MalformedRequest("A provider is broken for a number of seconds.", param="seconds")
    return {"provider": provider, "fault": form.get("fault"), "seconds": int(seconds)}


async def _shown(asked: Asked, model: str | None, problem: str = "") -> Shown:
    served = (await asked.ask.get("/admin/v1/models", ServedList)).models
    providers = (await asked.ask.get("/admin/v1/providers", Providers)).providers
    routes = [each for each in served if each.kind == "route"]
    models = [each for each in served if each.kind != "route"]
    offered = (*routes, *models)
    chosen = next((each for each in offered if each.name == model), offered[0] if offered else None)
    values = {
        "groups": [(words, each) for words, each in (("Routes", routes), ("Models", models)) if each],
        "chosen": chosen,
        "standings": () if chosen is None else [*_standings(chosen, providers)],
        "may_break": asked.snapshot.server.fault_injection,
        "faults": _FAULTS,
        "times": _TIMES,
        "problem": problem,
    }
    return Shown("playground.html", values, fragment="playground_providers.html")


def _standings(chosen: Served, providers: tuple[Provider, ...]) -> Iterator[Standing]:
    """Who may answer for a name: its own providers first, then those of its fallbacks, each once."""
    owners = {deployment.id: each for each in providers for deployment in each.deployments}
    found: dict[str, str] = {}
    for role, ids in (("its own", chosen.deployments), ("fallback", chosen.fallbacks)):
        for each in ids:
            if each in owners:
                found.setdefault(owners[each].name, role)
    by_name = {each.name: each for each in providers}
    for name, role in found.items():
        provider = by_name[name]
        now = seen(provider)
        yield Standing(name, now.state, now.why, role, provider.broken_on_purpose is not None)
