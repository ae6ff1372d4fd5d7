"""`/ui`: how the gateway is, at one glance. Shows what `sixnines status` says, in the same words."""

from sixnines.client.verdict import faults, seen, warnings
from sixnines.web.interface import Answer, Asked, Shown
from sixnines.web.looking import look


class Overview:
    """The first page."""

    path = "/ui"
    title = "Overview"
    place = "Overview"

    async def show(self, asked: Asked) -> Answer:
        """The whole page, or what of it changes."""
        picture = await look(asked.ask, asked.now_unix_s)
        values = {
            "picture": picture,
            "faults": faults(picture),
            "warnings": warnings(picture),
            "providers": [(each, seen(each)) for each in picture.providers.providers],
        }
        return Shown("overview.html", values, fragment="overview_live.html")
