"""`/ui/models` and a page for each: who serves a model or route, in which order, and who is left."""

import urllib.parse
from typing import Final

from sixnines.client.closely import Measurements
from sixnines.client.remembered import USUAL_WINDOW
from sixnines.client.tally import ended_unix_s
from sixnines.errors import UnknownPath
from sixnines.reliability.window import WINDOWS
from sixnines.web.interface import Answer, Asked, Shown
from sixnines.web.model_view import close, rows

LIST: Final = "/ui/models"
_MOST_REQUESTS: Final = 12
_MOST_EPISODES: Final = 8


class ModelTable:
    """All of them."""

    path = LIST
    title = "Models"
    place = "Models"

    async def show(self, asked: Asked) -> Answer:
        """The table, or what of it changes."""
        picture = await asked.watch.picture()
        values = {"rows": rows(picture, asked.snapshot), "is_told": picture.served is not None}
        return Shown("models.html", values, fragment="models_live.html")


class ModelCard:
    """One of them."""

    path = f"{LIST}/"
    title = "Model"
    place = ""

    async def show(self, asked: Asked) -> Answer:
        """Who serves it, or what of that changes.

        Raises:
            UnknownPath: the config has no model or route of this name.
        """
        found = close(asked.below, await asked.watch.picture(), asked.snapshot, _MOST_REQUESTS)
        if found is None:
            raise UnknownPath("The config has no model or route of this name.")
        wanted = asked.query.get("window", USUAL_WINDOW)
        window = wanted if wanted in WINDOWS else USUAL_WINDOW
        query = f"window={window}&{found.served.kind}={urllib.parse.quote(asked.below, safe='')}"
        measurements = await asked.ask.find(f"/admin/v1/availability?{query}", Measurements)
        values = {
            "found": found,
            "spec": found.spec,
            "measured": None if measurements is None else measurements.of_one,
            "window": window,
            "windows": list(WINDOWS),
            "most_episodes": _MOST_EPISODES,
            "requests": [(each, ended_unix_s(each)) for each in found.requests],
        }
        return Shown("model.html", values, fragment="model_live.html", title=asked.below)
