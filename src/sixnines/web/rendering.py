"""Templates to pages. Everything that comes from outside is escaped, and a value that is missing is an error.

Every template knows, beside the values of its page: `asset(name)`, `nav` (the pages in the navigation), `paths` (of all
pages, for links to those that there are), `here` (its page's path), `title`, `token` (for forms), `signed_in`,
`version`, `now_unix_s`; and the filters below.
Never takes a turn of the event loop that a caller would notice.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sixnines.client.words import dollars, milliseconds, percent, plain, span
from sixnines.web.assets import Assets

_TEMPLATES: Final = Path(__file__).parent / "templates"
_TURN_S: Final = 0.002
"""So long a page may be drawn in one go; a token of a model takes several times as long."""


class Renderer:
    """Draws pages.

    Args:
        assets: the files that they name.
        constants: what every template knows.
        monotonic_s: a clock.
    """

    def __init__(self, assets: Assets, constants: Mapping[str, object], monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {"asset": assets.address, **constants}
        self._environment.filters |= FILTERS

    def compile(self) -> None:
        """Compile all templates: what is wrong with one is found before anybody sees it."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    async def render(self, template: str, values: Mapping[str, object]) -> bytes:
        """A page, or a part of one, in UTF-8."""
        pieces: list[str] = []
        began_s = self._monotonic_s()
        for piece in self._environment.get_template(template).generate(values):
            pieces.append(piece)
            if self._monotonic_s() - began_s > _TURN_S:
                await asyncio.sleep(0)
                began_s = self._monotonic_s()
        return "".join(pieces).encode()


def moment(unix_s: float | None) -> str:
    """A time as ISO 8601 says it, in UTC, for the attribute `datetime` of `<time>`; "" for none."""
    return "" if unix_s is None else datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")


def clock(unix_s: float | None) -> str:
    """A time of day, in UTC; the page's script shows it as the reader's own clock would."""
    return "-" if unix_s is None else datetime.fromtimestamp(unix_s, UTC).strftime("%H:%M:%S UTC")


def count(number: float) -> str:
    """A number with its thousands apart."""
    return f"{number:,.0f}"


def words(name: str) -> str:
    """An identifier as words: `rate_limited` is `rate limited`."""
    return name.replace("_", " ")


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "clock": clock,
    "count": count,
    "dollars": dollars,
    "milliseconds": milliseconds,
    "moment": moment,
    "percent": percent,
    "plain": plain,
    "span": span,
    "words": words,
}
