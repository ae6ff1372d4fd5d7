"""`/ui/providers` and a page for each: how they stand and why, and what an operator does to one by hand.

Never does anything by itself: what is done is what the admin paths do, and ends when it was said to.
"""

import urllib.parse
from itertools import islice
from typing import Final

from sixnines.client.closely import Measurements
from sixnines.client.remembered import USUAL_WINDOW
from sixnines.errors import MalformedRequest, UnknownPath
from sixnines.reliability.window import WINDOWS
from sixnines.web.asking import Refused
from sixnines.web.interface import Answer, Asked, Redirect, Shown
from sixnines.web.provider_view import failures, models_of, rows

LIST: Final = "/ui/providers"
_MOST_FAILURES: Final = 12
_MOST_EPISODES: Final = 8
_LONGEST_MIN: Final = 60
_SAID: Final = {
    "hold": "It is the last to be asked from now on.",
    "release": "It is asked as usual again.",
    "open": "The breaker is open.",
    "close": "The breaker is closed.",
}


class ProviderTable:
    """All of them."""

    path = LIST
    title = "Providers"
    place = "Providers"

    async def show(self, asked: Asked) -> Answer:
        """The table, or what of it changes."""
        return Shown("providers.html", {"rows": rows(await asked.watch.picture())}, fragment="providers_live.html")


class ProviderCard:
    """One of them."""

    path = f"{LIST}/"
    title = "Provider"
    place = ""

    async def show(self, asked: Asked) -> Answer:
        """How it stands, or what of that changes.

        Raises:
            UnknownPath: the config has no provider of this name.
        """
        return await _shown(asked, said=_SAID.get(asked.query.get("done", "")))

    async def act(self, asked: Asked) -> Answer:
        """Hold it back, open or close breakers, or take that back.

        Raises:
            UnknownPath: the config has no provider of this name.
            MalformedRequest: the form asks for something else.
        """
        name, wanted = asked.below, asked.form.get("do", "")
        if wanted not in _SAID:
            raise MalformedRequest("This form asks for nothing that can be done to a provider.")
        try:
            if wanted in ("hold", "release"):
                seconds = _seconds(asked) if wanted == "hold" else 0.0
                await asked.ask.post("/admin/v1/hold", {"provider": name, "seconds": seconds})
            else:
                body: dict[str, object] = {"provider": name, "state": "closed"}
                if wanted == "open":
                    body |= {"state": "open", "seconds": _seconds(asked)}
                if asked.form.get("deployment"):
                    body["deployment"] = asked.form["deployment"]
                await asked.ask.post("/admin/v1/breaker", body)
        except Refused as problem:
            return await _shown(asked, problem=problem)
        return Redirect(f"{LIST}/{urllib.parse.quote(name)}?done={wanted}")


async def _shown(asked: Asked, *, said: str | None = None, problem: Refused | None = None) -> Shown:
    if said is not None or problem is not None:
        asked.watch.forget()
    picture = await asked.watch.picture()
    row = next((each for each in rows(picture) if each.provider.name == asked.below), None)
    if row is None:
        raise UnknownPath("The config has no provider of this name.")
    name, window = row.provider.name, _window(asked)
    query = f"window={window}&provider={urllib.parse.quote(name, safe='')}"
    found = await asked.ask.find(f"/admin/v1/availability?{query}", Measurements)
    values = {
        "row": row,
        "domains": asked.snapshot.providers[name].domains if name in asked.snapshot.providers else (),
        "models": models_of(name, picture),
        "failures": list(islice(failures(name, picture.requests), _MOST_FAILURES)),
        "measured": None if found is None else found.of_one,
        "window": window,
        "windows": list(WINDOWS),
        "most_episodes": _MOST_EPISODES,
        "said": said,
        "problem": None if problem is None else problem.message,
    }
    status = 200 if problem is None else problem.status
    return Shown("provider.html", values, fragment="provider_live.html", status=status, title=name)


def _window(asked: Asked) -> str:
    wanted = asked.query.get("window", USUAL_WINDOW)
    return wanted if wanted in WINDOWS else USUAL_WINDOW


def _seconds(asked: Asked) -> float:
    """How long, of a field in minutes."""
    text = asked.form.get("minutes", "")
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LONGEST_MIN)) else 0
    if not 0 < minutes <= _LONGEST_MIN:
        raise MalformedRequest(f"Say for how many minutes: from 1 to {_LONGEST_MIN}.")
    return minutes * 60.0
